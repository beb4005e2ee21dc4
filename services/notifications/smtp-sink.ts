import type { AddressInfo } from "node:net";
import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import { insertRawMail } from "./db/sink.ts";
import type { Recipients } from "./recipients.ts";

type Deps = { db: Db; clock: Clock; newId: () => string; recipients: Recipients };

const maxBytes = 1_048_576;

/** A real SMTP server on loopback that keeps what it takes, as it came, for when no other is configured. */
export async function smtpSink({
  db,
  clock,
  newId,
  recipients,
}: Deps): Promise<{ url: string; close(): Promise<void> }> {
  // Not in the memory of a shop that has a mail server.
  const { SMTPServer } = await import("smtp-server");
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    size: maxBytes,
    logger: false,
    async onData(stream, session, done) {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        const raw = Buffer.concat(chunks);
        const [, messageId = ""] = /^message-id:\s*(<[^>\r\n]+>)/im.exec(headersOf(raw)) ?? [];
        const receivedAt = instant(clock.now());
        for (const { address: to } of session.envelope.rcptTo) {
          await insertRawMail(db, { id: newId(), to, raw, messageId, receivedAt }, recipients.keyOf(to));
        }
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
  const { port } = await new Promise<AddressInfo>((resolve, reject) => {
    server.on("error", reject);
    const listener = server.listen(0, "127.0.0.1", () => resolve(listener.address() as AddressInfo));
  });
  return { url: `smtp://127.0.0.1:${port}`, close: () => new Promise((resolve) => server.close(resolve)) };
}

const headersOf = (raw: Buffer): string => {
  const end = raw.indexOf("\r\n\r\n");
  return raw.toString("latin1", 0, end < 0 ? raw.length : end);
};
