import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";

export type LetterKind =
  | "welcome"
  | "verify-address"
  | "address-taken"
  | "address-changed"
  | "reset-password"
  | "password-changed"
  | "second-factor-changed"
  | "api-key-made";

export type Letter = {
  letterId: string;
  kind: LetterKind;
  userId: string | null;
  emailDigest: Buffer | null;
  sealed: Buffer | null;
  hasToken: boolean;
  createdAt: Instant;
  expiresAt: Instant;
  usedAt: Instant | null;
};

type NewLetter = Pick<Letter, "letterId" | "kind" | "userId" | "expiresAt"> & {
  emailDigest: Uint8Array | null;
  sealed: Uint8Array | null;
  tokenHash: Uint8Array | null;
  now: Instant;
};
export const insertLetter = (tx: Tx, l: NewLetter) => tx`
  insert into letters (letter_id, kind, user_id, email_digest, sealed, token_hash, created_at, expires_at)
  values (${l.letterId}, ${l.kind}, ${l.userId}, ${l.emailDigest}, ${l.sealed}, ${l.tokenHash}, ${l.now}, ${l.expiresAt})`;

export const letterTable = (sql: Sql) => ({
  /** Undefined when there is none, or it was swept. */
  async byId(letterId: string): Promise<Letter | undefined> {
    const [row] = await sql<Letter>`
      select letter_id as "letterId", kind, user_id as "userId", email_digest as "emailDigest", sealed, token_hash is not null as "hasToken",
             created_at as "createdAt", expires_at as "expiresAt", used_at as "usedAt"
      from letters where letter_id = ${letterId}`;
    return row;
  },
  /** Undefined when no letter has this token. */
  async byToken(tokenHash: Uint8Array): Promise<Letter | undefined> {
    const [row] = await sql<Letter>`
      select letter_id as "letterId", kind, user_id as "userId", email_digest as "emailDigest", sealed, true as "hasToken",
             created_at as "createdAt", expires_at as "expiresAt", used_at as "usedAt"
      from letters where token_hash = ${tokenHash}`;
    return row;
  },
  address: (letterId: string, userId: string) => sql`
    update letters set user_id = ${userId} where letter_id = ${letterId} and user_id is null`,
  sweep: (before: Instant) => sql`
    delete from letters where letter_id in (select letter_id from letters where expires_at < ${before} limit 1000)`,
});

/** Returns false when it was used before: of two at once one is the second. */
export async function markUsed(tx: Tx, letterId: string, now: Instant): Promise<boolean> {
  const rows = await tx`
    update letters set used_at = ${now} where letter_id = ${letterId} and used_at is null returning letter_id`;
  return rows.length === 1;
}

/** No token that was sent before opens anything any more. */
export const voidTokens = (tx: Tx, userIds: readonly string[], kinds: readonly LetterKind[], now: Instant) => tx`
  update letters set used_at = ${now}
  where user_id = any(${userIds}::uuid[]) and kind = any(${kinds}::text[]) and token_hash is not null and used_at is null`;

export const deleteLettersOf = (tx: Tx, userId: string) => tx`delete from letters where user_id = ${userId}`;
