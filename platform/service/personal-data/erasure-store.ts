import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";

export type StoredErasure = {
  readonly erasureId: string;
  readonly userId: string;
  readonly addressDigests: string[];
  readonly requestedAt: Instant;
  readonly told: number;
};

export const erasureStore = {
  /** Returns false when it is known. */
  async insert(tx: Tx, erasure: Omit<StoredErasure, "told">): Promise<boolean> {
    const { erasureId, userId, addressDigests, requestedAt } = erasure;
    const rows = await tx`
      insert into chassis.erasures (erasure_id, user_id, address_digests, requested_at, told)
      values (${erasureId}, ${userId}, ${addressDigests}, ${requestedAt}, 0) on conflict do nothing returning erasure_id`;
    return rows.length === 1;
  },

  /** @param doneAt null: a part of it has to wait */
  async answered(tx: Tx, erasureId: string, told: number, doneAt: Instant | null): Promise<void> {
    await tx`update chassis.erasures set told = ${told}, done_at = ${doneAt} where erasure_id = ${erasureId}`;
  },

  /** Those that wait, locked until the transaction ends; another replica skips them. */
  lockWaiting: (tx: Tx, after: string, limit: number): Promise<StoredErasure[]> => tx<StoredErasure>`
    select erasure_id as "erasureId", user_id as "userId", address_digests as "addressDigests", requested_at as "requestedAt", told
    from chassis.erasures where done_at is null and erasure_id > ${after}
    order by erasure_id limit ${limit} for update skip locked`,

  /** Forgets the digests of what was done before `before`: by then nothing comes late any more. */
  async forget(sql: Sql, before: Instant): Promise<void> {
    await sql`
      update chassis.erasures set address_digests = '{}' where done_at < ${before} and address_digests <> '{}'`;
  },
};
export type ErasureStore = typeof erasureStore;
