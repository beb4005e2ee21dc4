import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { instant, sleep, systemClock } from "@souk/kernel";
import { type Db, openDatabase, type Tx } from "@souk/postgres";
import { fakeClock, seededChance, testDatabase } from "@souk/testing";
import {
  createEventStore,
  migrations,
  projection,
  rebuildProjection,
  startProjector,
  verifyProjection,
} from "./index.ts";
import { projectionRows } from "./projection-store.ts";
import { eventRows, safePosition } from "./store.ts";
import { tillStream } from "./till.fixture.ts";

const { db, sql, url } = await testDatabase({ sets: [migrations] });
const clock = fakeClock();
const chance = seededChance(1);
const now = () => instant(clock.now());
await sql`create table turnover (till text primary key, cents bigint not null, movements integer not null)`;

const applied = new EventEmitter();
const turnover = projection({
  name: "turnover",
  of: tillStream,
  tables: ["turnover"],
  async apply(events, tx) {
    for (const { streamId, event } of events)
      tx`
        insert into turnover (till, cents, movements) values (${streamId}, ${event.cents}, 1)
        on conflict (till) do update set cents = turnover.cents + excluded.cents, movements = turnover.movements + 1`;
    tx.afterCommit(() => applied.emit("batch", events.length));
  },
});
const rows = () => sql`select till, cents, movements from turnover order by till`;

/** @param meanwhile lets other transactions of the server end, where time stands still */
async function caughtUp(total: number, meanwhile?: () => Promise<void>): Promise<void> {
  for (;;) {
    // The batch that completes the sum may be a rebuild's, of which nobody tells: look again soon.
    const next = meanwhile ? meanwhile() : Promise.race([once(applied, "batch"), sleep(systemClock, 50)]);
    const [row] = await sql<{ movements: number }>`select coalesce(sum(movements), 0) as movements from turnover`;
    if (Number(row?.movements) >= total) return;
    await next;
  }
}

let total = 0;

test("a projection follows the events, woken by each append", async () => {
  // A day between polls: only the wake-ups can move it on.
  const projector = startProjector([turnover], { db, clock, chance, pollMs: 86_400_000 });
  const tills = createEventStore({ db, now, onAppend: projector.wake }).of(tillStream);
  for (const [till, cents] of [
    ["north", 500],
    ["south", 300],
    ["north", 100],
  ] as const) {
    await tills.execute(till, { type: "pay in", cents });
    total++;
  }
  await caughtUp(total, () => clock.advance(5));
  await projector.close();
  assert.deepEqual(await rows(), [
    { till: "north", cents: 600, movements: 2 },
    { till: "south", cents: 300, movements: 1 },
  ]);
});

test("it resumes where it left off, and two replicas apply each event once", async () => {
  const tills = createEventStore({ db, now }).of(tillStream);
  for (let i = 0; i < 40; i++) await tills.execute(`t${i % 4}`, { type: "pay in", cents: 1 });
  total += 40;
  const replicas = [1, 2].map(() =>
    startProjector([turnover], { db, clock: systemClock, chance, batch: 3, pollMs: 1 }),
  );
  await caughtUp(total);
  await Promise.all(replicas.map((replica) => replica.close()));
  const [sum] = await sql`select sum(movements)::int as movements from turnover`;
  assert.deepEqual(sum, { movements: total });
});

const markNow = async () => eventRows.mark(db, await eventRows.lastPosition(db));

test("an event is not missed when nothing has ended since its transaction began", async () => {
  const tills = createEventStore({ db, now }).of(tillStream);
  const slow = Promise.withResolvers<void>();
  const appended = Promise.withResolvers<void>();
  const newest = db.tx(async (tx) => {
    await tills.beginIn(tx, "newest", { type: "pay in", cents: 1 });
    await tx`select 1`; // the append is done, and has its position
    appended.resolve();
    await slow.promise;
  });
  await appended.promise;
  total++;
  const before = await markNow();
  const meanwhile = await markNow();
  assert.ok(safePosition(before, undefined) < before.position, "the last position may still appear");
  assert.ok(safePosition(meanwhile, before) < meanwhile.position, "however often one looks");
  slow.resolve();
  await newest;
  // Other databases of the server have transactions too: one that was running by then is waited for.
  for (let after = await markNow(); safePosition(after, meanwhile) < after.position; ) after = await markNow();
});

test("an event that commits after one with a higher position is not missed", async () => {
  const tills = createEventStore({ db, now }).of(tillStream);
  const slow = Promise.withResolvers<void>();
  const appended = Promise.withResolvers<void>();
  const late = db.tx(async (tx) => {
    await tills.beginIn(tx, "late", { type: "pay in", cents: 1 });
    await tx`select 1`; // the append is done, and has its position
    appended.resolve();
    await slow.promise;
  });
  await appended.promise;
  await tills.execute("early", { type: "pay in", cents: 1 });
  total += 2;

  const before = await markNow();
  const meanwhile = await markNow();
  const [lateEvents, early] = await Promise.all([
    sql`select from chassis.events where stream_id = 'late'`,
    sql<{ position: number }>`select position from chassis.events where stream_id = 'early'`,
  ]);
  assert.equal(lateEvents.length, 0, "not committed yet");
  assert.ok(safePosition(meanwhile, before) < (early[0]?.position ?? 0), "nothing is read past what may still appear");

  slow.resolve();
  await late;
  const projector = startProjector([turnover], { db, clock: systemClock, chance, pollMs: 1 });
  await caughtUp(total);
  await projector.close();
  assert.deepEqual(await sql`select till from turnover where till in ('late', 'early') order by till`, [
    { till: "early" },
    { till: "late" },
  ]);
});

test("what hides behind a transaction that lasts is looked for ever more seldom, down to once a second", async () => {
  const time = fakeClock();
  const silent = async () => [];
  // as: a database that has nothing to say, so that nothing but the clock lets time pass
  const tx = silent as unknown as Tx;
  const nothing = Object.assign(silent, { tx: (work: (tx: Tx) => unknown) => work(tx) }) as unknown as Db;
  const looks: number[] = [];
  let running = 7n;
  const projector = startProjector([projection({ ...turnover, name: "patient", apply: async () => {} })], {
    ...{ db: nothing, clock: time, chance, pollMs: 86_400_000 },
    rows: {
      ...eventRows,
      ...projectionRows,
      register: async () => {},
      lastPosition: async () => 1,
      async mark() {
        looks.push(time.monotonic());
        return { position: 1, oldestRunning: running, next: 9n };
      },
      claim: async () => 0,
      readAll: async () => [],
    },
  });
  await time.advance(10_000);
  // Not the first look's, which reads where the projection stands.
  const pauses = looks.slice(2).map((at, n) => at - (looks[n + 1] ?? 0));
  for (const [n, pause] of pauses.entries()) {
    const longest = Math.min(1_000, 5 * 2 ** n);
    assert.ok(pause >= longest / 2 && pause <= longest, `pause ${n} is ${pause} ms`);
  }
  assert.ok(pauses.length > 15 && pauses.length < 30, `${pauses.length} looks`);
  running = 9n;
  const before = looks.length;
  await time.advance(1_000);
  assert.ok(
    looks.length > before && looks.length <= before + 2,
    "once it has ended, there is nothing left to look for",
  );
  await projector.close();
});

test("a projection that fails is tried again, and does not hold up another", async () => {
  const failures = new EventEmitter();
  let healed = false;
  const broken = projection({
    name: "broken",
    of: tillStream,
    types: ["paid-out"],
    tables: [],
    async apply() {
      if (!healed) throw new Error("cannot");
      failures.emit("healed");
    },
  });
  const tills = createEventStore({ db, now }).of(tillStream);
  await tills.execute("north", { type: "pay out", cents: 1 });
  await tills.execute("north", { type: "pay in", cents: 1 });
  total += 2;
  const failed = once(failures, "failed");
  const recovered = once(failures, "healed");
  const projector = startProjector([broken, turnover], {
    db,
    clock: systemClock,
    chance,
    pollMs: 1,
    onError: (name, error) => failures.emit("failed", name, error),
  });
  const [name] = await failed;
  assert.equal(name, "broken");
  await caughtUp(total);
  healed = true;
  await recovered;
  await projector.close();
});

test("a batch whose commit fails is applied again, although nothing new comes", async () => {
  const tills = createEventStore({ db, now }).of(tillStream);
  await tills.execute("north", { type: "pay in", cents: 1 });
  total++;
  let failures = 0;
  const tx: typeof db.tx = (work, options) =>
    db.tx(async (tx) => {
      const result = await work(tx);
      if (failures++ === 0) throw new Error("the connection was lost before the commit");
      return result;
    }, options);
  // as: the same database, with transactions that fail
  const fragile = Object.assign((...args: Parameters<typeof db>) => db(...args), { tx }) as unknown as typeof db;
  const projector = startProjector([turnover], { db: fragile, clock: systemClock, chance, pollMs: 1 });
  await caughtUp(total);
  await projector.close();
  assert.ok(failures > 1);
});

test("a projection that lost and gained rows is found out, and a rebuild mends it", async () => {
  const database = openDatabase({ url, clock: systemClock, chance });
  try {
    assert.deepEqual(await verifyProjection(database, turnover), []);
    const before = await rows();
    await sql`delete from turnover where till = 'south'`;
    await sql`update turnover set cents = cents + 1 where till = 'north'`;
    await sql`insert into turnover values ('made up', 1, 1)`;
    assert.deepEqual(await verifyProjection(database, turnover), [{ table: "turnover", missing: 2, unexpected: 2 }]);
    await rebuildProjection(database, turnover);
    assert.deepEqual(await verifyProjection(database, turnover), []);
    assert.deepEqual(await rows(), before);
  } finally {
    await database.close();
  }
});

test("while a rebuild runs, the live projection goes on, and no event is lost or doubled", async () => {
  const database = openDatabase({ url, clock: systemClock, chance });
  const projector = startProjector([turnover], { db, clock: systemClock, chance, pollMs: 1 });
  const tills = createEventStore({ db, now, onAppend: projector.wake }).of(tillStream);
  try {
    const writing = (async () => {
      for (let i = 0; i < 60; i++) await tills.execute(`r${i % 3}`, { type: "pay in", cents: 1 });
    })();
    await Promise.all([writing, rebuildProjection(database, turnover), rebuildProjection(database, turnover)]);
    total += 60;
    await caughtUp(total);
    assert.deepEqual(await verifyProjection(database, turnover), []);
  } finally {
    await projector.close();
    await database.close();
  }
});

test("a rebuild that is interrupted has changed nothing", async () => {
  const database = openDatabase({ url, clock: systemClock, chance });
  const before = await rows();
  const failing = projection({
    ...turnover,
    async apply(events, tx) {
      await tx`insert into turnover values ('half', 1, 1)`;
      if (events.length > 0) throw new Error("interrupted");
    },
  });
  await assert.rejects(rebuildProjection(database, failing), /interrupted/);
  assert.deepEqual(await rows(), before);
  await database.close();
});
