import { createHash } from "node:crypto";
import { RequestProblem } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import { attemptTable, type Counted } from "./db/attempts.ts";
import type { People } from "./people.ts";

type Deps = { db: Db; clock: Clock; people: People; perCaller: number };

const windowMs = 15 * 60_000;
/** Wrong tries of one address from one place. */
const perPair = 10;
/** Tries of one address from all places where it was never signed in from, together. */
const perAddressElsewhere = 50;
const knownMs = 90 * 86_400_000;
const resetsPerHour = 3;
const hourMs = 3_600_000;

const keyOf = (kind: string, ...digests: Uint8Array[]) => {
  const hash = createHash("sha256").update(kind);
  for (const digest of digests) hash.update(digest);
  return hash.digest();
};

/**
 * Slows guessing down, per place, per address and per pair of them, whether or not an account has the address: the answer tells nothing.
 * Strangers who try an address elsewhere do not shut its owner out of the places that the owner has signed in from (OWASP calls
 * the idea device cookies; here the network address is the cookie); elsewhere a password reset makes the place known.
 */
export function throttle({ db, clock, people, perCaller }: Deps) {
  const table = attemptTable(db);
  const keysOf = (emailDigest: Uint8Array, callerDigest: Uint8Array) => ({
    pair: keyOf("pair", emailDigest, callerDigest),
    caller: keyOf("caller", callerDigest),
    elsewhere: keyOf("elsewhere", emailDigest),
  });

  function refuse(counted: readonly Counted[], limits: readonly { key: Buffer; limit: number }[]): void {
    const over = counted.flatMap(({ key, count, resetsAt }) =>
      limits.some((one) => one.key.equals(key) && count > one.limit) ? [Date.parse(resetsAt)] : [],
    );
    if (over.length === 0) return;
    const seconds = Math.max(1, Math.ceil((Math.max(...over) - clock.now()) / 1_000));
    throw new RequestProblem("rate_limited", `Too many attempts. Wait ${seconds} s, or reset the password by mail.`, {
      headers: { "retry-after": String(seconds) },
    });
  }

  return {
    /** Counts a try, before it is made. @throws RequestProblem `rate_limited` */
    async attempt(emailDigest: Uint8Array, address: string): Promise<void> {
      const callerDigest = people.callerDigest(address);
      const { pair, caller, elsewhere } = keysOf(emailDigest, callerDigest);
      const now = clock.now();
      const counted = await table.count({
        always: [pair, caller],
        ...{ elsewhere, emailDigest, callerDigest },
        knownSince: instant(now - knownMs),
        now: instant(now),
        resetsAt: instant(now + windowMs),
      });
      refuse(counted, [
        { key: pair, limit: perPair },
        { key: caller, limit: perCaller },
        { key: elsewhere, limit: perAddressElsewhere },
      ]);
    },

    /** It was no guess. */
    async succeeded(emailDigest: Uint8Array, address: string): Promise<void> {
      const callerDigest = people.callerDigest(address);
      const { pair, caller, elsewhere } = keysOf(emailDigest, callerDigest);
      const now = instant(clock.now());
      await table.succeeded({ settled: pair, back: [caller, elsewhere], emailDigest, callerDigest, now });
    },

    /** Whether another mail may be sent to an address. Those that may not are refused by silence. */
    async mayMail(emailDigest: Uint8Array): Promise<boolean> {
      const key = keyOf("mail", emailDigest);
      const now = clock.now();
      const counted = await table.count({
        always: [key],
        ...{ elsewhere: key, emailDigest, callerDigest: emailDigest },
        knownSince: instant(now - knownMs),
        now: instant(now),
        resetsAt: instant(now + hourMs),
      });
      return counted.every(({ count }) => count <= resetsPerHour);
    },

    forget: table.forgetCallers,
    sweep: () => table.sweep(instant(clock.now()), instant(clock.now() - knownMs)),
  };
}
export type Throttle = ReturnType<typeof throttle>;
