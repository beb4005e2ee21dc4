import type { Db, Sql } from "@souk/postgres";
import type { MessageRow } from "../message.ts";

export type DeadLetter = {
  readonly eventId: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly sequence: number;
  readonly time: string;
  readonly attempts: number;
  /** Why the last try failed. */
  readonly error: string;
  readonly diedAt: string;
  /** When it will be tried again, once; null: not asked for. */
  readonly redriveAt: string | null;
};
export type Action = "edit" | "dry-run" | "redrive" | "discard";
export type AuditEntry = {
  readonly at: string;
  readonly actor: string;
  readonly action: Action;
  readonly detail: string;
};
export type Letter = DeadLetter & { readonly message: MessageRow };

/** What dead letters ask of their database; everything is about one subscriber. */
export type DeadLetterStore = {
  /** Newest first. */
  list(filter: { type?: string | undefined }, offset: number, limit: number): Promise<DeadLetter[]>;
  count(filter: { type?: string | undefined }): Promise<number>;
  find(eventId: string): Promise<Letter | undefined>;
  trail(eventId: string): Promise<AuditEntry[]>;
  /** @returns the payload as it was before; undefined when there is no such letter */
  replaceData(tx: Sql, eventId: string, data: string): Promise<string | undefined>;
  /** Turns the letter into an inbox row. @returns false when it is gone or somebody else is at it */
  revive(tx: Sql, eventId: string, at: string): Promise<boolean>;
  /** Counts a redrive in vain, and asks for no further one. */
  failedAgain(eventId: string, error: string): Promise<void>;
  /** Sets when letters are tried again, oldest event first, `everyMs` apart. @returns their ids with the times */
  schedule(
    tx: Sql,
    filter: { type?: string | undefined },
    from: string,
    everyMs: number,
  ): Promise<{ eventId: string; redriveAt: string }[]>;
  /** Ids of letters whose time to be tried again has come, but of each subject only the first that is to be: whoever is at that may be slow. */
  due(at: string, limit: number): Promise<string[]>;
  audit(tx: Sql, entries: readonly (AuditEntry & { eventId: string })[]): Promise<void>;
};

export const deadLetterStore = (db: Db, subscriber: string): DeadLetterStore => ({
  list: ({ type = null as string | null | undefined }, offset, limit) => db<DeadLetter>`
    select event_id as "eventId", type, source, subject, sequence, at as time, attempts, error, died_at as "diedAt",
      redrive_at as "redriveAt"
    from chassis.dead_letters
    where subscriber = ${subscriber} and (${type}::text is null or type = ${type})
    order by died_at desc, event_id offset ${offset} limit ${limit}`,

  async count({ type }) {
    const [row] = await db<{ count: number }>`
      select count(*) from chassis.dead_letters where subscriber = ${subscriber} and (${type}::text is null or type = ${type})`;
    return row?.count ?? 0;
  },

  async find(eventId) {
    const [row] = await db<DeadLetter & { data: string; traceparent: string | null; correlationId: string | null }>`
      select event_id as "eventId", type, source, subject, sequence, at as time, data, traceparent,
        correlation_id as "correlationId", attempts, error, died_at as "diedAt", redrive_at as "redriveAt"
      from chassis.dead_letters where subscriber = ${subscriber} and event_id = ${eventId}`;
    if (!row) return undefined;
    const { data, traceparent, correlationId, ...letter } = row;
    const { type, source, subject, sequence, time } = letter;
    return {
      ...letter,
      message: { id: eventId, type, source, subject, sequence, time, data, traceparent, correlationId },
    };
  },

  trail: (eventId) => db<AuditEntry>`
    select at, actor, action, detail from chassis.dead_letter_audit
    where subscriber = ${subscriber} and event_id = ${eventId} order by id`,

  async replaceData(tx, eventId, data) {
    const [before] = await tx<{ data: string }>`
      select data from chassis.dead_letters where subscriber = ${subscriber} and event_id = ${eventId} for update`;
    if (!before) return undefined;
    await tx`update chassis.dead_letters set data = ${data} where subscriber = ${subscriber} and event_id = ${eventId}`;
    return before.data;
  },

  async revive(tx, eventId, at) {
    const revived = await tx`
      with gone as (
        delete from chassis.dead_letters where subscriber = ${subscriber} and event_id = (
          select event_id from chassis.dead_letters where subscriber = ${subscriber} and event_id = ${eventId}
          for update skip locked)
        returning event_id
      )
      insert into chassis.inbox (subscriber, event_id, handled_at)
      select ${subscriber}, event_id, ${at}::timestamptz from gone returning 1`;
    return revived.length === 1;
  },

  async failedAgain(eventId, error) {
    await db`
      update chassis.dead_letters set attempts = attempts + 1, error = ${error}, redrive_at = null
      where subscriber = ${subscriber} and event_id = ${eventId}`;
  },

  schedule: (tx, { type }, from, everyMs) => tx<{ eventId: string; redriveAt: string }>`
    update chassis.dead_letters d
    set redrive_at = ${from}::timestamptz + (n - 1) * ${everyMs}::integer * interval '1 ms'
    from (
      select event_id, row_number() over (order by at, source, subject, sequence) as n from chassis.dead_letters
      where subscriber = ${subscriber} and (${type}::text is null or type = ${type})) as letters
    where d.subscriber = ${subscriber} and d.event_id = letters.event_id
    returning d.event_id as "eventId", d.redrive_at as "redriveAt"`,

  async due(at, limit) {
    const rows = await db<{ eventId: string }>`
      select event_id as "eventId" from chassis.dead_letters d
      where subscriber = ${subscriber} and redrive_at <= ${at}
        and not exists (
          select from chassis.dead_letters e
          where e.subscriber = ${subscriber} and e.source = d.source and e.subject = d.subject and e.sequence < d.sequence
            and e.redrive_at is not null)
      order by redrive_at limit ${limit}`;
    return rows.map(({ eventId }) => eventId);
  },

  async audit(tx, entries) {
    await tx`
      insert into chassis.dead_letter_audit (at, actor, action, subscriber, event_id, detail)
      select at, actor, action, ${subscriber}, event_id, detail
      from unnest(
        ${entries.map(({ at }) => at)}::timestamptz[], ${entries.map(({ actor }) => actor)}::text[],
        ${entries.map(({ action }) => action)}::text[], ${entries.map(({ eventId }) => eventId)}::uuid[],
        ${entries.map(({ detail }) => detail)}::text[]) as entries (at, actor, action, event_id, detail)`;
  },
});
