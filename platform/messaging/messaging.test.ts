import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { event, Type } from "@souk/contract";
import { type Clock, systemClock } from "@souk/kernel";
import { type Db, errors } from "@souk/postgres";
import { currentContext, withContext } from "@souk/telemetry";
import { seededChance, sequentialIds, testDatabase } from "@souk/testing";
import { createConsumer } from "./inbox/consumer.ts";
import { migrations } from "./migrations.ts";
import { createOutbox } from "./outbox/outbox.ts";
import { silentLog } from "./testing.ts";
import { busMigrations, createPostgresTransport } from "./transports/postgres.ts";
import type { Handler } from "./types.ts";

const happened = event("tests.happened.v1", "Something has happened", Type.Object({ n: Type.Integer() }));
const clock = systemClock;
const startedAt = clock.now();

/** Ten times as fast, so that back-offs are short. */
const hurried: Clock = {
  now: () => clock.now() * 10 - startedAt * 9,
  monotonic: () => clock.monotonic() * 10,
  after: (delayMs, task) => clock.after(delayMs / 10, task),
};

type Deaths = { before: number; within: number; after: number };

/** Dies around every fifth transaction, in turn before it, just before its commit and just after it. */
function unreliable(db: Db, calm: () => boolean): { db: Db; deaths: Deaths } {
  const deaths = { before: 0, within: 0, after: 0 };
  const places = ["before", "within", "after"] as const;
  let transactions = 0;
  const tx: Db["tx"] = async (work, options) => {
    transactions += 1;
    const place = transactions % 5 === 0 && !calm() ? places[(transactions / 5) % 3] : undefined;
    if (place) deaths[place] += 1;
    if (place === "before") throw errors.Unavailable({ reason: "a test" });
    const done = await db.tx(async (tx) => {
      const done = await work(tx);
      if (place === "within") throw errors.Unavailable({ reason: "a test" });
      return done;
    }, options);
    if (place === "after") throw errors.CommitUnknown({});
    return done;
  };
  // as: the tag's type parameter is lost in the wrapper
  return {
    db: Object.assign((strings: TemplateStringsArray, ...values: []) => db(strings, ...values), { tx }) as Db,
    deaths,
  };
}

test("wherever relays, broker and consumers die, every committed fact has one effect, in order", {
  timeout: 120_000,
}, async () => {
  const publisher = await testDatabase({ sets: [migrations] });
  const subscriber = await testDatabase({ sets: [migrations] });
  const bus = await testDatabase({ sets: [busMigrations] });
  await subscriber.sql`create table effects (position integer generated always as identity, subject text, n integer)`;
  const chance = seededChance(11);
  let calm = false;
  const relaysDb = unreliable(publisher.db, () => calm);
  const consumersDb = unreliable(subscriber.db, () => calm);
  const newId = sequentialIds();
  const open = (instance: string) =>
    createPostgresTransport({ url: bus.url, clock, chance, instance, log: silentLog, leaseMs: 500, poolSize: 2 });
  const transports = ["relay-1", "relay-2", "consumer-1", "consumer-2"].map(open);
  const [relay1, relay2, consumer1, consumer2] = transports;
  assert.ok(relay1 && relay2 && consumer1 && consumer2);
  const unreliably = (transport: typeof relay1): typeof relay1 => ({
    ...transport,
    async publish(messages) {
      await transport.publish(messages);
      if (!calm && chance() < 0.1) throw new Error("the broker's answer was lost");
    },
  });
  const outboxes = [relay1, relay2].map((transport) =>
    createOutbox({
      ...{
        db: relaysDb.db,
        source: "tests",
        clock,
        chance,
        newId,
        log: silentLog,
        batch: 10,
        spacingMs: 1,
        pollMs: 100,
      },
      transport: unreliably(transport),
    }),
  );
  let poison = true;
  const handle: Handler<typeof happened> = async ({ subject, data }, tx) => {
    await tx`insert into effects (subject, n) values (${subject}, ${data.n})`;
    if (poison && subject === "s3" && data.n === 10) throw new Error("poison");
  };
  const consumers = [consumer1, consumer2].map((transport) =>
    createConsumer({
      ...{ db: consumersDb.db, subscriber: "us", clock: hurried, chance, log: silentLog, transport },
      handlers: { [happened.type]: { event: happened, handle } },
    }),
  );
  for (const outbox of outboxes) outbox.start();
  for (const consumer of consumers) await consumer.start();

  const subjects = Array.from({ length: 8 }, (_, i) => `s${i}`);
  const write = async (subject: string, n: number) => {
    const [outbox] = outboxes.slice(n % 2);
    await publisher.db.tx(async (tx) => outbox?.publish(tx, happened, { subject, sequence: n, data: { n } }));
    if (chance() < 0.3) await turn();
  };
  let last = 30;
  const writeAll = async (subject: string) => {
    for (let n = 1; n <= last; n++) await write(subject, n);
  };
  await Promise.all(subjects.map(writeAll));
  // How many transactions that took depends on the machine: on, until both sides died in every place.
  const diedEverywhere = () =>
    [relaysDb, consumersDb].every(({ deaths }) => Object.values(deaths).every((times) => times > 0));
  while (!diedEverywhere()) {
    last += 1;
    await Promise.all(subjects.map((subject) => write(subject, last)));
    await pause(5);
  }
  const effects = () =>
    subscriber.sql<{ subject: string; n: number }>`select subject, n from effects order by position`;
  const count = async () => (await effects()).length;
  while ((await count()) < (subjects.length - 1) * last + 9) await pause(10);
  const numbersOf = async (subject: string) =>
    (await effects()).filter((one) => one.subject === subject).map(({ n }) => n);
  assert.deepEqual(
    await numbersOf("s3"),
    Array.from({ length: 9 }, (_, i) => i + 1),
    "nothing overtakes the poison",
  );
  poison = false;
  calm = true;
  while ((await count()) < subjects.length * last) await pause(10);
  await Promise.all([...outboxes, ...consumers].map((one) => one.stop()));
  await Promise.all(transports.map((transport) => transport.close()));

  const expected = Array.from({ length: last }, (_, i) => i + 1);
  for (const subject of subjects) assert.deepEqual(await numbersOf(subject), expected, subject);
  const [{ inbox } = { inbox: 0 }] = await subscriber.sql<{
    inbox: number;
  }>`select count(*) as inbox from chassis.inbox`;
  assert.equal(inbox, subjects.length * last, "one inbox row each");
});

test("what a handler publishes belongs to the trace of the event it handles", { timeout: 120_000 }, async () => {
  const { db } = await testDatabase({ sets: [migrations] });
  const bus = await testDatabase({ sets: [busMigrations] });
  const [chance, newId] = [seededChance(1), sequentialIds()];
  const transport = createPostgresTransport({ url: bus.url, clock, chance, instance: "a", log: silentLog });
  const outbox = createOutbox({ db, source: "tests", transport, clock, chance, newId, log: silentLog });
  const second = event("tests.second.v1", "Something has followed", Type.Object({}));
  const arrived = Promise.withResolvers<unknown>();
  const consumer = createConsumer({
    ...{ db, subscriber: "us", transport, clock, chance, log: silentLog },
    handlers: {
      [happened.type]: {
        event: happened,
        handle: (one, tx) => outbox.publish(tx, second, { subject: one.subject, sequence: 2, data: {} }),
      },
      [second.type]: { event: second, handle: async () => arrived.resolve(currentContext()) },
    },
  });
  outbox.start();
  await consumer.start();
  const context = {
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    correlationId: "request-1",
  };
  await withContext(context, () =>
    db.tx((tx) => outbox.publish(tx, happened, { subject: "s", sequence: 1, data: { n: 1 } })),
  );
  assert.deepEqual(await arrived.promise, context);
  await Promise.all([outbox.stop(), consumer.stop()]);
  await transport.close();
});
