import type { Client } from "@souk/contract";
import { type Clock, instant, ServiceError, sleep } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/service";
import type { users } from "@souk/users/contract";
import { addressLetter, type Due, end, markSent, postpone, takeDue } from "./db/deliveries.ts";
import { type Content, categoryOf } from "./domain/facts.ts";
import type { Locale } from "./domain/locale.ts";
import { render, renderSms } from "./domain/templates.ts";
import type { Links } from "./links.ts";
import { mailbox, mimeMessage } from "./mail/mime.ts";
import { type Mailer, smtpMailer } from "./mail/smtp.ts";
import type { Sealed } from "./outgoing.ts";
import { contexts, type Recipients } from "./recipients.ts";
import type { SmsPort } from "./sms.ts";

type Deps = {
  db: Db;
  clock: Clock;
  log: Log;
  from: string;
  perSecond: number;
  recipients: Recipients;
  users: Pick<Client<typeof users>, "openLetter" | "contact">;
  sms: SmsPort;
  links: Links;
};

const batch = 10;
/** How long a batch may take before another replica may send it again. */
const leaseMs = 60_000;
const pollMs = 1_000;
const maxAttempts = 10;
const backOffMs = (attempt: number) => Math.min(3_600_000, 5_000 * 2 ** attempt);

/** A message with everything that sending it needs. */
type Ready = { readonly to: string; readonly content: Content; readonly locale: Locale; readonly person: string };

/**
 * Sends what is due, at most `perSecond` a second as mail providers demand. A crash between sending and marking sends again under the same
 * Message-ID. A refusal for good (5xx) fails at once; anything else is tried 10 times over some hours.
 */
export function messageSender({ db, clock, log, from, perSecond, recipients, users, sms, links }: Deps) {
  const stopping = new AbortController();
  /** While nothing is to be sent: ends the pause. */
  let nudge: AbortController | undefined;
  /** Since the last look. */
  let nudged = false;
  const sender = mailbox(from);
  const domain = sender.address.split("@")[1] ?? "localhost";

  /** Undefined when it is not to be sent any more. */
  async function ready(due: Due, opened: Sealed | undefined): Promise<Ready | undefined> {
    const { person, template, locale } = due;
    if (due.letterId) return letter(due, due.letterId);
    if (opened && opened.recipient === undefined) return toAccount(due, opened);
    if (!opened) return undefined; // erased since it was decided
    // as: what is sealed with a message are the facts of its template
    const content = { template, facts: opened.facts } as Content;
    return { to: opened.recipient ?? "", content, locale, person: person ?? "" };
  }

  /** Where an account is written to is asked now, and kept with what it was written, so that it is found. */
  async function toAccount(due: Due, { facts }: Sealed): Promise<Ready | undefined> {
    const userId = due.userId ?? "";
    try {
      const { email, locale } = await users.contact({ params: { userId } });
      const recipient = await recipients.at(db, email, userId, instant(clock.now()));
      const sealed = recipient.seal?.(contexts.delivery, { recipient: email, facts });
      if (!sealed) return undefined;
      const { person, key: recipientKey } = recipient;
      await addressLetter(db, due.deliveryId, { person, userId, recipientKey, sealed, locale });
      return { to: email, content: { template: due.template, facts } as Content, locale, person }; // as: above
    } catch (error) {
      if (error instanceof ServiceError && error.status === "not_found") return undefined; // gone, or never proved their address
      throw error;
    }
  }

  /** Whom a letter is for, and what is in it, is asked now; only the address is kept, for whoever asks what became of it. */
  async function letter({ deliveryId, template }: Due, letterId: string): Promise<Ready | undefined> {
    try {
      const opened = await users.openLetter({ params: { letterId } });
      const { userId, email, name, locale, token } = opened;
      const recipient = await recipients.at(db, email, userId, instant(clock.now()));
      const sealed = recipient.seal?.(contexts.delivery, { recipient: email });
      if (!sealed) return undefined;
      const { person, key: recipientKey } = recipient;
      await addressLetter(db, deliveryId, { person, userId, recipientKey, sealed, locale });
      // as: every letter's facts are a name and an address
      const content = { template, facts: { name, url: links.ofLetter(template, token) } } as Content;
      return { to: email, content, locale, person };
    } catch (error) {
      if (error instanceof ServiceError && (error.status === "failed_precondition" || error.status === "not_found"))
        return undefined; // for nobody, or too late
      throw error;
    }
  }

  async function deliver(
    smtp: Mailer,
    { deliveryId, channel }: Due,
    { to, content, locale, person }: Ready,
  ): Promise<void> {
    if (channel === "sms") return sms({ id: deliveryId, to, text: renderSms(content, locale) });
    const category = categoryOf(content.template);
    const unsubscribe = category && links.unsubscribe({ subject: person, category });
    const mail = mimeMessage({
      ...{ from: sender, to, messageId: `<${deliveryId}@${domain}>`, at: instant(clock.now()) },
      ...render(content, locale, unsubscribe),
      // RFC 8058: one click, without a page between.
      ...(unsubscribe && {
        headers: { "List-Unsubscribe": `<${unsubscribe}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
      }),
    });
    await smtp.send(sender.address, to, mail);
  }

  async function send(smtp: Mailer, due: Due, opened: Sealed | undefined): Promise<boolean> {
    const { deliveryId, template, attempts } = due;
    try {
      const message = await ready(due, opened);
      if (message) await deliver(smtp, due, message);
      else await end(db, deliveryId, "suppressed");
      return message !== undefined;
    } catch (error) {
      const refused = isRefusal(error);
      if (refused || attempts >= maxAttempts) await end(db, deliveryId, "failed");
      else await postpone(db, deliveryId, instant(clock.now() + backOffMs(attempts)));
      log.warn(refused ? "message refused for good" : "message not sent", { error, attempt: attempts, name: template });
      return false;
    }
  }

  const openAll = (due: readonly Due[]) =>
    recipients.open<Sealed>(
      db,
      contexts.delivery,
      due.map(({ person, sealed, letterId }) => ({ person: person ?? "", sealed: letterId ? null : sealed })),
    );

  async function round(smtp: Mailer): Promise<number> {
    const now = clock.now();
    const due = await takeDue(db, instant(now), instant(now + leaseMs), batch);
    const opened = await openAll(due);
    const sent = await Promise.all(due.map((message, i) => send(smtp, message, opened[i])));
    const ids = due.filter((_, i) => sent[i]).map(({ deliveryId }) => deliveryId);
    if (ids.length > 0) await markSent(db, ids, instant(clock.now()));
    return due.length;
  }

  async function loop(smtp: Mailer): Promise<void> {
    while (!stopping.signal.aborted) {
      nudged = false;
      let handled = 0;
      try {
        handled = await round(smtp);
      } catch (error) {
        log.warn("messages cannot be taken up; trying again", { error });
      }
      const pause = handled > 0 ? (1_000 * handled) / perSecond : pollMs;
      if (handled > 0) await sleep(clock, pause, stopping.signal);
      else if (!nudged) await pauseFor(pause);
    }
  }

  async function pauseFor(pauseMs: number): Promise<void> {
    nudge = new AbortController();
    await sleep(clock, pauseMs, AbortSignal.any([stopping.signal, nudge.signal]));
    nudge = undefined;
  }

  return {
    /** There may be something to send. */
    wake() {
      nudged = true;
      nudge?.abort();
    },
    start(smtpUrl: string) {
      const smtp = smtpMailer(smtpUrl);
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

const isRefusal = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "responseCode" in error &&
  Number(error.responseCode) >= 500 &&
  Number(error.responseCode) < 600;
