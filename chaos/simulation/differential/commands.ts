import type { Chance } from "@souk/kernel";
import { inboxStore, outboxStore } from "@souk/messaging";
import type { Db, Param, Sql, Tx } from "@souk/postgres";
import { postgresStore } from "@souk/saga";
import { projectionRows } from "../../../platform/event-store/projection-store.ts";
import { eventRows } from "../../../platform/event-store/store.ts";
import { type Statement, statementOf } from "../../../platform/postgres/statement.ts";
import type { Write } from "../../../platform/saga/store.ts";

/** A statement with its values, as a session sends it. */
export type Command = {
  readonly statement: Statement;
  readonly values: readonly Param[] /** Whether the order of its rows is promised. */;
  readonly isSorted: boolean;
};

/** Tables of our own, where one row has everything that rows can get into each other's way with. */
export const ownTables = `
  create table things (id text primary key, n integer not null check (n >= 0), tag text unique);
  create table parts (id text primary key, thing text not null references things (id) on delete cascade);
  create table archive (id text primary key, n integer not null);`;

const ids = ["a", "b", "c"] as const;
const uuids = [1, 2, 3, 4].map((n) => `00000000-0000-7000-8000-00000000000${n}`);
const sagaIds = ["s1", "s2"] as const;
const at = (second: number) => new Date(Date.UTC(2030, 0, 1, 12, 0, second)).toISOString();

/** Catches what a store would have sent. */
function sent(ask: (sql: Db & Tx) => unknown): Command {
  const caught: { statement: Statement; values: readonly Param[] }[] = [];
  const sql = (strings: TemplateStringsArray, ...values: Param[]) => {
    caught.push({ statement: statementOf(strings), values });
    return new Promise(() => {});
  };
  // as: nobody waits for its answer
  void ask(sql as unknown as Db & Tx);
  const [first] = caught;
  if (!first) throw new Error("the store sent nothing");
  return { ...first, isSorted: /order by [^)]*$/.test(first.statement.text) };
}

type Draw = { readonly one: <T>(of: readonly T[]) => T; readonly n: (below: number) => number };
type Maker = (draw: Draw) => Command;

const own =
  (ask: (sql: Sql, draw: Draw) => unknown): Maker =>
  (draw) =>
    sent((sql) => ask(sql, draw));

const message = ({ one, n }: Draw) => {
  const sequence = 1 + n(3);
  return {
    ...{ id: one(uuids), type: "t.happened.v1", source: "tests", subject: one(ids), sequence, time: at(n(5)) },
    data: {},
  };
};

/** What can be sent, each as often as it stands here. */
const makers: readonly Maker[] = [
  own(
    (sql, { one, n }) => sql`insert into things (id, n, tag) values (${one(ids)}, ${n(5)}, ${one([null, "x", "y"])})`,
  ),
  own(
    (sql, { one, n }) => sql`
    insert into things (id, n) values (${one(ids)}, ${n(5)})
    on conflict (id) do update set n = things.n + excluded.n returning id, n`,
  ),
  own(
    (sql, { one, n }) => sql`
    insert into things (id, n, tag) values (${one(ids)}, ${n(5)}, ${one(["x", "y"])}) on conflict do nothing returning id`,
  ),
  own((sql, { one, n }) => sql`update things set n = n + ${1 + n(3)} where id = ${one(ids)} returning id, n`),
  own((sql, { one, n }) => sql`update things set n = n - ${1 + n(3)} where id = ${one(ids)} returning id, n`),
  own((sql, { one, n }) => sql`update things set n = 1 where id = ${one(ids)} and n > ${n(4)} returning id, n`),
  own((sql, { one }) => sql`update things set tag = ${one([null, "x", "y"])} where id = ${one(ids)} returning id, tag`),
  own((sql, { one }) => sql`delete from things where id = ${one(ids)} returning id, n`),
  own((sql) => sql`select id, n, tag from things order by id`),
  own((sql, { one }) => sql`select id, n from things where id = ${one(ids)} for update`),
  own((sql, { one }) => sql`select id, n from things where id = ${one(ids)} for no key update`),
  own((sql, { one }) => sql`select id, n from things where id = ${one(ids)} for share`),
  own((sql, { one }) => sql`select id, n from things where id = ${one(ids)} for key share`),
  own((sql, { n }) => sql`select id, n from things order by id limit ${1 + n(2)} for update skip locked`),
  own((sql, { one }) => sql`insert into parts (id, thing) values (${one(["p", "q"])}, ${one(ids)})`),
  own((sql, { one }) => sql`delete from parts where id = ${one(["p", "q"])} returning thing`),
  own(
    (sql, { one }) => sql`
    with gone as (delete from things where id = ${one(ids)} returning id, n)
    insert into archive (id, n) select id, n from gone on conflict (id) do update set n = archive.n + excluded.n returning id, n`,
  ),
  own(
    (sql, { one }) => sql`
    with changed as (update things set n = n + 1 where id = ${one(ids)} returning id, n)
    select (select count(*) from changed) as changed, (select coalesce(sum(n), 0) from things) as before`,
  ),
  own((sql, { n }) => sql`select pg_advisory_xact_lock(${n(2)})`),
  // The chassis' own statements, as its stores send them.
  (draw) =>
    sent((sql) => {
      const { data, source: _, ...row } = message(draw);
      return outboxStore(sql).insert(sql, {
        ...row,
        data: JSON.stringify(data),
        traceparent: null,
        correlationId: null,
      });
    }),
  (draw) => sent((sql) => outboxStore(sql).claim(sql, 1 + draw.n(3))),
  (draw) => sent((sql) => outboxStore(sql).markDone(sql, [1 + draw.n(4)], at(9))),
  (draw) => sent((sql) => inboxStore(sql, "us").accept(sql, [message(draw)], at(9))),
  (draw) => sent((sql) => inboxStore(sql, "us").park(sql, [message(draw)], "gap", at(9), at(draw.n(20)))),
  (draw) => sent((sql) => inboxStore(sql, "us").parkFailed(sql, message(draw), "no", at(9), at(draw.n(20)))),
  () => sent((sql) => inboxStore(sql, "us").due(at(10), 5)),
  (draw) => sent((sql) => inboxStore(sql, "us").take(sql, draw.one(uuids), at(10))),
  (draw) => sent((sql) => inboxStore(sql, "us").postpone(draw.one(uuids), draw.n(2), "no", at(12))),
  (draw) => sent((sql) => inboxStore(sql, "us").giveUp(draw.one(uuids), draw.n(2), "no", at(12))),
  (draw) => sent((sql) => inboxStore(sql, "us").bury([{ message: message(draw), error: "no" }], at(12))),
  (draw) =>
    sent((sql) => {
      const { source, subject, sequence } = message(draw);
      return inboxStore(sql, "us").advance(sql, [{ source, subject, sequence }], at(12));
    }),
  (draw) => sent((sql) => inboxStore(sql, "us").sequences(sql, [message(draw), message(draw)])),
  (draw) =>
    sent((sql) => {
      const owner = draw.one(["r1", undefined]);
      const saga = { id: draw.one(sagaIds), name: "checkout", input: { n: 1 }, irrevocable: false, started_at: at(0) };
      return postgresStore.insert(sql, { ...saga, owner, traceparent: undefined, correlationId: undefined });
    }),
  (draw) =>
    sent((sql) => {
      const isOver = draw.n(3) === 0;
      const write: Write = {
        ...{
          id: draw.one(sagaIds),
          fence: 1 + draw.n(2),
          version: draw.n(3),
          news: draw.n(2),
          progress: { steps: {} },
        },
        status: isOver ? "completed" : "running",
        ...{ irrevocable: isOver, unless_cancelled: isOver, release: isOver, at: at(9) },
        ...(isOver && { ended_at: at(9) }),
        ...(draw.n(2) === 0 && { output: { [draw.one(ids)]: draw.n(9) } }),
        history: [{ action: "do", step: "pay", outcome: "ok", at: at(9) }],
      };
      return draw.n(2) === 0 ? postgresStore.record(sql, [write]) : postgresStore.recordIn(sql, write);
    }),
  (draw) => sent((sql) => postgresStore.lock(sql, draw.one(sagaIds))),
  (draw) =>
    sent((sql) =>
      postgresStore.claim(sql, { owner: draw.one(["r1", "r2"]), names: ["checkout"], now: at(10), limit: 2 }),
    ),
  (draw) =>
    sent((sql) =>
      postgresStore.claimThese(sql, { owner: "r2", ids: [draw.one(sagaIds)], names: ["checkout"], now: at(10) }),
    ),
  (draw) =>
    sent((sql) => postgresStore.reclaim(sql, { owner: "r1", known: [draw.one(sagaIds)], startedBefore: at(5) })),
  (draw) => sent((sql) => postgresStore.renew(sql, draw.one(["r1", "r2"]), at(5 + draw.n(10)), at(0))),
  (draw) => sent((sql) => postgresStore.signal(sql, draw.one(sagaIds), "paid", { by: draw.one(ids) }, at(8))),
  (draw) => sent((sql) => postgresStore.cancel(sql, draw.one(sagaIds), { code: "x", message: "y" }, at(8))),
  (draw) =>
    sent((sql) => {
      const events = Array.from({ length: 1 + draw.n(2) }, () => ({ type: "paid-in", cents: draw.n(9) }));
      const stream = { streamType: "till", streamId: draw.one(ids), after: draw.n(3) };
      return eventRows.append(sql, { ...stream, events, at: at(1), traceparent: undefined, correlationId: undefined });
    }),
  (draw) => sent((sql) => eventRows.read(sql, "till", draw.one(ids), 9)),
  (draw) =>
    sent((sql) =>
      eventRows.readAll(sql, { streamType: "till", types: undefined, after: draw.n(3), upTo: 9, limit: 3 }),
    ),
  (draw) => sent((sql) => projectionRows.register(sql, draw.one(ids))),
  (draw) => sent((sql) => projectionRows.claim(sql, draw.one(ids))),
  (draw) => sent((sql) => projectionRows.advance(sql, draw.one(ids), draw.n(9))),
];

/** A few kinds of command make up a program, so that they meet on the same rows. */
export function palette(chance: Chance): (draw: Draw) => Command {
  const first = Math.floor(chance() * makers.length);
  const near = makers.slice(first, first + 6);
  const chosen = [...near, ...Array.from({ length: 4 }, () => makers[Math.floor(chance() * makers.length)])];
  return (draw) => (chosen[draw.n(chosen.length)] ?? (makers[0] as Maker))(draw); // as: there are some
}

export const drawer = (chance: Chance): Draw => ({
  one: (of) => of[Math.floor(chance() * of.length)] as (typeof of)[number], // as: never empty
  n: (below) => Math.floor(chance() * below),
});

/** What is compared at the end of a program, all rows in order of all columns. */
export const comparedTables = [
  ...["things", "parts", "archive", "chassis.outbox", "chassis.inbox", "chassis.inbox_sequence", "chassis.parked"],
  ...["chassis.dead_letters", "chassis.sagas", "chassis.saga_runners", "chassis.saga_history", "chassis.events"],
  "chassis.projections",
] as const;
