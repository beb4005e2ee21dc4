import type { Db, Sql } from "@souk/postgres";
import { dataText, type MessageRow } from "../message.ts";
import type { Message } from "../types.ts";

/** `failed`: tried in vain. `behind`: an earlier event of its subject is parked. `gap`: the one before it has not come. */
export type Reason = "failed" | "behind" | "gap";
export type ParkedRow = MessageRow & { readonly reason: Reason; readonly attempts: number };
export type Position = { readonly source: string; readonly subject: string; readonly sequence: number };

/** What the inbox asks of its database; everything is about one subscriber. */
export type InboxStore = {
  /**
   * Writes inbox rows for those messages that are neither handled nor dead, and that no parked event of their subject precedes.
   * @returns their ids: this transaction must now carry their effect
   */
  accept(tx: Sql, messages: readonly Message[], at: string): Promise<Set<string>>;
  /** Parks those of `messages` that are neither handled nor dead nor parked. @returns how many */
  park(tx: Sql, messages: readonly Message[], reason: Reason, at: string, retryAt: string): Promise<number>;
  /** Parks a message after its first try has failed. */
  parkFailed(tx: Sql, message: Message, error: string, at: string, retryAt: string): Promise<void>;
  /** Parked events that are due and the first of their subject. */
  due(at: string, limit: number): Promise<ParkedRow[]>;
  /**
   * Unparks an event and writes its inbox row. @returns `fresh`: this transaction must now carry its effect; `handled`: it had
   * been handled; `taken`: somebody else is at it, or was
   */
  take(tx: Sql, id: string, at: string): Promise<"fresh" | "handled" | "taken">;
  /** Has an event that stood behind another wait for the one before it, if that has neither been handled nor given up. @returns whether it must */
  awaitGap(id: string, retryAt: string): Promise<boolean>;
  /** Counts a failed try; nothing happens when somebody else has counted since `attempts` was read. */
  postpone(id: string, attempts: number, error: string, retryAt: string): Promise<void>;
  /** Moves a parked event to the dead letters, under the same condition. @returns whether it did */
  giveUp(id: string, attempts: number, error: string, at: string): Promise<boolean>;
  /** Makes dead letters of messages nobody can read, unless they are handled or dead already. @returns how many */
  bury(messages: readonly { message: Message; error: string }[], at: string): Promise<number>;
  /** Where gapless subjects stand; those never seen are left out. */
  sequences(tx: Sql, subjects: readonly Pick<Position, "source" | "subject">[]): Promise<Position[]>;
  /** Moves gapless subjects on, and makes due what waited for exactly this. @returns how many became due */
  advance(tx: Sql, positions: readonly Position[], at: string): Promise<number>;
  counts(): Promise<{ parked: number; dead: number; oldestParkedAt: string | null }>;
  /** Deletes inbox rows older than `before`, looking at the oldest `limit`. @returns how many */
  sweep(before: string, limit: number): Promise<number>;
};

const columns = (messages: readonly Message[]) => ({
  ids: messages.map(({ id }) => id),
  types: messages.map(({ type }) => type),
  sources: messages.map(({ source }) => source),
  subjects: messages.map(({ subject }) => subject),
  sequences: messages.map(({ sequence }) => sequence),
  times: messages.map(({ time }) => time),
  data: messages.map(dataText),
  traceparents: messages.map(({ traceparent }) => traceparent ?? null),
  correlationIds: messages.map(({ correlationId }) => correlationId ?? null),
});

export const inboxStore = (db: Db, subscriber: string): InboxStore => ({
  async accept(tx, messages, at) {
    const { ids, sources, subjects, sequences } = columnsOfOrder(messages);
    const accepted = await tx<{ id: string }>`
      insert into chassis.inbox (subscriber, event_id, handled_at)
      select ${subscriber}, i.id, ${at}::timestamptz
      from unnest(${ids}::uuid[], ${sources}::text[], ${subjects}::text[], ${sequences}::bigint[])
        with ordinality as i (id, source, subject, sequence, n)
      where not exists (
          select from chassis.parked p
          where p.subscriber = ${subscriber} and p.source = i.source and p.subject = i.subject and p.sequence <= i.sequence)
        and not exists (select from chassis.dead_letters d where d.subscriber = ${subscriber} and d.event_id = i.id)
      order by i.n
      on conflict do nothing returning event_id as id`;
    return new Set(accepted.map(({ id }) => id));
  },

  // What was not accepted because something of its subject was parked is parked here even if that is gone by now: it then is due
  // at once. Asking again "is its subject parked?" would lose it.
  async park(tx, messages, reason, at, retryAt) {
    const c = columns(messages);
    const parked = await tx`
      insert into chassis.parked (subscriber, event_id, type, source, subject, sequence, at, data, traceparent,
        correlation_id, reason, attempts, parked_at, retry_at)
      select ${subscriber}, i.id, i.type, i.source, i.subject, i.sequence, i.time, i.data, i.traceparent,
        i.correlation_id, ${reason}, 0, ${at}::timestamptz, ${retryAt}::timestamptz
      from unnest(${c.ids}::uuid[], ${c.types}::text[], ${c.sources}::text[], ${c.subjects}::text[],
          ${c.sequences}::bigint[], ${c.times}::timestamptz[], ${c.data}::text[], ${c.traceparents}::text[],
          ${c.correlationIds}::text[])
        as i (id, type, source, subject, sequence, time, data, traceparent, correlation_id)
      where not exists (select from chassis.inbox h where h.subscriber = ${subscriber} and h.event_id = i.id)
        and not exists (select from chassis.dead_letters d where d.subscriber = ${subscriber} and d.event_id = i.id)
      on conflict do nothing returning 1`;
    return parked.length;
  },

  async parkFailed(tx, message, error, at, retryAt) {
    const { id, type, source, subject, sequence, time, traceparent, correlationId } = message;
    await tx`
      insert into chassis.parked (subscriber, event_id, type, source, subject, sequence, at, data, traceparent,
        correlation_id, reason, attempts, error, parked_at, retry_at)
      values (${subscriber}, ${id}, ${type}, ${source}, ${subject}, ${sequence}, ${time}, ${dataText(message)}, ${traceparent},
        ${correlationId}, 'failed', 1, ${error}, ${at}, ${retryAt})
      on conflict do nothing`;
  },

  due: (at, limit) => db<ParkedRow>`
    select event_id as id, type, source, subject, sequence, at as time, data, traceparent,
      correlation_id as "correlationId", reason, attempts
    from chassis.parked p
    where subscriber = ${subscriber} and retry_at <= ${at}
      and not exists (
        select from chassis.parked e
        where e.subscriber = ${subscriber} and e.source = p.source and e.subject = p.subject and e.sequence < p.sequence)
    order by retry_at limit ${limit}`,

  async take(tx, id, at) {
    const [row] = await tx<{ taken: boolean; fresh: boolean }>`
      with taken as (
        delete from chassis.parked where subscriber = ${subscriber} and event_id = (
          select event_id from chassis.parked where subscriber = ${subscriber} and event_id = ${id} for update skip locked)
        returning event_id
      ), fresh as (
        insert into chassis.inbox (subscriber, event_id, handled_at)
        select ${subscriber}, event_id, ${at}::timestamptz from taken
        on conflict do nothing returning 1
      )
      select exists (select from taken) as taken, exists (select from fresh) as fresh`;
    if (!row?.taken) return "taken";
    return row.fresh ? "fresh" : "handled";
  },

  async awaitGap(id, retryAt) {
    const waits = await db`
      update chassis.parked p set reason = 'gap', retry_at = ${retryAt}
      where p.subscriber = ${subscriber} and p.event_id = ${id} and p.reason = 'behind'
        and exists (
          select from chassis.inbox_sequence s
          where s.subscriber = ${subscriber} and s.source = p.source and s.subject = p.subject and s.sequence < p.sequence - 1)
        and not exists (
          select from chassis.dead_letters d
          where d.subscriber = ${subscriber} and d.source = p.source and d.subject = p.subject and d.sequence = p.sequence - 1)
      returning 1`;
    return waits.length > 0;
  },

  async postpone(id, attempts, error, retryAt) {
    await db`
      update chassis.parked
      set attempts = attempts + 1, reason = 'failed', error = ${error}, retry_at = ${retryAt}
      where subscriber = ${subscriber} and event_id = ${id} and attempts = ${attempts}`;
  },

  async giveUp(id, attempts, error, at) {
    const moved = await db`
      with gone as (
        delete from chassis.parked where subscriber = ${subscriber} and event_id = ${id} and attempts = ${attempts}
        returning *
      )
      insert into chassis.dead_letters (subscriber, event_id, type, source, subject, sequence, at, data, traceparent,
        correlation_id, attempts, error, died_at)
      select subscriber, event_id, type, source, subject, sequence, at, data, traceparent,
        correlation_id, attempts + 1, ${error}, ${at}::timestamptz
      from gone
      where not exists (select from chassis.inbox h where h.subscriber = ${subscriber} and h.event_id = ${id})
      returning 1`;
    return moved.length === 1;
  },

  async bury(unreadable, at) {
    const c = columns(unreadable.map(({ message }) => message));
    const errors = unreadable.map(({ error }) => error);
    const buried = await db`
      insert into chassis.dead_letters (subscriber, event_id, type, source, subject, sequence, at, data, traceparent,
        correlation_id, attempts, error, died_at)
      select ${subscriber}, i.id, i.type, i.source, i.subject, i.sequence, i.time, i.data, i.traceparent,
        i.correlation_id, 1, i.error, ${at}::timestamptz
      from unnest(${c.ids}::uuid[], ${c.types}::text[], ${c.sources}::text[], ${c.subjects}::text[],
          ${c.sequences}::bigint[], ${c.times}::timestamptz[], ${c.data}::text[], ${c.traceparents}::text[],
          ${c.correlationIds}::text[], ${errors}::text[])
        as i (id, type, source, subject, sequence, time, data, traceparent, correlation_id, error)
      where not exists (select from chassis.inbox h where h.subscriber = ${subscriber} and h.event_id = i.id)
      on conflict do nothing returning 1`;
    return buried.length;
  },

  sequences: (tx, subjects) => tx<Position>`
    select source, subject, sequence from chassis.inbox_sequence
    where subscriber = ${subscriber} and (source, subject) in (
      select * from unnest(${subjects.map(({ source }) => source)}::text[], ${subjects.map(({ subject }) => subject)}::text[]))`,

  async advance(tx, positions, at) {
    const sources = positions.map(({ source }) => source);
    const subjects = positions.map(({ subject }) => subject);
    const sequences = positions.map(({ sequence }) => sequence);
    const [, due] = await Promise.all([
      tx`
        insert into chassis.inbox_sequence as known (subscriber, source, subject, sequence)
        select ${subscriber}, * from unnest(${sources}::text[], ${subjects}::text[], ${sequences}::bigint[])
        on conflict (subscriber, source, subject) do update set sequence = greatest(known.sequence, excluded.sequence)`,
      tx`
        update chassis.parked p set reason = 'behind', retry_at = ${at}
        from unnest(${sources}::text[], ${subjects}::text[], ${sequences}::bigint[]) as now (source, subject, sequence)
        where p.subscriber = ${subscriber} and p.reason = 'gap' and p.source = now.source and p.subject = now.subject
          and p.sequence = now.sequence + 1
        returning 1`,
    ]);
    return due.length;
  },

  async counts() {
    const [row] = await db<{ parked: number; dead: number; oldestParkedAt: string | null }>`
      select (select count(*) from chassis.parked where subscriber = ${subscriber}) as parked,
        (select count(*) from chassis.dead_letters where subscriber = ${subscriber}) as dead,
        (select min(parked_at) from chassis.parked where subscriber = ${subscriber}) as "oldestParkedAt"`;
    return row ?? { parked: 0, dead: 0, oldestParkedAt: null };
  },

  // Event ids are UUIDv7, so the key's order is about the order of time.
  async sweep(before, limit) {
    const swept = await db`
      with oldest as (
        select event_id, handled_at from chassis.inbox where subscriber = ${subscriber} order by event_id limit ${limit})
      delete from chassis.inbox i using oldest
      where i.subscriber = ${subscriber} and i.event_id = oldest.event_id and oldest.handled_at < ${before}
      returning 1`;
    return swept.length;
  },
});

const columnsOfOrder = (messages: readonly Message[]) => ({
  ids: messages.map(({ id }) => id),
  sources: messages.map(({ source }) => source),
  subjects: messages.map(({ subject }) => subject),
  sequences: messages.map(({ sequence }) => sequence),
});
