import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";

type NewSession = {
  sessionId: string;
  userId: string;
  tokenHash: Uint8Array;
  /** Where it was begun; null for somebody who was erased meanwhile. */
  sealed: Uint8Array | null;
  secondFactor: boolean;
  now: Instant;
  expiresAt: Instant;
};
export const insertSession = (sql: Sql, s: NewSession) => sql`
  with made as (
    insert into sessions (session_id, user_id, sealed, second_factor, created_at, last_used_at, expires_at)
    values (${s.sessionId}, ${s.userId}, ${s.sealed}, ${s.secondFactor}, ${s.now}, ${s.now}, ${s.expiresAt}) returning session_id)
  insert into refresh_tokens (token_hash, session_id) select ${s.tokenHash}, session_id from made`;

export type TokenState = { sessionId: string; userId: string; secondFactor: boolean; used: boolean; ended: boolean };
/** Locks the token, so that of two that present it one is the second. Undefined when it was never issued. */
export async function lockToken(tx: Tx, tokenHash: Uint8Array, now: Instant): Promise<TokenState | undefined> {
  const [row] = await tx<TokenState>`
    select s.session_id as "sessionId", s.user_id as "userId", s.second_factor as "secondFactor", t.used_at is not null as used,
           (s.revoked_at is not null or s.expires_at <= ${now}) as ended
    from refresh_tokens t join sessions s using (session_id) where t.token_hash = ${tokenHash} for update of t`;
  return row;
}

type Rotation = {
  sessionId: string;
  oldHash: Uint8Array;
  newHash: Uint8Array;
  sealed: Uint8Array | null;
  now: Instant;
  expiresAt: Instant;
};
export const rotateToken = async (tx: Tx, r: Rotation): Promise<void> => {
  await Promise.all([
    tx`update refresh_tokens set used_at = ${r.now} where token_hash = ${r.oldHash}`,
    tx`insert into refresh_tokens (token_hash, session_id) values (${r.newHash}, ${r.sessionId})`,
    tx`
      update sessions set last_used_at = ${r.now}, expires_at = ${r.expiresAt}, sealed = ${r.sealed}
      where session_id = ${r.sessionId}`,
  ]);
};

type LiveSession = {
  id: string;
  sealed: Buffer | null;
  secondFactor: boolean;
  createdAt: Instant;
  lastUsedAt: Instant;
};

export const sessionTable = (sql: Sql) => ({
  /** Revoking what is revoked or gone changes nothing. */
  revoke: (sessionId: string, now: Instant) => sql`
    update sessions set revoked_at = ${now} where session_id = ${sessionId} and revoked_at is null`,
  /** Returns false when the user has no such live session. */
  async revokeOf(userId: string, sessionId: string, now: Instant): Promise<boolean> {
    const rows = await sql`
      update sessions set revoked_at = ${now} where session_id = ${sessionId} and user_id = ${userId} and revoked_at is null
      returning session_id`;
    return rows.length === 1;
  },
  /** @param except a session that goes on; null for none  @returns how many were ended */
  async revokeAll(userIds: readonly string[], except: string | null, now: Instant): Promise<number> {
    const rows = await sql`
      update sessions set revoked_at = ${now}
      where user_id = any(${userIds}::uuid[]) and session_id is distinct from ${except}::uuid and revoked_at is null and expires_at > ${now}
      returning session_id`;
    return rows.length;
  },
  /** When somebody signed in to get this session; undefined when it is over. */
  async begunAt(sessionId: string, now: Instant): Promise<Instant | undefined> {
    const [row] = await sql<{ createdAt: Instant }>`
      select created_at as "createdAt" from sessions where session_id = ${sessionId} and revoked_at is null and expires_at > ${now}`;
    return row?.createdAt;
  },
  /** From now on it counts as one that was begun with both factors. */
  markSecondFactor: (sessionId: string) =>
    sql`update sessions set second_factor = true where session_id = ${sessionId}`,
  /** Undefined when the token was never issued. */
  async ofToken(tokenHash: Uint8Array): Promise<string | undefined> {
    const [row] = await sql<{
      sessionId: string;
    }>`select session_id as "sessionId" from refresh_tokens where token_hash = ${tokenHash}`;
    return row?.sessionId;
  },
  /** Live sessions, newest first; at most 100. */
  live: (userId: string, now: Instant) => sql<LiveSession>`
    select session_id as id, sealed, second_factor as "secondFactor", created_at as "createdAt", last_used_at as "lastUsedAt"
    from sessions where user_id = ${userId} and revoked_at is null and expires_at > ${now} order by created_at desc limit 100`,
  async revokedSince(since: Instant): Promise<string[]> {
    const rows = await sql<{ id: string }>`
      select session_id as id from sessions where revoked_at >= ${since} order by revoked_at desc limit 100000`;
    return rows.map(({ id }) => id);
  },
  /** Sessions stay for a while after their end, so that the gateway hears of it; where they were does not. */
  forgetWhere: (userId: string) =>
    sql`update sessions set sealed = null where user_id = ${userId} and sealed is not null`,
  /** Deletes sessions that ended before `before`, with their tokens. */
  sweep: (before: Instant) => sql`
    delete from sessions where session_id in (select session_id from sessions where expires_at < ${before} limit 1000)`,
});
