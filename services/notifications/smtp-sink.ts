import type { AddressInfo } from "node:net";
import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";
import { insertMail } from "./db/sink.ts";
import type { Recipients } from "./recipients.ts";

type Deps = { db: Db; clock: Clock; newId: () => string; recipients: Recipients };

const maxBytes = 1_048_576;

/** A real SMTP server on loopback that keeps what it takes, for when no other is configured. */
export async function smtpSink({
  db,
  clock,
  newId,
  recipients,
}: Deps): Promise<{ url: string; close(): Promise<void> }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    size: maxBytes,
    logger: false,
    async onData(stream, session, done) {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        const { subject = "", text = "", html = "", messageId = "" } = await PostalMime.parse(Buffer.concat(chunks));
        const receivedAt = instant(clock.now());
        for (const { address: to } of session.envelope.rcptTo) {
          const mail = { id: newId(), channel: "email", to, subject, text, html, messageId, receivedAt } as const;
          await insertMail(db, mail, recipients.keyOf(to));
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
