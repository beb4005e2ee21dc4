import { type Clock, instant, sleep } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/service";
import { createTransport } from "nodemailer";
import { type Due, markFailed, markSent, postpone, takeDue } from "./db/deliveries.ts";
import { render } from "./domain/templates.ts";

const connect = (url: string) =>
  createTransport({ url, pool: true, maxConnections: connections, maxMessages: Infinity });
type Smtp = ReturnType<typeof connect>;
type Deps = { db: Db; clock: Clock; log: Log; from: string; perSecond: number };

const batch = 10;
const connections = 2;
/** How long a batch may take before another replica may send it again. */
const leaseMs = 60_000;
const pollMs = 1_000;
const maxAttempts = 10;
const backOffMs = (attempt: number) => Math.min(3_600_000, 5_000 * 2 ** attempt);

/**
 * Sends what is due by SMTP, at most `perSecond` a second as mail providers demand. A crash between sending and marking sends again under the same
 * Message-ID. A refusal for good (5xx) fails at once; anything else is tried 10 times over some hours.
 */
export function mailSender({ db, clock, log, from, perSecond }: Deps) {
  const stopping = new AbortController();
  let nudge = new AbortController();
  const domain = /@([^>\s]+)/.exec(from)?.[1] ?? "localhost";

  async function send(smtp: Smtp, due: Due): Promise<boolean> {
    const { deliveryId, template, recipient, facts, attempts } = due;
    try {
      await smtp.sendMail({ from, to: recipient, messageId: `<${deliveryId}@${domain}>`, ...render(template, facts) });
      return true;
    } catch (error) {
      const refused =
        typeof error === "object" && error !== null && "responseCode" in error && Number(error.responseCode) >= 500;
      if (refused || attempts >= maxAttempts) await markFailed(db, deliveryId);
      else await postpone(db, deliveryId, instant(clock.now() + backOffMs(attempts)));
      log.warn(refused ? "mail refused for good" : "mail not sent", { error, attempt: attempts, template });
      return false;
    }
  }

  async function round(smtp: Smtp): Promise<number> {
    const now = clock.now();
    const due = await takeDue(db, instant(now), instant(now + leaseMs), batch);
    const sent = await Promise.all(due.map((mail) => send(smtp, mail)));
    const ids = due.filter((_, i) => sent[i]).map(({ deliveryId }) => deliveryId);
    if (ids.length > 0) await markSent(db, ids, instant(clock.now()));
    return due.length;
  }

  async function loop(smtp: Smtp): Promise<void> {
    while (!stopping.signal.aborted) {
      nudge = new AbortController();
      let handled = 0;
      try {
        handled = await round(smtp);
      } catch (error) {
        log.warn("mail cannot be taken up; trying again", { error });
      }
      const pause = handled > 0 ? (1_000 * handled) / perSecond : pollMs;
      const early = handled > 0 ? stopping.signal : AbortSignal.any([stopping.signal, nudge.signal]);
      await sleep(clock, pause, early);
    }
  }

  return {
    /** There may be something to send. */
    wake: () => nudge.abort(),
    start(smtpUrl: string) {
      const smtp = connect(smtpUrl);
      const done = loop(smtp);
      return {
        async close() {
          stopping.abort();
          await done;
          smtp.close();
        },
      };
    },
  };
}
