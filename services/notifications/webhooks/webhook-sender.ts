import { type Clock, instant } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import type { Log } from "@souk/service";
import { Agent, request } from "undici";
import {
  type Attempt,
  type Due,
  disable,
  endDelivery,
  endpointFailed,
  endpointWorks,
  postponeDelivery,
  recordAttempt,
  takeDue,
  webhookLog,
} from "../db/webhooks.ts";
import type { Endpoints } from "./endpoints.ts";
import { problemOfTarget, publicLookup } from "./public-target.ts";
import { signatureHeaders } from "./signature.ts";

type Deps = {
  db: Db;
  clock: Clock;
  log: Log;
  endpoints: Endpoints;
  allowPrivate: boolean;
  giveUpMs: number;
  /** Tells operators of an endpoint that was disabled. */
  disabled: (tx: Tx, endpoint: { id: string; url: string; since: string; lastError: string }) => Promise<void>;
};

const batch = 50;
/** So that one slow merchant does not take every place. */
const perEndpoint = 10;
const timeoutMs = 10_000;
/** Longer than a try takes: until then no other replica sends it too. */
const leaseMs = 3 * timeoutMs;
const maxTries = 15;
const hourMs = 3_600_000;
/** 10 s, 20 s, 40 s … and twelve hours between the last: two days and more. */
const backOffMs = (tries: number) => Math.min(12 * hourMs, 5_000 * 2 ** tries);
/** An endpoint that has failed this often, and for as long as configured, is disabled. */
const minFailures = 10;
const keptMs = 30 * 24 * hourMs;
const maxAnswerBytes = 16_384;

/** Sends what is due to merchants. Answers but 2xx are failures, redirects too: where a webhook goes was checked, where it is sent on was not. */
export function webhookSender({ db, clock, log, endpoints, allowPrivate, giveUpMs, disabled }: Deps) {
  const agent = new Agent({
    connect: { timeout: timeoutMs, ...(!allowPrivate && { lookup: publicLookup }) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connections: perEndpoint,
    maxResponseSize: -1,
  });

  async function attempt({ url, body, endpointId, eventId, secret, previousSecret }: Due): Promise<Attempt> {
    const at = instant(clock.now());
    const began = clock.monotonic();
    const done = (status: number | null, error: string | null): Attempt => ({
      ...{ at, status, error },
      durationMs: Math.round(clock.monotonic() - began),
    });
    const problem = problemOfTarget(url, allowPrivate);
    if (problem !== undefined) return done(null, `the address ${problem}`);
    const secrets = await endpoints.secrets(endpointId, [secret, previousSecret]);
    const signed = signatureHeaders(secrets, { id: eventId, seconds: Math.floor(clock.now() / 1_000), body });
    const late = new AbortController();
    const cancel = clock.after(timeoutMs, () => late.abort());
    try {
      const answer = await request(url, {
        dispatcher: agent,
        method: "POST",
        headers: { "content-type": "application/json", "user-agent": "Souk-Webhooks/1", ...signed },
        body,
        signal: late.signal,
      });
      await answer.body.dump({ limit: maxAnswerBytes, signal: late.signal });
      const isTaken = answer.statusCode >= 200 && answer.statusCode < 300;
      return done(answer.statusCode, isTaken ? null : `answered ${answer.statusCode}`);
    } catch (error) {
      return done(null, late.signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : reasonOf(error));
    } finally {
      cancel();
    }
  }

  async function record(due: Due, made: Attempt): Promise<void> {
    const { deliveryId, endpointId, tries } = due;
    await db.tx(async (tx) => {
      const now = instant(clock.now());
      // The endpoint first, always: disabling it changes all its deliveries, others' too.
      if (made.error === null) {
        await endpointWorks(tx, endpointId);
        // False: it was removed or disabled meanwhile.
        if (await endDelivery(tx, deliveryId, "delivered", now)) await recordAttempt(tx, deliveryId, made);
        return;
      }
      const failing = await endpointFailed(tx, endpointId, now);
      if (!failing) return; // removed meanwhile, and its deliveries with it
      await recordAttempt(tx, deliveryId, made);
      if (tries >= maxTries) await endDelivery(tx, deliveryId, "failed", now);
      else await postponeDelivery(tx, deliveryId, instant(clock.now() + backOffMs(tries)));
      const { failures, failingSince, url } = failing;
      const isDead = failures >= minFailures && Date.parse(failingSince) <= clock.now() - giveUpMs;
      // 410 Gone: nobody is there any more, and says so.
      if (!isDead && made.status !== 410) return;
      if (await disable(tx, endpointId, made.error, now)) {
        log.warn("a webhook's endpoint was disabled", { endpointId, failureCount: failures });
        await disabled(tx, { id: endpointId, url, since: failingSince, lastError: made.error });
      }
    });
  }

  return {
    async sendDue(): Promise<void> {
      const now = clock.now();
      const due = await takeDue(db, instant(now), instant(now + leaseMs), batch, perEndpoint);
      await Promise.all(due.map(async (one) => record(one, await attempt(one))));
    },
    sweep: async (): Promise<void> => void (await webhookLog(db).sweep(instant(clock.now() - keptMs))),
    /** Nothing is under way any more when it is called. */
    close: () => agent.destroy(),
  };
}

/** What a merchant may read of why there was no answer: never an address of ours. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ERR_NOT_PUBLIC") return "the address is not public";
  return code === "" ? "no connection" : `no connection (${code})`;
}
