import { randomFillSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createEventStore, migrations, projection, rebuildProjection } from "@souk/event-store";
import { type Decider, instant, systemClock, uuidv7 } from "@souk/kernel";
import { migrate, openDatabase } from "@souk/postgres";
import { seededChance } from "@souk/testing";
import { calibrate, figures } from "./shared/measuring.ts";
import { type Calibration, record } from "./shared/record.ts";
import { benchServer } from "./shared/server.ts";
import { show } from "./shared/show.ts";

/**
 * What the database layer does per second, durably (fsync on), and what one operation costs in CPU: in this process, and in
 * PostgreSQL. Run: `node bench/event-store.bench.ts [seconds per line] [rounds]`,
 * 1 and 3 by default.
 */
const seconds = Number(process.argv[2] ?? 1);
const rounds = Number(process.argv[3] ?? 3);
const server = await benchServer();
await migrate(server.url, [migrations]);
const db = openDatabase({ url: server.url, poolSize: 16, clock: systemClock, chance: seededChance(1) });
await db`create table moves (id uuid primary key, n integer not null)`;
await db`create table rows (id uuid primary key, name text not null, amount integer not null, at timestamptz not null)`;

const now = () => instant(systemClock.now());
const newId = () => uuidv7(systemClock.now(), () => randomFillSync(new Uint8Array(16)));

type Command = { type: "place" | "move"; orderId: string };
type Event = { type: "placed" | "moved"; orderId: string; lines: unknown[]; at: string };
const lines = [1, 2].map((n) => ({ sku: `SKU-${n}`, quantity: n, unitPrice: { amount: 1999, currency: "EUR" } }));
const order: Decider<Command, number, Event> = {
  initial: 0,
  decide: (_state, { type, orderId }) => [{ type: type === "place" ? "placed" : "moved", orderId, lines, at: "" }],
  evolve: (count) => count + 1,
};
const orders = createEventStore({ db, now }).of({ name: "order", decider: order });

const insert = (sql: typeof db | Parameters<Parameters<typeof db.tx>[0]>[0]) =>
  sql`insert into rows (id, name, amount, at) values (${newId()}, ${"a name of some length"}, ${1999}, ${now()})`;

const existing: string[] = [];
let turn = 0;
const operations: Record<string, () => Promise<unknown>> = {
  "select by key": () => db`select id, name, amount, at from rows where id = ${"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"}`,
  "insert one row": () => insert(db),
  "transaction, one insert not awaited": () =>
    db.tx(async (tx) => {
      void insert(tx);
    }),
  "transaction, one insert awaited": () => db.tx(insert),
  "transaction, three inserts awaited": () =>
    db.tx(async (tx) => {
      for (let i = 0; i < 3; i++) await insert(tx);
    }),
  "transaction, three inserts pipelined": () =>
    db.tx(async (tx) => {
      for (let i = 0; i < 3; i++) void insert(tx);
    }),
  "begin a stream": () =>
    db.tx((tx) => {
      const orderId = newId();
      if (existing.length < 5_000) existing.push(orderId);
      return orders.beginIn(tx, orderId, { type: "place", orderId });
    }),
  "execute on a stream of some events": () => {
    const orderId = existing[turn++ % existing.length] ?? "";
    return orders.execute(orderId, { type: "move", orderId });
  },
  "load a stream of some events": () => orders.load(existing[turn++ % existing.length] ?? ""),
};

/** CPU seconds of PostgreSQL's processes so far; Linux only. */
async function serverCpu(): Promise<number> {
  const children = await readFile(`/proc/${server.pid}/task/${server.pid}/children`, "utf8").catch(() => "");
  const ticks = await Promise.all(
    children
      .trim()
      .split(" ")
      .map(async (pid) => {
        const fields = (await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")).split(") ")[1]?.split(" ") ?? [];
        return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
      }),
  );
  return ticks.reduce((a, b) => a + b, 0) / 100;
}

async function measure(operation: () => Promise<unknown>, concurrency: number, forSeconds: number) {
  const latencies: number[] = [];
  const cpu = process.cpuUsage();
  const serverBefore = await serverCpu();
  const start = performance.now();
  const end = start + forSeconds * 1_000;
  const worker = async () => {
    for (let at = performance.now(); at < end; ) {
      await operation();
      const done = performance.now();
      latencies.push(done - at);
      at = done;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const elapsed = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const n = latencies.length;
  return {
    perSecond: Math.round(n / elapsed),
    p50Ms: round(latencies[Math.floor(n * 0.5)] ?? 0),
    p99Ms: round(latencies[Math.floor(n * 0.99)] ?? 0),
    cpuMicros: Math.round((user + system) / n),
    serverCpuMicros: Math.round((((await serverCpu()) - serverBefore) * 1e6) / n),
  };
}

const round = (ms: number) => Math.round(ms * 100) / 100;

/** Counts how often each order moved: a fold over everything, batch by batch. */
const moves = projection<Event>({
  name: "moves",
  of: { name: "order" },
  tables: ["moves"],
  async apply(events, tx) {
    await tx`
      insert into moves (id, n)
      select id, count(*) from unnest(${events.map(({ streamId }) => streamId)}::uuid[]) as moved (id) group by id
      on conflict (id) do update set n = moves.n + excluded.n`;
  },
});

const noted = figures();
const calibration: Calibration[] = [];
for (let n = 0; n < rounds; n++) {
  calibration.push(await calibrate(db));
  for (const [operation, run] of Object.entries(operations)) {
    for (const concurrency of [1, 16]) {
      await measure(run, concurrency, seconds / 3); // warm up
      const { perSecond, p50Ms, cpuMicros, serverCpuMicros } = await measure(run, concurrency, seconds);
      const at = `${operation}, ${concurrency} at once`;
      noted.note(at, "1/s", perSecond);
      noted.note(`${at}: p50`, "ms", p50Ms);
      noted.note(`${at}: CPU`, "µs", cpuMicros + serverCpuMicros);
    }
  }
}
// What all of it has written by now is folded anew, beside a live projection.
const [{ events } = { events: 0 }] = await db<{ events: number }>`select count(*)::int as events from chassis.events`;
for (let n = 0; n < rounds; n++) {
  const begun = performance.now();
  await rebuildProjection(db, moves);
  noted.note("rebuild a projection", "events/s", (events * 1_000) / (performance.now() - begun));
}
await db.close();
await server.stop();
show(
  record({
    bench: "event-store",
    about: `What the database layer and the event store do a second, durably, and what one operation costs in CPU, here and in PostgreSQL together. The rebuild folds ${events} events.`,
    command: "node bench/event-store.bench.ts",
    calibration,
    figures: noted.done(),
  }),
);
