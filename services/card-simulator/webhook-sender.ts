import { createHmac } from "node:crypto";
import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/service";
import { request } from "undici";
import { markSent, postpone, takeDue, type Webhook } from "./db/webhooks.ts";

type Deps = { db: Db; clock: Clock; log: Log; url: string; secret: string };

const batch = 50;
const timeoutMs = 5_000;
/** Longer than a try takes: until then no other replica sends it too. */
const leaseMs = 2 * timeoutMs;
/** An hour between the last tries. */
const backOffMs = (attempt: number) => Math.min(3_600_000, 5_000 * 2 ** attempt);

/** Sends what is due; what is not answered with 2xx is sent again later, for ever less often. */
export const sendWebhooks =
  ({ db, clock, log, url, secret }: Deps) =>
  async (): Promise<void> => {
    const now = clock.now();
    const due = await db.tx((tx) => takeDue(tx, instant(now), instant(now + leaseMs), batch));
    await Promise.all(due.map(send));

    async function send({ webhookId, chargeKey, type, attempts }: Webhook) {
      const body = JSON.stringify({ id: webhookId.split("#")[0], type, key: chargeKey });
      const time = Math.floor(clock.now() / 1000);
      const signature = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
      const headers = { "content-type": "application/json", "x-signature": `t=${time},v1=${signature}` };
      try {
        const answer = await request(url, {
          method: "POST",
          headers,
          body,
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
        });
        await answer.body.dump();
        if (answer.statusCode < 300) return await markSent(db, webhookId, instant(clock.now()));
        log.warn("webhook refused; it will be sent again", { status: answer.statusCode, attempt: attempts });
      } catch (error) {
        log.warn("webhook not delivered; it will be sent again", { error, attempt: attempts });
      }
      return postpone(db, webhookId, instant(clock.now() + backOffMs(attempts)));
    }
  };
