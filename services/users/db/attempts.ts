import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";

export type Counted = { key: Buffer; count: number; resetsAt: Instant };
type Attempt = {
  /** What is counted always, and what only where the address was never signed in from. */
  always: readonly Uint8Array[];
  elsewhere: Uint8Array;
  emailDigest: Uint8Array;
  callerDigest: Uint8Array;
  knownSince: Instant;
  now: Instant;
  resetsAt: Instant;
};

export const attemptTable = (sql: Sql) => ({
  /** Counts an attempt before it is made, so that many at once do not all pass; returns the counts with it. */
  count: (a: Attempt): Promise<Counted[]> => sql<Counted>`
    insert into attempts as t (key, count, resets_at)
    select key, 1, ${a.resetsAt} from (
      select unnest(${a.always}::bytea[]) as key
      union select ${a.elsewhere}::bytea where not exists (
        select 1 from known_callers
        where email_digest = ${a.emailDigest} and caller_digest = ${a.callerDigest} and last_at > ${a.knownSince})) as keys
    order by key
    on conflict (key) do update
      set count = case when t.resets_at <= ${a.now} then 1 else t.count + 1 end,
          resets_at = case when t.resets_at <= ${a.now} then excluded.resets_at else t.resets_at end
    returning key, count, resets_at as "resetsAt"`,

  /** The attempt was no guess: takes it back, forgets `settled`, and knows the caller from now on. */
  async succeeded(a: {
    settled: Uint8Array;
    back: readonly Uint8Array[];
    emailDigest: Uint8Array;
    callerDigest: Uint8Array;
    now: Instant;
  }): Promise<void> {
    await Promise.all([
      sql`delete from attempts where key = ${a.settled}`,
      sql`update attempts set count = greatest(count - 1, 0) where key = any(${a.back}::bytea[])`,
      sql`
        insert into known_callers (email_digest, caller_digest, last_at) values (${a.emailDigest}, ${a.callerDigest}, ${a.now})
        on conflict (email_digest, caller_digest) do update set last_at = excluded.last_at
        where known_callers.last_at < excluded.last_at - interval '1 day'`,
    ]);
  },

  forgetCallers: (emailDigest: Uint8Array) => sql`delete from known_callers where email_digest = ${emailDigest}`,

  async sweep(now: Instant, knownSince: Instant): Promise<void> {
    await Promise.all([
      sql`delete from attempts where key in (select key from attempts where resets_at < ${now} limit 10000)`,
      sql`
        delete from known_callers where (email_digest, caller_digest) in (
          select email_digest, caller_digest from known_callers where last_at < ${knownSince} limit 10000)`,
    ]);
  },
});
