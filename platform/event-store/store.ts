import { json, type Sql } from "@souk/postgres";

export type StoredEvent = { readonly version: number; readonly at: string; readonly data: { readonly type: string } };
export type PositionedEvent = StoredEvent & { readonly position: number; readonly streamId: string };

export type Append = {
  readonly streamType: string;
  readonly streamId: string;
  /** The version the events follow; 0 for a new stream. */
  readonly after: number;
  readonly events: readonly { readonly type: string }[];
  readonly at: string;
  readonly traceparent: string | undefined;
  readonly correlationId: string | undefined;
};

/**
 * Positions handed out so far. Transactions that have one of them have ids below `next`; `oldestRunning` is the lowest id that was in
 * progress after that, or above `next` when none below it was.
 */
export type Mark = { readonly position: number; readonly oldestRunning: bigint; readonly next: bigint };

/** The event tables, one function per question. */
export type EventRows = typeof eventRows;

export const eventRows = {
  /** @throws SerializationFailure when the stream is no longer at `after` */
  async append(
    sql: Sql,
    { streamType, streamId, after, events, at, traceparent, correlationId }: Append,
  ): Promise<void> {
    // `case`: the transaction must have its id before it takes a position, safePosition relies on it.
    await sql`
      with added as (
        insert into chassis.events (position, at, version, stream_type, stream_id, type, data, traceparent, correlation_id)
        select case when pg_current_xact_id() is not null then nextval('chassis.event_positions') end,
          ${at}::timestamptz, ${after}::integer + ordinality::integer, ${streamType}, ${streamId},
          value ->> 'type', value, ${traceparent}, ${correlationId}
        from json_array_elements(${json(events)}::json) with ordinality
        on conflict (stream_type, stream_id, version) do nothing
        returning version)
      select case when count(*) < ${events.length} then chassis.raise_stream_conflict() end from added`;
  },

  /** In order; [] when there is no such stream. */
  read: (sql: Sql, streamType: string, streamId: string, upTo: number): Promise<StoredEvent[]> =>
    sql<StoredEvent>`
      select version, at, data from chassis.events
      where stream_type = ${streamType} and stream_id = ${streamId} and version <= ${upTo}
      order by version`,

  /** Puts other data in the place of an event's. */
  replace: (sql: Sql, streamType: string, streamId: string, { version, data }: Pick<StoredEvent, "version" | "data">) =>
    sql`
      update chassis.events set data = ${JSON.stringify(data)}::json
      where stream_type = ${streamType} and stream_id = ${streamId} and version = ${version}`,

  /** Of several streams, each in order. */
  readMany: (
    sql: Sql,
    streamType: string,
    streamIds: readonly string[],
  ): Promise<(StoredEvent & { readonly streamId: string })[]> =>
    sql<StoredEvent & { streamId: string }>`
      select stream_id as "streamId", version, at, data from chassis.events
      where stream_type = ${streamType} and stream_id = any(${streamIds}::text[])
      order by stream_id, version`,

  /** The last position handed out. */
  async lastPosition(sql: Sql): Promise<number> {
    const [last] = await sql<{ position: number }>`
      select case when is_called then last_value else 0 end as position from chassis.event_positions`;
    return last?.position ?? 0;
  },

  /** @param position the last one handed out, as it was answered before this is asked */
  async mark(sql: Sql, position: number): Promise<Mark> {
    // Each in a transaction of its own, and none together with the question for the position: a statement that is repeated comes after those that
    // were asked with it. A snapshot counts as running only what has a lower id than the newest transaction that has *ended*: so one is taken that
    // is newer than all that have a position, and ended.
    const [[own], [running]] = await Promise.all([
      sql<{ id: string }>`select pg_current_xact_id() as id`,
      sql<{ oldest: string }>`select pg_snapshot_xmin(pg_current_snapshot()) as oldest`,
    ]);
    if (!own || !running) throw new Error("a select without where answers one row");
    return { position, oldestRunning: BigInt(running.oldest), next: BigInt(own.id) };
  },

  /** Events of one stream type with `after` < position ≤ `upTo`, at most `limit`, in order. `types` undefined: all. */
  readAll: (
    sql: Sql,
    {
      streamType,
      types,
      after,
      upTo,
      limit,
    }: { streamType: string; types: readonly string[] | undefined; after: number; upTo: number; limit: number },
  ): Promise<PositionedEvent[]> =>
    sql<PositionedEvent>`
      select position, stream_id as "streamId", version, at, data from chassis.events
      where position > ${after} and position <= ${upTo} and stream_type = ${streamType}
        and (${types}::text[] is null or type = any(${types}::text[]))
      order by position limit ${limit}`,
};

/**
 * The highest position below which nothing can still appear. Positions are handed out before the commit, so a reader of
 * `position > last` would miss an event whose neighbour commits first. But a transaction takes its id before its positions:
 * so the positions that `earlier` saw belong to transactions below `earlier.next`, and once none of these is running they
 * are all decided. When none below `now.next` is running, that holds for `now` itself.
 */
export function safePosition(now: Mark, earlier: Mark | undefined): number {
  if (now.oldestRunning >= now.next) return now.position;
  return earlier && now.oldestRunning >= earlier.next ? earlier.position : 0;
}
