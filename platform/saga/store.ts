import type { Instant } from "@souk/kernel";
import { json, type Sql, StatementError, storableText, type Tx } from "@souk/postgres";
import type { Progress } from "./engine.ts";
import type { Reason, SagaStatus } from "./types.ts";

export type Data = Readonly<Record<string, unknown>>;

/** A saga's row as a runner or an operator gets it. */
export type SagaRow = {
  readonly id: string;
  readonly name: string;
  readonly status: SagaStatus;
  readonly input: Data;
  readonly output: Data;
  readonly progress: Progress;
  readonly irrevocable: boolean;
  readonly owner: string | null;
  readonly fence: number;
  readonly version: number;
  readonly news: number;
  readonly cancel: Reason | null;
  readonly signals: Readonly<Record<string, Data>> | null;
  readonly wake_at: Instant | null;
  readonly traceparent: string | null;
  readonly correlation_id: string | null;
  readonly started_at: Instant;
  readonly ended_at: Instant | null;
};

/** `held`: it had an owner, whose lease lapsed; that one may have begun more than it could record. */
export type Claimed = SagaRow & { readonly held: boolean };

export type NewSaga = Pick<SagaRow, "id" | "name" | "input" | "irrevocable" | "started_at"> & {
  /** Undefined: nobody holds it, it is due at once. */
  readonly owner: string | undefined;
  readonly traceparent: string | undefined;
  readonly correlationId: string | undefined;
};

/** One row of a saga's history. Its names are the columns'. */
export type HistoryEntry = {
  readonly step?: string;
  readonly action: "do" | "undo" | "signal" | "operator";
  readonly attempt?: number;
  readonly outcome: "ok" | "refused" | "unknown" | "given-up";
  readonly output?: Data;
  readonly code?: string;
  readonly message?: string;
  readonly actor?: string;
  readonly at: Instant;
  readonly duration_ms?: number;
};

/** What a holder has to say. Its names are those that `chassis.saga_record` reads. */
export type Write = {
  readonly id: string;
  readonly fence: number;
  /** As last seen; each write makes it one more. */
  readonly version: number;
  readonly news: number;
  readonly status: SagaStatus;
  readonly progress: Progress;
  /** What the steps returned since the last write. */
  readonly output?: Data;
  readonly irrevocable: boolean;
  /** Do not write when the saga was asked to stop: this write would make that impossible. */
  readonly unless_cancelled: boolean;
  /** Gives the saga up: it is due at `wake_at`, or at once when there is news. */
  readonly release: boolean;
  readonly wake_at?: Instant;
  readonly at: Instant;
  readonly ended_at?: Instant;
  readonly history: readonly HistoryEntry[];
};

export type News = { readonly news: number; readonly cancel: Reason | null; readonly signals: SagaRow["signals"] };

export type ListQuery = {
  readonly status?: SagaStatus | undefined;
  readonly name?: string | undefined;
  readonly limit: number;
  /** The last id of the page before. */
  readonly after?: string | undefined;
};

/** Every question that the saga runner asks the database. */
export type SagaStore = {
  /** False when there is one with this id. Travels with the transaction's next statement or commit. */
  insert(tx: Sql, saga: NewSaga): Promise<boolean>;
  /** The news of each saga written, by id. One that is missing was not: another runner holds it, or see `unless_cancelled`. */
  record(sql: Sql, writes: readonly Write[]): Promise<Map<string, News>>;
  /** The same inside a transaction, which fails with it: see `isNotRecorded`. */
  recordIn(tx: Tx, write: Write): Promise<News>;
  load(sql: Sql, id: string): Promise<SagaRow | undefined>;
  /** Locks it until the transaction ends. */
  lock(tx: Tx, id: string): Promise<SagaRow | undefined>;
  /** Takes at most `limit` sagas of `names` that are due, and those whose owner's lease lapsed. */
  claim(sql: Sql, claim: { owner: string; names: readonly string[]; now: Instant; limit: number }): Promise<Claimed[]>;
  /** Takes those of `ids` that are due and of `names`. */
  claimThese(
    sql: Sql,
    claim: { owner: string; ids: readonly string[]; names: readonly string[]; now: Instant },
  ): Promise<Claimed[]>;
  /** Takes sagas that `owner` holds in the database but not in memory (`known`): the answer to a commit or a claim was lost. */
  reclaim(sql: Sql, claim: { owner: string; known: readonly string[]; startedBefore: Instant }): Promise<Claimed[]>;
  /** Renews the lease on everything that `owner` holds, and forgets runners long gone. */
  renew(sql: Sql, owner: string, until: Instant, forgetBefore: Instant): Promise<void>;
  /** Whatever `owner` still holds is anybody's from now on. */
  retire(sql: Sql, owner: string): Promise<void>;
  /** Keeps the first payload of each name. False when there is no such saga. */
  signal(tx: Sql, id: string, signal: string, payload: Data, now: Instant): Promise<boolean>;
  /** False when it is irrevocable, completed, or not there. @param actor an operator, when one asked for it */
  cancel(tx: Sql, id: string, reason: Reason, now: Instant, actor?: string): Promise<boolean>;
  list(sql: Sql, query: ListQuery): Promise<SagaRow[]>;
  history(sql: Sql, id: string): Promise<(HistoryEntry & { readonly seq: number })[]>;
  /** How many have not ended, by name and status. */
  open(sql: Sql): Promise<{ name: string; status: SagaStatus; count: number }[]>;
  /** Deletes at most `limit` that ended before `before`, with their history. @returns how many */
  sweep(sql: Sql, before: Instant, limit: number): Promise<number>;
};

/** The transaction's saga belongs to somebody else, or was asked to stop. */
export const isNotRecorded = (error: unknown): boolean => error instanceof StatementError && error.sqlState === "SG001";

type Recorded = {
  recorded_id: string;
  recorded_news: number;
  news_cancel: Reason | null;
  news_signals: SagaRow["signals"];
};
const newsOf = (row: Recorded): News => ({
  news: row.recorded_news,
  cancel: row.news_cancel,
  signals: row.news_signals,
});

/** The value as `jsonb` will give it back: without what PostgreSQL refuses, which a step may well return. */
export function storable<T>(value: T): T {
  const text = JSON.stringify(value);
  if (!text.includes("\\u")) return JSON.parse(text);
  const clean = (member: unknown): unknown => {
    if (typeof member === "string") return storableText(member);
    if (Array.isArray(member)) return member.map(clean);
    if (typeof member !== "object" || member === null) return member;
    return Object.fromEntries(Object.entries(member).map(([name, inner]) => [clean(name), clean(inner)]));
  };
  return clean(JSON.parse(text)) as T; // as: the same shape, with cleaner strings
}

export const postgresStore: SagaStore = {
  async insert(tx, saga) {
    const rows = await tx`
      insert into chassis.sagas
        (id, name, status, input, irrevocable, owner, fence, wake_at, traceparent, correlation_id, started_at)
      values (${saga.id}, ${saga.name}, 'running', ${json(saga.input)}, ${saga.irrevocable}, ${saga.owner}, 1,
        ${saga.owner === undefined ? saga.started_at : null}, ${saga.traceparent}, ${saga.correlationId}, ${saga.started_at})
      on conflict (id) do nothing
      returning 1`;
    return rows.length === 1;
  },

  async record(sql, writes) {
    const rows = await sql<Recorded>`select * from chassis.saga_record(${json(writes)}, false)`;
    return new Map(rows.map((row) => [row.recorded_id, newsOf(row)]));
  },

  async recordIn(tx, write) {
    const [row] = await tx<Recorded>`select * from chassis.saga_record(${json([write])}, true)`;
    if (!row) throw new Error("saga_record returned nothing although it is strict");
    return newsOf(row);
  },

  async load(sql, id) {
    const [row] = await sql<SagaRow>`
      select id, name, status, input, output, progress, irrevocable, owner, fence, version, news, cancel, signals, wake_at,
        traceparent, correlation_id, started_at, ended_at
      from chassis.sagas where id = ${id}`;
    return row;
  },

  async lock(tx, id) {
    const [row] = await tx<SagaRow>`
      select id, name, status, input, output, progress, irrevocable, owner, fence, version, news, cancel, signals, wake_at,
        traceparent, correlation_id, started_at, ended_at
      from chassis.sagas where id = ${id} for update`;
    return row;
  },

  claim: (sql, { owner, names, now, limit }) => sql<Claimed>`
    with due as materialized (
      select id from chassis.sagas
      where wake_at <= ${now} and name = any(${names}::text[])
      order by wake_at limit ${limit} for update skip locked
    ), lapsed as materialized (
      select id from chassis.sagas
      where owner is not null and name = any(${names}::text[])
        and owner not in (select owner from chassis.saga_runners where lease_until > ${now})
      limit ${limit} for update skip locked
    )
    update chassis.sagas s set owner = ${owner}, fence = s.fence + 1, wake_at = null
    from (select id, false as held from due union all select id, true from lapsed) as taken
    where s.id = taken.id
    returning s.id, s.name, s.status, s.input, s.output, s.progress, s.irrevocable, s.owner, s.fence, s.version, s.news,
      s.cancel, s.signals, s.wake_at, s.traceparent, s.correlation_id, s.started_at, s.ended_at, taken.held`,

  claimThese: (sql, { owner, ids, names, now }) => sql<Claimed>`
    update chassis.sagas set owner = ${owner}, fence = fence + 1, wake_at = null
    where id = any(${ids}::text[]) and wake_at <= ${now} and name = any(${names}::text[])
    returning id, name, status, input, output, progress, irrevocable, owner, fence, version, news, cancel, signals, wake_at,
      traceparent, correlation_id, started_at, ended_at, false as held`,

  reclaim: (sql, { owner, known, startedBefore }) => sql<Claimed>`
    update chassis.sagas set fence = fence + 1
    where owner = ${owner} and started_at < ${startedBefore} and id <> all(${known}::text[])
    returning id, name, status, input, output, progress, irrevocable, owner, fence, version, news, cancel, signals, wake_at,
      traceparent, correlation_id, started_at, ended_at, true as held`,

  async renew(sql, owner, until, forgetBefore) {
    await Promise.all([
      sql`insert into chassis.saga_runners (owner, lease_until) values (${owner}, ${until})
          on conflict (owner) do update set lease_until = excluded.lease_until`,
      sql`delete from chassis.saga_runners where lease_until < ${forgetBefore}`,
    ]);
  },

  async retire(sql, owner) {
    await sql`delete from chassis.saga_runners where owner = ${owner}`;
  },

  async signal(tx, id, signal, payload, now) {
    const rows = await tx`
      with signalled as (
        update chassis.sagas
        set signals = jsonb_build_object(${signal}::text, ${json(payload)}::jsonb) || coalesce(signals, '{}'),
            news = news + 1, seq = seq + 1,
            wake_at = case when wake_at is not null then least(wake_at, ${now}::timestamptz) end
        where id = ${id}
        returning seq
      )
      insert into chassis.saga_history (saga_id, seq, step, action, outcome, output, at)
      select ${id}::text, seq, ${signal}::text, 'signal', 'ok', ${json(payload)}::jsonb, ${now}::timestamptz from signalled
      returning 1`;
    return rows.length === 1;
  },

  async cancel(tx, id, reason, now, actor) {
    const rows = await tx<{ changed: boolean }>`
      with stopped as (
        update chassis.sagas
        set cancel = ${json(reason)}, news = news + 1, seq = seq + 1,
            wake_at = case when wake_at is not null then least(wake_at, ${now}::timestamptz) end
        where id = ${id} and ended_at is null and not irrevocable and cancel is null and status <> 'compensating'
          and not (progress ? 'failure')
        returning seq
      ), noted as (
        insert into chassis.saga_history (saga_id, seq, action, outcome, code, message, actor, at)
        select ${id}::text, seq, 'operator', 'ok', ${reason.code}::text, ${reason.message}::text, ${actor ?? "cancel"}::text,
          ${now}::timestamptz from stopped
      )
      select true as changed from stopped
      union all
      select false from chassis.sagas
      where id = ${id} and (status = 'compensated' or (ended_at is null and (cancel is not null or progress ? 'failure')))`;
    return rows.length > 0;
  },

  list: (sql, { status, name, limit, after }) => sql<SagaRow>`
    select id, name, status, input, output, progress, irrevocable, owner, fence, version, news, cancel, signals, wake_at,
      traceparent, correlation_id, started_at, ended_at
    from chassis.sagas
    where (${status}::text is null or status = ${status})
      and (${name}::text is null or name = ${name})
      and id > ${after ?? ""}
      -- What has not ended is found by the two small indexes, however many rows have.
      and (${status}::text is null or ${status} in ('completed', 'compensated') or owner is not null or wake_at is not null)
    order by id limit ${limit}`,

  history: (sql, id) => sql`
    select seq, step, action, attempt, outcome, output, code, message, actor, at, duration_ms
    from chassis.saga_history where saga_id = ${id} order by seq`,

  open: (sql) => sql`
    select name, status, count(*) as count from chassis.sagas
    where owner is not null or wake_at is not null
    group by name, status`,

  async sweep(sql, before, limit) {
    const [row] = await sql<{ count: number }>`
      with gone as (
        delete from chassis.sagas where id in (select id from chassis.sagas where ended_at < ${before} limit ${limit})
        returning id
      ), forgotten as (
        delete from chassis.saga_history where saga_id in (select id from gone)
      )
      select count(*) as count from gone`;
    return row?.count ?? 0;
  },
};
