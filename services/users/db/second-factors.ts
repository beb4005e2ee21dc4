import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";

export type StoredFactor = { sealed: Buffer; confirmed: boolean; lastStep: number };

export const secondFactorTable = (sql: Sql) => ({
  /** Undefined when none was ever begun. */
  async of(userId: string): Promise<StoredFactor | undefined> {
    const [row] = await sql<StoredFactor>`
      select sealed, confirmed_at is not null as confirmed, last_step as "lastStep" from second_factors where user_id = ${userId}`;
    return row;
  },
  /** Begins anew; returns false when one is confirmed already. */
  async begin(userId: string, sealed: Uint8Array, now: Instant): Promise<boolean> {
    const rows = await sql`
      insert into second_factors as f (user_id, sealed, created_at) values (${userId}, ${sealed}, ${now})
      on conflict (user_id) do update set sealed = excluded.sealed, created_at = excluded.created_at, last_step = 0
      where f.confirmed_at is null returning user_id`;
    return rows.length === 1;
  },
  /** Takes a code's time step; false when that one or a later one was taken before: a replay. */
  async takeStep(userId: string, step: number): Promise<boolean> {
    const rows = await sql`
      update second_factors set last_step = ${step} where user_id = ${userId} and last_step < ${step} returning user_id`;
    return rows.length === 1;
  },
  /** False when there is no such code, or it was used. */
  async takeRecoveryCode(userId: string, codeHash: Uint8Array, now: Instant): Promise<boolean> {
    const rows = await sql`
      update recovery_codes set used_at = ${now} where user_id = ${userId} and code_hash = ${codeHash} and used_at is null
      returning user_id`;
    return rows.length === 1;
  },
});

export const confirmFactor = (tx: Tx, userId: string, now: Instant) => tx`
  update second_factors set confirmed_at = ${now} where user_id = ${userId} and confirmed_at is null`;

export const replaceRecoveryCodes = (tx: Tx, userId: string, hashes: readonly Uint8Array[]) =>
  Promise.all([
    tx`delete from recovery_codes where user_id = ${userId}`,
    tx`insert into recovery_codes (user_id, code_hash) select ${userId}, unnest(${hashes}::bytea[])`,
  ]);

/** Returns false when there was none. */
export async function removeFactor(tx: Tx, userId: string): Promise<boolean> {
  await tx`delete from recovery_codes where user_id = ${userId}`;
  return (await tx`delete from second_factors where user_id = ${userId} returning user_id`).length === 1;
}
