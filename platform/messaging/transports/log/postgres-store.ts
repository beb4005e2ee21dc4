import type { Chance, Clock } from "@souk/kernel";
import { type Database, listen } from "@souk/postgres";
import { dataText } from "../../message.ts";
import { PARTITIONS, partitionOf } from "./partition.ts";
import type { LogRow, LogStore, Member, Notice, Tenure } from "./store.ts";

export type PostgresLogOptions = {
  readonly db: Database;
  readonly url: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly onError: (error: unknown) => void;
};

const CHANNEL = "souk_bus";
/** Of the advisory lock under which appends take turns; "busl" in ASCII. */
const APPEND_LOCK = 0x62_75_73_6c;
/** PostgreSQL takes 8,000 bytes; those who get no types look anyway. */
const MAX_PAYLOAD = 7_000;
/** More than that is not counted: it is far too much, and finding out how much costs as much as reading it. */
const MOST_COUNTED = 10_000;
/** Never reached by a position: a partition that is not wanted. */
const NEVER = Number.MAX_SAFE_INTEGER;

const payloadOf = (notice: Notice): string => {
  const payload = notice.kind === "messages" ? `messages ${notice.types.join(" ")}` : `members ${notice.subscriber}`;
  return payload.length > MAX_PAYLOAD ? "" : payload;
};
export const noticeOf = (payload: string | undefined): Notice | undefined => {
  const [kind, ...words] = payload?.split(" ") ?? [];
  if (kind === "messages") return { kind, types: words };
  return kind === "members" ? { kind, subscriber: words.join(" ") } : undefined;
};

const columnsOf = (tenures: readonly Tenure[]) => ({
  partitions: tenures.map(({ partition }) => partition),
  epochs: tenures.map(({ epoch }) => epoch),
  positions: tenures.map(({ position }) => position),
});

export const postgresLogStore = ({ db, url, clock, chance, onError }: PostgresLogOptions): LogStore => ({
  async append(messages) {
    const types = [...new Set(messages.map(({ type }) => type))];
    // Not awaited one by one: all goes out in one packet with the commit, which fails when one of them does.
    await db.tx(async (tx) => {
      void tx`select pg_advisory_xact_lock(${APPEND_LOCK})`;
      void tx`
          insert into bus.log (partition, id, type, source, subject, sequence, time, data, traceparent, correlation_id)
          select partition, id, type, source, subject, sequence, time, data, traceparent, correlation_id
          from unnest(
            ${messages.map(({ subject }) => partitionOf(subject))}::smallint[], ${messages.map(({ id }) => id)}::uuid[],
            ${messages.map(({ type }) => type)}::text[], ${messages.map(({ source }) => source)}::text[],
            ${messages.map(({ subject }) => subject)}::text[], ${messages.map(({ sequence }) => sequence)}::bigint[],
            ${messages.map(({ time }) => time)}::timestamptz[], ${messages.map(dataText)}::text[],
            ${messages.map(({ traceparent }) => traceparent ?? null)}::text[],
            ${messages.map(({ correlationId }) => correlationId ?? null)}::text[]
          ) with ordinality as messages
            (partition, id, type, source, subject, sequence, time, data, traceparent, correlation_id, n)
          order by n on conflict (id) do nothing`;
      void tx`select pg_notify(${CHANNEL}, ${payloadOf({ kind: "messages", types })})`;
    });
  },

  // One range of the primary key whatever the number of partitions: what is not wanted costs 0.2 µs a row to skip, an index by
  // partition would cost every append and sixteen probes a read.
  async read(after, types, limit) {
    const from = Math.min(...after);
    const unread = after.map((position) => Math.min(position, NEVER));
    const rows = await db<{ end: number } & (LogRow | { position: null })>`
      select last.position as "end", m.position, m.partition, m.id, m.type, m.source, m.subject, m.sequence, m.time, m.data,
        m.traceparent, m.correlation_id as "correlationId"
      from (select coalesce(max(position), 0) as position from bus.log) as last
      left join lateral (
        select * from bus.log l
        where l.position > ${from} and l.position > (${unread}::bigint[])[l.partition + 1] and l.type = any(${types}::text[])
        order by l.position limit ${limit}) as m on true`;
    return { end: rows[0]?.end ?? 0, rows: rows.filter((row) => row.position !== null) };
  },

  join: (subscriber, { instance, types }, leaseMs) =>
    db.tx(async (tx) => {
      await tx`insert into bus.subscription (subscriber, types) values (${subscriber}, '{}') on conflict do nothing`;
      const [known] = await tx<{ types: string[] }>`
        select types from bus.subscription where subscriber = ${subscriber} for update`;
      const added = types.filter((type) => !known?.types.includes(type));
      if (added.length > 0) {
        await tx`update bus.subscription set types = types || ${added}::text[] where subscriber = ${subscriber}`;
        // The leases stay: whoever holds one may be in the middle of a batch.
        await tx`update bus.cursor set epoch = epoch + 1 where subscriber = ${subscriber}`;
        await tx`
          insert into bus.cursor (subscriber, partition) select ${subscriber}, generate_series(0, ${PARTITIONS - 1}::integer)
          on conflict do nothing`;
      }
      await tx`
        insert into bus.member (subscriber, instance, types, seen_until)
        values (${subscriber}, ${instance}, ${types}::text[], clock_timestamp() + ${leaseMs}::integer * interval '1 ms')
        on conflict (subscriber, instance) do update set types = excluded.types, seen_until = excluded.seen_until`;
      await tx`select pg_notify(${CHANNEL}, ${payloadOf({ kind: "members", subscriber })})`;
    }),

  async beat(subscriber, instance, leaseMs) {
    const [, , members, [subscription]] = await Promise.all([
      db`
        update bus.member set seen_until = clock_timestamp() + ${leaseMs}::integer * interval '1 ms'
        where subscriber = ${subscriber} and instance = ${instance}`,
      db`delete from bus.member where subscriber = ${subscriber} and seen_until < clock_timestamp()`,
      db<Member>`select instance, types from bus.member where subscriber = ${subscriber}`,
      db<{ types: string[] }>`select types from bus.subscription where subscriber = ${subscriber}`,
    ]);
    return { members, types: subscription?.types ?? [] };
  },

  async hold(subscriber, tenures, leaseMs) {
    const { partitions, epochs, positions } = columnsOf(tenures);
    const held = await db<{ partition: number }>`
      update bus.cursor c
      set position = greatest(c.position, t.position), leased_until = clock_timestamp() + ${leaseMs}::integer * interval '1 ms'
      from unnest(${partitions}::smallint[], ${epochs}::bigint[], ${positions}::bigint[]) as t (partition, epoch, position)
      where c.subscriber = ${subscriber} and c.partition = t.partition and c.epoch = t.epoch and c.owner is not null
      returning c.partition`;
    return new Set(held.map(({ partition }) => partition));
  },

  claim: (subscriber, instance, count, leaseMs) => db<Tenure>`
    update bus.cursor
    set epoch = epoch + 1, owner = ${instance}, leased_until = clock_timestamp() + ${leaseMs}::integer * interval '1 ms'
    where subscriber = ${subscriber} and partition in (
      select partition from bus.cursor
      where subscriber = ${subscriber} and (owner is null or leased_until < clock_timestamp())
      order by partition limit ${count} for update skip locked)
    returning partition, epoch, position`,

  async release(subscriber, tenures) {
    const { partitions, epochs, positions } = columnsOf(tenures);
    await Promise.all([
      db`
        update bus.cursor c set position = greatest(c.position, t.position), owner = null, leased_until = null
        from unnest(${partitions}::smallint[], ${epochs}::bigint[], ${positions}::bigint[]) as t (partition, epoch, position)
        where c.subscriber = ${subscriber} and c.partition = t.partition and c.epoch = t.epoch`,
      db`select pg_notify(${CHANNEL}, ${payloadOf({ kind: "members", subscriber })})`,
    ]);
  },

  async leave(subscriber, instance) {
    await Promise.all([
      db`delete from bus.member where subscriber = ${subscriber} and instance = ${instance}`,
      db`select pg_notify(${CHANNEL}, ${payloadOf({ kind: "members", subscriber })})`,
    ]);
  },

  async lag(subscriber, types) {
    const [row] = await db<{ messages: number; oldestAt: string | null }>`
      select count(*)::integer as messages, min(unread.time) as "oldestAt"
      from (
        select l.time from bus.log l join bus.cursor c on c.subscriber = ${subscriber} and c.partition = l.partition
        where l.position > c.position and l.type = any(${types}::text[])
          and l.position > (select min(position) from bus.cursor where subscriber = ${subscriber})
        limit ${MOST_COUNTED}) as unread`;
    return row ?? { messages: 0, oldestAt: null };
  },

  async sweep(before, limit) {
    const swept = await db`
      with oldest as (select position, time from bus.log order by position limit ${limit})
      delete from bus.log l using oldest
      where l.position = oldest.position and oldest.time < ${before}
        and l.position <= (select coalesce(min(position), ${NEVER}::bigint) from bus.cursor)
      returning 1`;
    return swept.length;
  },

  listen: (notice) =>
    listen({ url, channel: CHANNEL, clock, chance, onError, onNotify: (payload) => notice(noticeOf(payload)) }),

  close: () => db.close(),
});
