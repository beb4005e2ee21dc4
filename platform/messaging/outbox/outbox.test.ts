import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { event, Type } from "@souk/contract";
import { systemClock } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import { withContext } from "@souk/telemetry";
import { fakeClock, seededChance, sequentialIds, testDatabase } from "@souk/testing";
import { dataText } from "../message.ts";
import { migrations } from "../migrations.ts";
import { silentLog } from "../testing.ts";
import type { Message, Transport } from "../types.ts";
import { createOutbox, type OutboxOptions } from "./outbox.ts";
import { createRelay } from "./relay.ts";
import type { OutboxStore } from "./store.ts";

const happened = event("tests.happened.v1", "Something has happened", Type.Object({ n: Type.Integer() }));
const noon = "2030-01-01T12:00:00.000Z";
const DAY_MS = 24 * 3_600_000;

/** A broker that keeps what it gets and can be told to fail or to wait. */
function recordingTransport() {
  const published: Message[] = [];
  const batches: number[] = [];
  const waiting = new Set<() => void>();
  let before = async (_: readonly Message[]) => {};
  const transport: Transport = {
    async publish(messages) {
      await before(messages);
      published.push(...messages);
      batches.push(messages.length);
      for (const wake of waiting) wake();
    },
    subscribe: () => Promise.reject(new Error("not used here")),
    async close() {},
  };
  return {
    transport,
    published,
    batches,
    before: (hook: typeof before) => {
      before = hook;
    },
    until: (condition: () => boolean) =>
      new Promise<void>((resolve) => {
        const check = () => condition() && resolve();
        waiting.add(check);
        check();
      }),
    shown: () => published.map(({ subject, sequence }) => `${subject}${sequence}`),
  };
}

async function setUp(options: Partial<OutboxOptions> = {}) {
  const { db, sql } = await testDatabase({ sets: [migrations] });
  const clock = fakeClock(noon);
  const broker = recordingTransport();
  const newId = sequentialIds();
  const open = (more: Partial<OutboxOptions> = {}) =>
    createOutbox({
      ...{ db, source: "tests", transport: broker.transport, clock, chance: () => 0.5, newId, log: silentLog },
      ...options,
      ...more,
    });
  const outbox = open();
  const tell = (subject: string, sequence: number) =>
    db.tx((tx) => outbox.publish(tx, happened, { subject, sequence, data: { n: sequence } }));
  const pending = async () => (await outbox.stats()).pending;
  /** Time has to go on: what fails before it is done begins again after a back-off. */
  const settled = async () => {
    while ((await pending()) > 0) await clock.advance(10);
  };
  return { db, sql, clock, broker, outbox, open, tell, pending, settled };
}

test("a fact leaves with its commit, at once and without a poll", async () => {
  const { db, clock, broker, outbox, settled } = await setUp();
  outbox.start();
  await clock.advance(100);
  const context = {
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    correlationId: "request-1",
  };
  await withContext(context, () =>
    db.tx((tx) => outbox.publish(tx, happened, { subject: "a", sequence: 1, data: { n: 7 } })),
  );
  await broker.until(() => broker.published.length === 1);
  await settled();
  await outbox.stop();
  const [message] = broker.published;
  assert.ok(message);
  assert.deepEqual(
    { ...message, data: message.data, text: undefined },
    {
      ...{
        id: "00000000-0000-7000-8000-000000000001",
        type: happened.type,
        source: "tests",
        subject: "a",
        sequence: 1,
      },
      ...{ time: "2030-01-01T12:00:00.100Z", data: { n: 7 }, ...context, text: undefined },
    },
  );
});

test("a fact that was rolled back never leaves", async () => {
  const { db, clock, broker, outbox, tell, settled } = await setUp();
  outbox.start();
  await clock.advance(100);
  const rolledBack = db.tx(async (tx) => {
    await outbox.publish(tx, happened, { subject: "a", sequence: 1, data: { n: 1 } });
    throw new Error("changed my mind");
  });
  await assert.rejects(rolledBack, /changed my mind/);
  await tell("b", 1);
  await broker.until(() => broker.published.length > 0);
  await settled();
  await outbox.stop();
  assert.deepEqual(broker.shown(), ["b1"]);
});

test("a fact that does not fit its schema is a bug, told without its values", async () => {
  const { db, outbox, pending } = await setUp();
  const attempt = (data: unknown, sequence = 1) =>
    // as: what a program that does not compile would do
    db.tx((tx) => outbox.publish(tx, happened, { subject: "a", sequence, data: data as { n: number } }));
  await assert.rejects(
    attempt({ n: "4111111111111111" }),
    /^Error: tests\.happened\.v1 does not fit its schema: \/n must be a whole number$/,
  );
  await assert.rejects(attempt({}), /\/n is required/);
  await assert.rejects(attempt({ n: 1 }, 0), /sequence 0/);
  await assert.rejects(attempt({ n: 1 }, Number.NaN), /sequence NaN/);
  assert.equal(await pending(), 0);
});

test("several facts go in with one statement and leave in their order", async () => {
  const { db, broker, outbox, settled } = await setUp();
  const facts = ["b", "a"].flatMap((subject) =>
    [1, 2, 3].map((n) => ({ event: happened, subject, sequence: n, data: { n } })),
  );
  let statements = 0;
  await db.tx(async (tx) => {
    const counting = Object.assign((strings: TemplateStringsArray, ...values: []) => {
      statements += 1;
      return tx(strings, ...values);
    }, tx);
    await outbox.publishAll(counting as Tx, facts); // as: the tag's type parameter is lost in the wrapper
    await outbox.publishAll(counting as Tx, []);
  });
  assert.equal(statements, 1);
  outbox.start();
  await settled();
  await outbox.stop();
  assert.deepEqual(broker.shown(), ["b1", "b2", "b3", "a1", "a2", "a3"]);
  assert.deepEqual(broker.batches, [6]);
});

test("while the broker is away facts wait, and leave when it is back", async () => {
  const { clock, broker, outbox, tell, pending, settled } = await setUp();
  let away = true;
  let attempts = 0;
  broker.before(async () => {
    attempts += 1;
    if (away) throw new Error("the broker is away");
  });
  await tell("a", 1);
  outbox.start();
  while (attempts === 0) await turn();
  await tell("a", 2);
  await clock.advance(20);
  assert.equal(attempts, 1, "it backs off, however often it is woken");
  assert.equal(await pending(), 2);
  assert.equal((await outbox.stats()).oldestAgeMs, 20);
  away = false;
  await clock.advance(100);
  await settled();
  await outbox.stop();
  assert.deepEqual(broker.shown(), ["a1", "a2"]);
});

test("a broker that never answers does not hold the relay for ever", async () => {
  const { clock, broker, outbox, tell, settled } = await setUp();
  let attempts = 0;
  broker.before(async () => {
    attempts += 1;
    if (attempts === 1) await new Promise(() => {});
  });
  await tell("a", 1);
  outbox.start();
  while (attempts === 0) await turn();
  await clock.advance(8_000);
  while (attempts === 1) await clock.advance(100);
  await settled();
  await outbox.stop();
  assert.deepEqual(broker.shown(), ["a1"]);
});

test("a relay leaves alone what another has taken, with all that is behind it", async () => {
  const { broker, outbox, open, tell, settled } = await setUp({ clock: systemClock });
  const other = recordingTransport();
  const otherRelay = open({ transport: other.transport });
  const gate = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  broker.before(async () => {
    entered.resolve();
    await gate.promise;
  });
  await tell("a", 1);
  outbox.start();
  await entered.promise;
  await tell("a", 2);
  await tell("b", 1);
  otherRelay.start();
  await other.until(() => other.published.length > 0);
  assert.deepEqual(other.shown(), ["b1"], "a2 must not overtake a1");
  gate.resolve();
  await settled();
  await Promise.all([outbox.stop(), otherRelay.stop()]);
  assert.deepEqual([...broker.shown(), ...other.shown()].toSorted(), ["a1", "a2", "b1"]);
});

test("when a relay fails another begins with the first it had not finished", async () => {
  const { broker, outbox, open, tell, settled } = await setUp({ clock: systemClock });
  const other = recordingTransport();
  const otherRelay = open({ transport: other.transport });
  const failure = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  broker.before(() => {
    entered.resolve();
    return failure.promise;
  });
  await tell("a", 1);
  outbox.start();
  await entered.promise;
  await tell("a", 2);
  otherRelay.start();
  failure.reject(new Error("the broker is away"));
  await outbox.stop();
  await settled();
  await otherRelay.stop();
  assert.deepEqual(other.shown(), ["a1", "a2"]);
});

test("a database that is lost while rows are marked fails the batch and not the process", async () => {
  const clock = fakeClock(noon);
  const lost = new Error("the connection was lost");
  const row = { ...{ position: 1, id: "00000000-0000-7000-8000-000000000001", type: happened.type, subject: "s" } };
  const claimed = { ...row, sequence: 1, time: noon, data: "{}", traceparent: null, correlationId: null };
  const store = {
    claim: async () => ({ rows: [claimed], contended: false }),
    markDone: () => Promise.reject(lost),
  };
  const warnings: unknown[] = [];
  const relay = createRelay(
    {
      source: "tests",
      transport: recordingTransport().transport,
      clock,
      chance: () => 0.5,
      log: { ...silentLog, warn: (_, fields) => warnings.push(fields?.["error"]) },
      // as: all that a relay asks of its database here
      db: { tx: (work: (tx: Tx) => Promise<unknown>) => work({} as Tx).then(() => Promise.reject(lost)) } as Db,
    },
    store as unknown as OutboxStore, // as: the others are not asked
  );
  relay.start();
  await turn(); // a rejection that nobody heard of would end the process, and this test, here
  assert.deepEqual(warnings, [lost]);
  await relay.stop();
});

test("a fact that commits after later ones is not missed", async () => {
  const { db, clock, broker, outbox, tell, settled } = await setUp();
  outbox.start();
  await clock.advance(100);
  const written = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const slow = db.tx(async (tx) => {
    await outbox.publish(tx, happened, { subject: "slow", sequence: 1, data: { n: 1 } });
    written.resolve();
    await gate.promise;
  });
  await written.promise;
  await tell("quick", 1);
  await broker.until(() => broker.published.length === 1);
  gate.resolve();
  await slow;
  await clock.advance(1_300);
  await settled();
  await outbox.stop();
  assert.deepEqual(broker.shown(), ["quick1", "slow1"]);
});

test("competing relays publish every subject in sequence, whatever fails", async () => {
  const { db, outbox, open, settled } = await setUp({ clock: systemClock, batch: 7, spacingMs: 1 });
  const chance = seededChance(3);
  const arrived: Message[] = [];
  const transport: Transport = {
    ...recordingTransport().transport,
    async publish(messages) {
      for (let i = chance() * 3; i > 0; i--) await turn();
      const failed = chance() < 0.2;
      // The broker may well have taken what it failed to acknowledge.
      if (!failed || chance() < 0.5) arrived.push(...messages);
      if (failed) throw new Error("no answer");
    },
  };
  const relays = [0, 1, 2].map((i) => open({ transport, chance: seededChance(i) }));
  for (const relay of relays) relay.start();
  const subjects = ["a", "b", "c", "d", "e"];
  const write = async (subject: string) => {
    for (let n = 1; n <= 40; n++) {
      await db.tx((tx) => outbox.publish(tx, happened, { subject, sequence: n, data: { n } }));
      relays[n % 3]?.wake();
    }
  };
  await Promise.all(subjects.map(write));
  await settled();
  await Promise.all(relays.map((relay) => relay.stop()));
  for (const subject of subjects) {
    const ids = new Set<string>();
    const firsts = arrived.filter((m) => m.subject === subject && !ids.has(m.id) && ids.add(m.id));
    assert.deepEqual(
      firsts.map(({ sequence }) => sequence),
      Array.from({ length: 40 }, (_, i) => i + 1),
    );
  }
});

test("rows are kept for seven days after they were published, those that are not done for ever", async () => {
  // Without polls in between, of which thirteen days have many.
  const { sql, clock, outbox, tell, settled, broker } = await setUp({ pollMs: 99 * DAY_MS });
  outbox.start();
  await tell("old", 1);
  await settled();
  await clock.advance(8 * DAY_MS);
  broker.before(() => Promise.reject(new Error("the broker is away")));
  await tell("stuck", 1);
  await outbox.stop();
  await clock.advance(5 * DAY_MS);
  const subjects = async () =>
    (await sql<{ subject: string }>`select subject from chassis.outbox`).map((r) => r.subject);
  outbox.start();
  while ((await subjects()).length > 1) await turn();
  await clock.advance(8 * DAY_MS);
  await outbox.stop();
  assert.deepEqual(await subjects(), ["stuck"]);
});

test("the payload travels as the text that was written", async () => {
  const { db, broker, outbox, settled } = await setUp();
  const text = event("tests.text.v1", "Text", Type.Object({ text: Type.String() }));
  await db.tx((tx) => outbox.publish(tx, text, { subject: "a", sequence: 1, data: { text: '\u0000 „🐈“ \\ " {},' } }));
  outbox.start();
  await settled();
  await outbox.stop();
  assert.deepEqual(broker.published.map(dataText), [JSON.stringify({ text: '\u0000 „🐈“ \\ " {},' })]);
});
