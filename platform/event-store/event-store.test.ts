import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@souk/kernel";
import { withContext } from "@souk/telemetry";
import { fakeClock, testDatabase } from "@souk/testing";
import { createEventStore, migrations } from "./index.ts";
import { type Event, tillStream } from "./till.fixture.ts";

const { db, sql } = await testDatabase({ sets: [migrations] });
const clock = fakeClock();
const now = () => instant(clock.now());
const store = createEventStore({ db, now });
const tills = store.of(tillStream);

test("a stream that was never written to is at version 0", async () => {
  assert.deepEqual(await tills.load("nobody's"), { state: 0, version: 0, history: [] });
});

test("events are appended from version 1 on, and fold to the state", async () => {
  const first = await tills.execute("a", { type: "pay in", cents: 500 });
  assert.deepEqual(first, {
    state: 500,
    version: 1,
    appended: [{ streamId: "a", version: 1, at: now(), event: { type: "paid-in", cents: 500 } }],
  });
  await tills.execute("a", { type: "pay out", cents: 200 });
  const { state, version, history } = await tills.load("a");
  assert.deepEqual({ state, version }, { state: 300, version: 2 });
  assert.deepEqual(
    history.map(({ event }) => event),
    [
      { type: "paid-in", cents: 500 },
      { type: "paid-out", cents: 200 },
    ],
  );
  assert.equal((await tills.load("a", 1)).state, 500);
});

test("several streams load at once, in the order asked for", async () => {
  await tills.execute("many-1", { type: "pay in", cents: 1 });
  await tills.execute("many-2", { type: "pay in", cents: 2 });
  const loaded = await tills.loadMany(["many-2", "none", "many-1"]);
  assert.deepEqual(
    loaded.map(({ state, version }) => ({ state, version })),
    [
      { state: 2, version: 1 },
      { state: 0, version: 0 },
      { state: 1, version: 1 },
    ],
  );
});

test("a command that changes nothing appends nothing", async () => {
  assert.deepEqual(await tills.execute("idle", { type: "pay in", cents: 0 }), { state: 0, version: 0, appended: [] });
});

test("a refused command leaves the stream as it was", async () => {
  await tills.execute("poor", { type: "pay in", cents: 100 });
  await assert.rejects(tills.execute("poor", { type: "pay out", cents: 101 }), { code: "till.too_little" });
  assert.deepEqual((await tills.load("poor")).version, 1);
});

test("sixteen writers on one stream leave versions without gaps, and each command took effect once", async () => {
  const writers = 16;
  const each = 5;
  let contended = 0;
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let left = each; left > 0; ) {
        try {
          await tills.execute("busy", { type: "pay in", cents: 1 });
          left--;
        } catch (error) {
          assert.equal((error as { code: string }).code, "postgres.contention");
          contended++;
        }
      }
    }),
  );
  const { state, history } = await tills.load("busy");
  assert.equal(state, writers * each);
  assert.deepEqual(
    history.map(({ version }) => version),
    Array.from({ length: writers * each }, (_, i) => i + 1),
  );
  assert.ok(contended < writers * each, `${contended} gave up`);
});

test("the loser of a race decides anew on the winner's state: two cannot take the last cents", async () => {
  await tills.execute("last", { type: "pay in", cents: 100 });
  const outcomes = await Promise.allSettled(
    [1, 2, 3].map(() => tills.execute("last", { type: "pay out", cents: 100 })),
  );
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  for (const outcome of outcomes)
    if (outcome.status === "rejected") assert.equal(outcome.reason.code, "till.too_little");
  assert.equal((await tills.load("last")).state, 0);
});

test("inline projections and the append commit together or not at all", async () => {
  await sql`create table balances (id text primary key, cents bigint not null check (cents < 1000))`;
  const watched = store.of({
    ...tillStream,
    name: "watched",
    inline: async (appended, state, tx) => {
      await tx`
        insert into balances (id, cents) values (${appended[0]?.streamId}, ${state})
        on conflict (id) do update set cents = excluded.cents`;
    },
  });
  await watched.execute("w", { type: "pay in", cents: 999 });
  await assert.rejects(watched.execute("w", { type: "pay in", cents: 1 }), { sqlState: "23514" });
  assert.deepEqual(await sql`select cents from balances where id = 'w'`, [{ cents: 999 }]);
  assert.equal((await watched.load("w")).version, 1);
});

test("in a caller's transaction, a lost race runs all of that transaction again", async () => {
  await sql`create table notes (attempt integer)`;
  let attempts = 0;
  await db.tx(async (tx) => {
    attempts++;
    tx`insert into notes values (${attempts})`;
    await tx`select count(*) from chassis.events where stream_id = 'raced'`;
    // Another writer gets in between our decision and our append.
    if (attempts === 1) await tills.execute("raced", { type: "pay in", cents: 5 });
    await (attempts === 1 ? tills.beginIn : tills.executeIn)(tx, "raced", { type: "pay in", cents: 7 });
  });
  assert.equal(attempts, 2);
  assert.deepEqual(await sql`select attempt from notes`, [{ attempt: 2 }]);
  assert.equal((await tills.load("raced")).state, 12);
});

test("the trace and correlation in progress are stored with the event", async () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await withContext({ traceparent, correlationId: "request-1" }, () =>
    tills.execute("traced", { type: "pay in", cents: 1 }),
  );
  assert.deepEqual(await sql`select traceparent, correlation_id from chassis.events where stream_id = 'traced'`, [
    { traceparent, correlation_id: "request-1" },
  ]);
});

test("events as they were written years ago are read as today's", async () => {
  // As recorded by a version that counted in whole euros and knew one event type, with a sign.
  const recorded = [
    `{"type":"moved","euros":5,"by":"till 1"}`,
    `{"type":"moved","euros":-2,"by":"till 1"}`,
    `{"type":"paid-in","cents":50}`,
  ];
  for (const [i, data] of recorded.entries())
    await sql`
      insert into chassis.events (position, at, version, stream_type, stream_id, type, data)
      values (nextval('chassis.event_positions'), ${now()}, ${i + 1}, 'old-till', 'museum', ${data}::json ->> 'type', ${data}::json)`;
  const oldTills = store.of({
    ...tillStream,
    name: "old-till",
    upcasters: {
      moved: ({ euros }): Event => {
        const cents = Number(euros) * 100;
        return cents < 0 ? { type: "paid-out", cents: -cents } : { type: "paid-in", cents };
      },
    },
  });
  const { state, history } = await oldTills.load("museum");
  assert.equal(state, 350);
  assert.deepEqual(history[1]?.event, { type: "paid-out", cents: 200 });
});

test("appending wakes the projections of this process, after the commit only", async () => {
  let woken = 0;
  const waking = createEventStore({ db, now, onAppend: () => woken++ }).of(tillStream);
  await waking.execute("waking", { type: "pay in", cents: 1 });
  assert.equal(woken, 1);
  await assert.rejects(waking.execute("waking", { type: "pay out", cents: 9 }));
  await waking.execute("waking", { type: "pay in", cents: 0 });
  assert.equal(woken, 1);
});

test("an event that cannot be written fails the transaction it was decided in", async () => {
  const odd = store.of({
    name: "odd",
    decider: { initial: 0, decide: (_state: number, n: bigint) => [{ type: "counted", n }], evolve: (n) => n },
  });
  await assert.rejects(odd.execute("odd", 1n), TypeError);
});
