import type { Db, Sql } from "@souk/postgres";
import type { MessageRow } from "../message.ts";

/** A fact as it is written: everything of the message but the publisher's own name. */
export type OutboxRow = Omit<MessageRow, "source">;
export type PendingRow = OutboxRow & { readonly position: number };

/** What the outbox asks of its database. */
export type OutboxStore = {
  insert(tx: Sql, row: OutboxRow): Promise<void>;
  insertMany(tx: Sql, rows: readonly OutboxRow[]): Promise<void>;
  /**
   * Takes up to `limit` rows that are not done, in order, until the transaction ends; leaves out subjects that another relay has
   * taken, and says so.
   */
  claim(tx: Sql, limit: number): Promise<{ rows: PendingRow[]; contended: boolean }>;
  markDone(tx: Sql, positions: readonly number[], at: string): Promise<void>;
  /** @returns how many rows are not done, and when the oldest of them was published */
  backlog(): Promise<{ pending: number; oldestAt: string | null }>;
  /** Deletes rows that are done and older than `before`, looking at the oldest `limit`. @returns how many */
  sweep(before: string, limit: number): Promise<number>;
};

type ClaimRow = { contended: boolean; position: number | null } & PendingRow;

export const outboxStore = (db: Db): OutboxStore => ({
  async insert(tx, { id, type, subject, sequence, time, data, traceparent, correlationId }) {
    await tx`
      insert into chassis.outbox (id, type, subject, sequence, at, data, traceparent, correlation_id)
      values (${id}, ${type}, ${subject}, ${sequence}, ${time}, ${data}, ${traceparent}, ${correlationId})`;
  },

  async insertMany(tx, rows) {
    await tx`
      insert into chassis.outbox (id, type, subject, sequence, at, data, traceparent, correlation_id)
      select id, type, subject, sequence, at, data, traceparent, correlation_id
      from unnest(
        ${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.type)}::text[],
        ${rows.map((row) => row.subject)}::text[], ${rows.map((row) => row.sequence)}::bigint[],
        ${rows.map((row) => row.time)}::timestamptz[], ${rows.map((row) => row.data)}::text[],
        ${rows.map((row) => row.traceparent)}::text[], ${rows.map((row) => row.correlationId)}::text[]
      ) with ordinality as facts (id, type, subject, sequence, at, data, traceparent, correlation_id, n)
      order by n`;
  },

  /*
   * A relay owns a subject by locking its oldest pending row, so two relays never publish one subject at once, and a stuck one
   * holds up nothing but its own subjects. Why that is enough, in one statement with one snapshot: `batch` is the lowest
   * positions of all, so it has each of its subjects' oldest pending row. Whoever finishes rows of a subject finishes the
   * oldest with them; if that happened after our snapshot, the row has changed, is checked again under the lock and fails
   * `done_at is null`. So when we get the lock, nothing of this subject has been finished since our snapshot.
   */
  async claim(tx, limit) {
    const found = await tx<ClaimRow>`
      with batch as materialized (
        select position, id, type, subject, sequence, at, data, traceparent, correlation_id
        from chassis.outbox where done_at is null order by position limit ${limit}
      ), oldest as (
        select subject, min(position) as position from batch group by subject
      ), claimed as materialized (
        select o.subject from chassis.outbox o join oldest using (position)
        where o.done_at is null for update of o skip locked
      )
      select (select count(*) from oldest) > (select count(*) from claimed) as contended,
        position, id, type, subject, sequence, at as time, data, traceparent, correlation_id as "correlationId"
      -- A crash that forgets which rows are done repeats them: not worth waiting for the disk.
      from (select set_config('synchronous_commit', 'off', true)) as once
        left join (batch join claimed using (subject)) on true
      order by position`;
    const contended = found[0]?.contended ?? false;
    return { rows: found.filter(({ position }) => position !== null), contended };
  },

  async markDone(tx, positions, at) {
    await tx`update chassis.outbox set done_at = ${at} where position = any(${positions}::bigint[])`;
  },

  async backlog() {
    const [row] = await db<{ pending: number; oldestAt: string | null }>`
      select count(*) as pending, min(at) as "oldestAt" from chassis.outbox where done_at is null`;
    return row ?? { pending: 0, oldestAt: null };
  },

  async sweep(before, limit) {
    const swept = await db`
      with oldest as (select position, at, done_at from chassis.outbox order by position limit ${limit})
      delete from chassis.outbox o using oldest
      where o.position = oldest.position and oldest.at < ${before} and oldest.done_at is not null
      returning 1`;
    return swept.length;
  },
});
