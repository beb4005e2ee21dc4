/**
 * Sagas a second: four steps that call nothing; in one of ten the third refuses, and what was done is undone. Counted from the
 * call that starts one until its end is durable. PostgreSQL with fsync, in a directory of its own.
 *
 *   node bench/saga.bench.ts [--seconds 10] [--json]
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ServiceError, systemClock, uuidv7 } from "@souk/kernel";
import { migrate, openDatabase } from "@souk/postgres";
import { startEmbedded } from "@souk/postgres/embedded";
import { compensatable, createSagaRunner, migrations, saga } from "@souk/saga";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "10" }, json: { type: "boolean", default: false } },
});
const seconds = Number(values.seconds);

type Data = { readonly n: number; readonly reserved?: string; readonly paid?: number };
const nothing = async () => {};
const order = saga<Data>("bench", [
  compensatable("reserve", async ({ n }) => ({ reserved: `r${n}` }), nothing),
  compensatable("pay", async ({ n }) => ({ paid: n }), nothing),
  compensatable(
    "check",
    async ({ n }) => {
      if (n % 10 === 0) throw new ServiceError("bench.refused", "failed_precondition", "One of ten is refused.");
    },
    nothing,
  ),
  compensatable("ship", nothing, nothing),
]);

const directory = await mkdtemp(join(tmpdir(), "souk-bench-saga-"));
const server = await startEmbedded({ dataDir: directory, password: "bench" });
try {
  await migrate(server.url, [migrations]);
  const db = openDatabase({ url: server.url, clock: systemClock, chance: Math.random });
  const waiting = new Map<string, () => void>();
  const runner = createSagaRunner({
    db,
    sagas: [order],
    owner: "bench",
    clock: systemClock,
    chance: Math.random,
    log: console,
    observe: {
      ended({ id }) {
        waiting.get(id)?.();
        waiting.delete(id);
      },
    },
  });
  await runner.run();

  let n = 0;
  async function one(): Promise<void> {
    const id = `order:${uuidv7(Date.now(), () => crypto.getRandomValues(new Uint8Array(16)))}`;
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.set(id, resolve);
    await db.tx((tx) => runner.start(tx, order, id, { n: n++ }));
    await promise;
  }

  /** CPU milliseconds of PostgreSQL's processes so far; Linux only. */
  async function serverCpuMs(): Promise<number> {
    const children = await readFile(`/proc/${server.pid}/task/${server.pid}/children`, "utf8").catch(() => "");
    const stats = children
      .trim()
      .split(" ")
      .map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""));
    const ticks = (await Promise.all(stats)).map((stat) => {
      const fields = stat.split(") ")[1]?.split(" ") ?? [];
      return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
    });
    return ticks.reduce((a, b) => a + b, 0) * 10;
  }

  async function measure(concurrency: number, ms: number) {
    const took: number[] = [];
    const before = { cpu: process.cpuUsage(), server: await serverCpuMs(), ...runner.stats() };
    const startedAt = performance.now();
    const shopper = async () => {
      while (performance.now() - startedAt < ms) {
        const t = performance.now();
        await one();
        took.push(performance.now() - t);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, shopper));
    const elapsedMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(before.cpu);
    const { statements, writes } = runner.stats();
    took.sort((a, b) => a - b);
    const at = (share: number) => Number((took[Math.floor(took.length * share)] ?? 0).toFixed(2));
    return {
      concurrency,
      sagasPerSecond: Math.round((took.length * 1_000) / elapsedMs),
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      nodeCpuMsPerSaga: Number(((user + system) / 1_000 / took.length).toFixed(3)),
      serverCpuMsPerSaga: Number((((await serverCpuMs()) - before.server) / took.length).toFixed(3)),
      outcomesPerStatement: Number(((writes - before.writes) / (statements - before.statements)).toFixed(1)),
    };
  }

  await measure(32, (seconds * 1_000) / 2); // warm up
  for (const concurrency of [1, 32]) {
    const result = await measure(concurrency, seconds * 1_000);
    console.log(values.json ? JSON.stringify(result) : result);
  }
  await runner.stop();
  await db.close();
} finally {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}
