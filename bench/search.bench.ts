/**
 * Search over a generated catalogue: how fast it is built and loaded, what it needs, and how many searches a second it answers over HTTP
 * with facets and twenty products each, while stock changes.
 *
 *   node bench/search.bench.ts [--skus 100000] [--seconds 15] [--concurrency 1,8] [--changes 50]
 *
 * The service runs as it is, in a process of its own, with PostgreSQL beside it; the load comes from this process. No two questions in a run
 * are drawn from the same throw of the dice, so that hardly any of them is asked twice.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemClock as clock, instant, sleep } from "@souk/kernel";
import type { Message, Subscription } from "@souk/messaging";
import { migrate, provisionDatabase } from "@souk/postgres";
import { startEmbedded } from "@souk/postgres/embedded";
import { migrationSets } from "@souk/service";
import { startService } from "@souk/service/runtime";
import { Pool } from "undici";
import definition from "../services/search/service.ts";
import { catalogue, question, stockOf } from "./search/catalogue.ts";
import { calibrate, figures, quantile } from "./shared/measuring.ts";
import { record } from "./shared/record.ts";
import { show } from "./shared/show.ts";

const { values: options } = parseArgs({
  options: {
    skus: { type: "string", default: "100000" },
    seconds: { type: "string", default: "15" },
    concurrency: { type: "string", default: "1,8" },
    changes: { type: "string", default: "50" },
  },
});
const skus = Number(options.skus);
const directory = new URL("../services/search/", import.meta.url);

/** The service in a process of its own: its neighbours tell the generated catalogue, its broker what this program sends. */
async function serve(databaseUrl: string): Promise<void> {
  const subscriptions = new Set<Subscription>();
  const all = catalogue(stockOf(1), skus);
  const pageSize = 500;
  const levels: { sku: string; onHand: number; reserved: number; available: number; sequence: number }[] = [];
  let told = 0;
  const neighbours = {
    products: {
      history: async () => {
        const page = [];
        for (let next = all.next(); !next.done; next = all.next()) {
          const { fact, available } = next.value;
          page.push(fact);
          for (const [i, { sku }] of fact.variants.entries())
            levels.push({ sku, onHand: available[i] ?? 0, reserved: 0, available: available[i] ?? 0, sequence: 1 });
          if (page.length === pageSize) break;
        }
        return { data: page, next: page.length === pageSize ? (page.at(-1)?.productId ?? null) : null };
      },
    },
    inventory: {
      history: async () => {
        const data = levels.slice(told, told + 1_000);
        told += data.length;
        return { data, next: told < levels.length ? (data.at(-1)?.sku ?? null) : null };
      },
    },
    orders: { sales: async () => ({ data: [], next: null }) },
  };
  const byName: Readonly<Record<string, unknown>> = neighbours;
  const service = await startService(definition, {
    env: {
      SOUK_ENV: "test",
      SOUK_DATABASE_URL: databaseUrl,
      SOUK_BUS_URL: "postgres://unused",
      SOUK_INSTANCES: "unused=http://127.0.0.1:1",
      SOUK_LOG_LEVEL: "warn",
      SOUK_TRACE_SAMPLE_RATIO: "0.1",
    },
    directory,
    overrides: {
      transport: {
        publish: async () => {},
        close: async () => {},
        async subscribe(subscription) {
          subscriptions.add(subscription);
          return { close: async () => void subscriptions.delete(subscription) };
        },
      },
      neighbours: {
        mesh: {
          // as: the three that search calls, and no others
          client: ({ name }) => byName[name] as never,
          forward: () => Promise.reject(new Error("search forwards nothing")),
          state: () => ({}),
          close: async () => {},
        },
        verifyUser: () => Promise.reject(new Error("nobody signs in")),
        verifyService: () => Promise.reject(new Error("nobody calls")),
        close: async () => {},
      },
    },
  });
  process.on("message", (batch: Message[] | "cpu") => {
    if (batch === "cpu") return void process.send?.(process.cpuUsage());
    for (const { deliver } of subscriptions) void deliver(batch);
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.(service.port);
}

const noted = figures();

/** What the service has used until now, in milliseconds. */
async function cpuMsOf(child: ChildProcess): Promise<number> {
  child.send("cpu");
  const [{ user, system }] = await once(child, "message");
  return (user + system) / 1_000;
}

async function measure(child: ChildProcess, origin: string, concurrency: number, seed: number) {
  const pool = new Pool(origin, { connections: concurrency });
  const stock = stockOf(1);
  // The same words, other questions.
  const shopper = { ...stock, ...pickWith(seed, stock) };
  const taken: number[] = [];
  let bytes = 0;
  let hits = 0;
  const cpuMs = await cpuMsOf(child);
  const startedAt = clock.monotonic();
  const until = startedAt + Number(options.seconds) * 1_000;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (clock.monotonic() < until) {
        const asked = clock.monotonic();
        const { statusCode, body } = await pool.request({ method: "GET", path: question(shopper) });
        const text = await body.text();
        taken.push(clock.monotonic() - asked);
        if (statusCode !== 200) throw new Error(`${statusCode}: ${text.slice(0, 300)}`);
        bytes += text.length;
        hits += Number(/"total":(\d+)/.exec(text)?.[1]);
      }
    }),
  );
  const perSecond = (taken.length * 1_000) / (clock.monotonic() - startedAt);
  const eachMs = ((await cpuMsOf(child)) - cpuMs) / taken.length;
  await pool.close();
  const at = `${concurrency} at once`;
  noted.note(`${at}: searches with facets`, "1/s", perSecond);
  noted.note(`${at}: p50`, "ms", quantile(taken, 0.5));
  noted.note(`${at}: p99`, "ms", quantile(taken, 0.99));
  noted.note(`${at}: CPU of the service per search`, "ms", eachMs);
  noted.note(`${at}: size of an answer`, "KiB", bytes / taken.length / 1_024);
  noted.note(`${at}: products found by a question`, "", hits / taken.length);
}

function pickWith(seed: number, { often: _often, any: _any, ...rest }: ReturnType<typeof stockOf>) {
  const chance = stockOf(seed).chance;
  const any = <T>(all: readonly T[]): T => all[Math.floor(chance() * all.length)] as T; // as: nobody asks of an empty list
  const often = <T>(all: readonly T[]): T => all[Math.min(all.length - 1, Math.floor(all.length ** chance()) - 1)] as T;
  return { ...rest, chance, any, often };
}

async function memoryMbOf(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1]) / 1_024;
}

async function main(): Promise<void> {
  const before = await calibrate();
  const folder = await mkdtemp(join(tmpdir(), "souk-bench-"));
  const postgres = await startEmbedded({ dataDir: join(folder, "postgres"), password: "bench" });
  try {
    const { url, ownerUrl } = await provisionDatabase(postgres.url, { name: "search", password: "bench" });
    await migrate(ownerUrl, migrationSets(definition, directory));
    const startedAt = clock.monotonic();
    const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2)], {
      env: { ...process.env, SEARCH_BENCH_DATABASE: url },
    });
    const [port] = await once(child, "message");
    const origin = `http://127.0.0.1:${port}`;
    while ((await fetch(`${origin}/v1/products`)).status !== 200) await sleep(clock, 100);
    noted.note("built from the histories and loaded", "s", (clock.monotonic() - startedAt) / 1_000);
    noted.note("memory of the service, loaded", "MB", await memoryMbOf(child.pid));
    let sequence = 1;
    const stock = stockOf(7);
    const everyMs = 500;
    const change = () => {
      if (!child.connected) return;
      const batch = Array.from({ length: (Number(options.changes) * everyMs) / 1_000 }, () => {
        const sku = `SKU-${Math.floor(stock.chance() * (skus / 2.5))}-0`;
        const available = Math.floor(stock.chance() * 50);
        return {
          ...{ id: crypto.randomUUID(), type: "inventory.stock_changed.v1", source: "inventory", subject: sku },
          ...{ sequence: ++sequence, time: instant(clock.now()) },
          data: { sku, onHand: available, reserved: 0, available },
        };
      });
      child.send(batch);
      clock.after(everyMs, change);
    };
    if (Number(options.changes) > 0) change();
    for (const [i, n] of options.concurrency.split(",").entries()) await measure(child, origin, Number(n), 100 + i);
    noted.note("memory of the service, afterwards", "MB", await memoryMbOf(child.pid));
    child.disconnect();
    await once(child, "exit");
    show(
      record({
        bench: `search-${skus}`,
        about:
          `Search over a generated catalogue of ${skus.toLocaleString("en")} SKUs by HTTP, with facets and twenty products an answer, while ` +
          `stock changes ${options.changes} times a second. One process; the shoppers and PostgreSQL share the machine with it.`,
        command: `node bench/search.bench.ts --skus ${skus} --seconds ${options.seconds} --concurrency ${options.concurrency}`,
        calibration: [before, await calibrate()],
        figures: noted.done(),
      }),
    );
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const database = process.env["SEARCH_BENCH_DATABASE"];
await (database === undefined ? main() : serve(database));
