/**
 * The way of an event: outbox → relay → PostgreSQL transport → consumer with its inbox. Reports events/s and CPU per event
 * when a backlog is worked off, and latency from publish to commit of the effect, quiet and under a steady load.
 *
 *   node bench/messaging.bench.ts [--postgres URL] [--events 20000] [--rate 500] [--seconds 5] [--rounds 3]
 *
 * All in one process, so that its CPU time is that of all parties; PostgreSQL's own is read from /proc
 * (unless it is another's, given by --postgres).
 */
import { randomFillSync } from "node:crypto";
import { parseArgs } from "node:util";
import { event, Type } from "@souk/contract";
import { systemClock as clock, sleep, uuidv7 } from "@souk/kernel";
import { createConsumer, createOutbox, type Handler, migrations } from "@souk/messaging";
import { busMigrations, createPostgresTransport } from "@souk/messaging/transports/postgres";
import { migrate, openDatabase, provisionDatabase } from "@souk/postgres";
import { cpuMsOf } from "../cli/bench/processes.ts";
import { calibrate, figures, quantile } from "./shared/measuring.ts";
import { record } from "./shared/record.ts";
import { benchServer } from "./shared/server.ts";
import { show } from "./shared/show.ts";

const noted = figures();
const { values: options } = parseArgs({
  options: {
    postgres: { type: "string" },
    events: { type: "string", default: "20000" },
    rate: { type: "string", default: "500" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
  },
});
const EVENTS = Number(options.events);
const RATE = Number(options.rate);
const SECONDS = Number(options.seconds);
const ROUNDS = Number(options.rounds);
const chance = Math.random;
const newId = () => uuidv7(clock.now(), () => randomFillSync(new Uint8Array(16)));
const log = { debug() {}, info() {}, warn: console.warn, error: console.error };

// About the size of an order's event: 600 bytes of JSON.
const placed = event(
  "bench.placed.v1",
  "An order has been placed",
  Type.Object({
    publishedAt: Type.Number(),
    customer: Type.String(),
    lines: Type.Array(
      Type.Object({ sku: Type.String(), title: Type.String(), quantity: Type.Integer(), amount: Type.Integer() }),
    ),
  }),
);
const data = () => ({
  publishedAt: clock.monotonic(),
  customer: "0190a8f0-0000-7000-8000-000000000001",
  lines: Array.from({ length: 5 }, (_, i) => ({
    sku: `SKU-${i}`,
    title: "A thing of beauty, large, blue, for ever",
    quantity: 2,
    amount: 1995,
  })),
});

const embedded = options.postgres ? undefined : await benchServer();
const serverUrl = options.postgres ?? embedded?.url ?? "";
const run = newId().replaceAll("-", "").slice(-10);

async function database(name: string, set: typeof migrations) {
  const { url, ownerUrl } = await provisionDatabase(serverUrl, { name: `bench_${run}_${name}`, password: "bench" });
  await migrate(ownerUrl, [set]);
  return url;
}

/** Of our server's processes so far, those that have ended included. */
const postgresCpuMs = async () =>
  embedded ? ((await cpuMsOf(new Map([[embedded.pid, "postgres"]]))).get("postgres") ?? 0) : 0;
const cpu = async () => ({ node: process.cpuUsage(), postgres: await postgresCpuMs() });
async function cpuSince(before: Awaited<ReturnType<typeof cpu>>, events: number): Promise<number> {
  const { user, system } = process.cpuUsage(before.node);
  return ((user + system) / 1000 + (await postgresCpuMs()) - before.postgres) / events;
}

async function measure(subscribers: number, round: number): Promise<void> {
  const busUrl = await database(`bus${subscribers}_${round}`, busMigrations);
  const open = (url: string, poolSize = 10) => openDatabase({ url, clock, chance, poolSize });
  const transportOf = (instance: string) => createPostgresTransport({ url: busUrl, clock, chance, instance, log });
  const publisherDb = open(await database(`publisher${subscribers}_${round}`, migrations));
  const publisherTransport = transportOf("publisher");
  const outbox = createOutbox({
    db: publisherDb,
    source: "bench",
    transport: publisherTransport,
    clock,
    chance,
    newId,
    log,
  });

  let handled = 0;
  let taken: number[] = [];
  const handle: Handler<typeof placed> = async (one) => {
    handled += 1;
    taken.push(clock.monotonic() - one.data.publishedAt);
  };
  const consumers = await Promise.all(
    Array.from({ length: subscribers }, async (_, i) => {
      const db = open(await database(`subscriber${subscribers}_${i}_${round}`, migrations), 4);
      const transport = transportOf(`subscriber-${i}`);
      const handlers = { [placed.type]: { event: placed, handle } };
      return {
        db,
        transport,
        consumer: createConsumer({ db, subscriber: `s${i}`, handlers, transport, clock, chance, log }),
      };
    }),
  );
  let subjects = 0;
  const publishMany = (count: number) =>
    publisherDb.tx((tx) =>
      outbox.publishAll(
        tx,
        Array.from({ length: count }, () => ({
          event: placed,
          subject: `order-${++subjects}`,
          sequence: 1,
          data: data(),
        })),
      ),
    );
  const publishOne = () =>
    publisherDb.tx((tx) => outbox.publish(tx, placed, { subject: `order-${++subjects}`, sequence: 1, data: data() }));
  const until = async (count: number) => {
    while (handled < count) await sleep(clock, 2);
  };
  const reset = () => {
    handled = 0;
    taken = [];
  };

  const of = subscribers === 1 ? "1 subscriber" : `${subscribers} subscribers`;
  const noteLatency = (when: string) => {
    noted.note(`${of}, ${when}: p50`, "ms", quantile(taken, 0.5));
    noted.note(`${of}, ${when}: p99`, "ms", quantile(taken, 0.99));
  };
  outbox.start();
  for (const { consumer } of consumers) await consumer.start();
  for (let i = 0; i < 20; i++) {
    await publishMany(100);
    await until((i + 1) * 100 * subscribers);
  }

  reset();
  for (let i = 0; i < 100; i++) {
    await publishOne();
    await sleep(clock, 30 + chance() * 40);
  }
  await until(100 * subscribers);
  noteLatency("one at a time");

  const publishSteadily = async () => {
    const startedAt = clock.monotonic();
    const sent: Promise<void>[] = [];
    while (clock.monotonic() - startedAt < SECONDS * 1_000) {
      for (const due = ((clock.monotonic() - startedAt) / 1_000) * RATE; sent.length < due; ) sent.push(publishOne());
      await sleep(clock, 2);
    }
    await Promise.all(sent);
    return sent.length;
  };
  reset();
  const beforeSteady = await cpu();
  const published = await publishSteadily();
  await until(published * subscribers);
  noteLatency(`${RATE} events/s`);
  noted.note(`${of}, ${RATE} events/s: CPU of all parties`, "ms/event", await cpuSince(beforeSteady, published));

  await outbox.stop();
  const beforeAlone = await cpu();
  const alone = await publishSteadily();
  noted.note(`${of}, ${RATE} events/s: of which publishing`, "ms/event", await cpuSince(beforeAlone, alone));
  outbox.start();
  await until((published + alone) * subscribers);

  await outbox.stop();
  reset();
  for (let left = EVENTS; left > 0; left -= 500) await publishMany(Math.min(500, left));
  const beforeBacklog = await cpu();
  const backlogAt = clock.monotonic();
  outbox.start();
  await until(EVENTS * subscribers);
  const seconds = (clock.monotonic() - backlogAt) / 1_000;
  noted.note(`${of}, backlog`, "events/s", EVENTS / seconds);
  noted.note(`${of}, backlog: CPU of all parties`, "ms/event", await cpuSince(beforeBacklog, EVENTS));

  await outbox.stop();
  for (const { consumer, transport, db } of consumers) {
    await consumer.stop();
    await transport.close();
    await db.close();
  }
  await publisherTransport.close();
  await publisherDb.close();
}

const calibrating = openDatabase({ url: serverUrl, clock, chance, poolSize: 16 });
const calibration = [];
for (let n = 0; n < ROUNDS; n++)
  for (const subscribers of [1, 5]) {
    calibration.push(await calibrate(calibrating));
    await measure(subscribers, n);
  }
await calibrating.close();
await embedded?.stop();
show(
  record({
    bench: "messaging",
    about:
      "The way of an event of 600 bytes: outbox, relay, the PostgreSQL transport, a consumer with its inbox. Latency is from publish until the effect is committed.",
    command: "node bench/messaging.bench.ts",
    calibration,
    figures: noted.done(),
  }),
);
