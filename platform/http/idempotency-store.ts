import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";

export type RecordedKey = {
  readonly fingerprint: Uint8Array;
  readonly refused: boolean;
  readonly outcome: string;
  /** Of the request that was answered first. Null when that was before these were kept. */
  readonly requestId: string | null;
  readonly recordedAt: Instant;
};

/** What the idempotency keys ask of their database. */
export type IdempotencyStore = {
  /** Rejects with a unique violation when the key is taken, possibly only after the transaction that takes it has committed. */
  record(sql: Sql, id: string, key: RecordedKey): Promise<unknown>;
  find(sql: Sql, id: string): Promise<RecordedKey | undefined>;
  /** Deletes up to `limit` keys recorded before `before`. @returns how many */
  sweep(sql: Sql, before: Instant, limit: number): Promise<number>;
};

export const idempotencyStore: IdempotencyStore = {
  record: (sql, id, { fingerprint, refused, outcome, recordedAt, requestId }) => sql`
    insert into chassis.idempotency_keys (id, fingerprint, refused, outcome, recorded_at, request_id)
    values (${id}, ${fingerprint}, ${refused}, ${outcome}, ${recordedAt}, ${requestId})`,

  async find(sql, id) {
    const [row] = await sql<RecordedKey>`
      select fingerprint, refused, outcome, recorded_at as "recordedAt", request_id as "requestId" from chassis.idempotency_keys where id = ${id}`;
    return row;
  },

  async sweep(sql, before, limit) {
    const swept = await sql`
      delete from chassis.idempotency_keys where ctid = any(array(
        select ctid from chassis.idempotency_keys where recorded_at < ${before} limit ${limit}))
      returning 1`;
    return swept.length;
  },
};
