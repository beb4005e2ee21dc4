import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import { request } from "undici";
import { insertMail } from "./db/sink.ts";
import type { Recipients } from "./recipients.ts";

/** Sends one text message. The same `id` again is the same message. @throws Error when it was not taken; it is tried again */
export type SmsPort = (message: { readonly id: string; readonly to: string; readonly text: string }) => Promise<void>;

const timeoutMs = 10_000;

/** Keeps text messages beside the mail that nobody sends either: what the console shows when no gateway is configured. */
export const smsSink =
  ({ db, clock, newId, recipients }: { db: Db; clock: Clock; newId: () => string; recipients: Recipients }): SmsPort =>
  async ({ id, to, text }) => {
    const receivedAt = instant(clock.now());
    const messageId = `<${id}@sms>`;
    const mail = { id: newId(), channel: "sms", to, subject: "", text, html: "", messageId, receivedAt } as const;
    await insertMail(db, mail, recipients.keyOf(to));
  };

/** A gateway that takes `{ id, to, text }` as JSON with a bearer token. */
export const smsGateway =
  (url: string, token: string): SmsPort =>
  async (message) => {
    const { statusCode, body } = await request(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}`, "idempotency-key": message.id },
      body: JSON.stringify(message),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    await body.dump();
    if (statusCode >= 300)
      throw Object.assign(new Error(`the SMS gateway answered ${statusCode}`), { responseCode: statusCode });
  };
