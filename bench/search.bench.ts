/**
 * Search over a generated catalogue: how fast it is built and loaded, what it needs, and how many searches a second it answers over HTTP
 * with facets and twenty products each, while stock changes.
 *
 *   node bench/search.bench.ts [--skus 100000] [--seconds 10] [--rounds 2] [--concurrency 1,8] [--changes 50]
 *
 * The service runs as it is, in a process of its own, with PostgreSQL beside it; the load comes from this process. Questions are drawn anew for
 * each request: what is often asked comes again soon, as in a shop, and the share of those is among the figures. "Cold" is what comes right
 * after the start, when no product has been shown yet.
 */
import { parseArgs } from "node:util";
import { systemClock as clock, instant, sleep } from "@souk/kernel";
import { Pool } from "undici";
import definition from "../services/search/service.ts";
import { catalogue, question, type Stock, stockOf } from "./search/catalogue.ts";
import { histories } from "./shared/histories.ts";
import { isLoneService, type LoneService, loneService, serveAlone } from "./shared/lone-service.ts";
import { calibrate, figures, quantile } from "./shared/measuring.ts";
import { record } from "./shared/record.ts";
import { show } from "./shared/show.ts";

const { values: options } = parseArgs({
  options: {
    skus: { type: "string", default: "100000" },
    seconds: { type: "string", default: "10" },
    rounds: { type: "string", default: "2" },
    concurrency: { type: "string", default: "1,8" },
    changes: { type: "string", default: "50" },
  },
});
const skus = Number(options.skus);
const sold = 20_000;
const coldMs = 3_000;
const directory = new URL("../services/search/", import.meta.url);
const noted = figures();
const startedAt = clock.monotonic();

/** Says how far it is, for whoever waits. */
const progress = (text: string) =>
  process.stderr.write(`${((clock.monotonic() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${text}\n`);

/** The catalogue as it is read to build the projection. */
function* told<T>(all: Iterable<T>): Generator<T> {
  let products = 0;
  for (const one of all) {
    if (++products % 20_000 === 0) progress(`${products.toLocaleString("en")} products told`);
    yield one;
  }
}

/** The words of the catalogue, and a shopper who throws dice of their own. */
function shopperOf(seed: number): Stock {
  const { chance } = stockOf(seed);
  const any = <T>(all: readonly T[]): T => all[Math.floor(chance() * all.length)] as T; // as: nobody asks of an empty list
  const often = <T>(all: readonly T[]): T => all[Math.min(all.length - 1, Math.floor(all.length ** chance()) - 1)] as T;
  return { ...stockOf(1), chance, any, often };
}

async function measure(service: LoneService, what: string, concurrency: number, ms: number, seed: number) {
  const pool = new Pool(service.origin, { connections: concurrency });
  const shopper = shopperOf(seed);
  const taken: number[] = [];
  const askedAt = new Map<string, number>();
  let bytes = 0;
  let hits = 0;
  let again = 0;
  let refused = 0;
  const cpuMs = await service.cpuMs();
  const begunAt = clock.monotonic();
  const until = begunAt + ms;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (clock.monotonic() < until) {
        const asked = clock.monotonic();
        const path = question(shopper);
        if (asked - (askedAt.get(path) ?? Number.NEGATIVE_INFINITY) < 1_000) again++;
        askedAt.set(path, asked);
        const { statusCode, body } = await pool.request({ method: "GET", path });
        const text = await body.text();
        if (statusCode === 503) {
          refused++; // it has more to do than it can
          continue;
        }
        taken.push(clock.monotonic() - asked);
        if (statusCode !== 200) throw new Error(`${statusCode}: ${text.slice(0, 300)}`);
        bytes += text.length;
        hits += Number(/"total":(\d+)/.exec(text)?.[1]);
      }
    }),
  );
  const perSecond = (taken.length * 1_000) / (clock.monotonic() - begunAt);
  const eachMs = ((await service.cpuMs()) - cpuMs) / taken.length;
  await pool.close();
  const at = `${what}${concurrency} at once`;
  progress(`${at}: ${Math.round(perSecond)} searches a second`);
  noted.note(`${at}: searches with facets`, "1/s", perSecond);
  noted.note(`${at}: p50`, "ms", quantile(taken, 0.5));
  noted.note(`${at}: p99`, "ms", quantile(taken, 0.99));
  noted.note(`${at}: CPU of the service per search`, "ms", eachMs);
  noted.note(`${at}: refused, because it had too much to do`, "%", (refused * 100) / (taken.length + refused));
  if (what !== "") return;
  noted.note(`${at}: asked before within a second`, "%", (again * 100) / taken.length);
  noted.note(`${at}: size of an answer`, "KiB", bytes / taken.length / 1_024);
  noted.note(`${at}: products found by a question`, "", hits / taken.length);
}

/** Changes the stock of some SKUs twice a second until the end. */
function changeStock(service: LoneService, perSecond: number): void {
  const { chance } = stockOf(7);
  const everyMs = 500;
  let sequence = 1;
  const change = () => {
    const batch = Array.from({ length: (perSecond * everyMs) / 1_000 }, () => {
      const sku = `SKU-${Math.floor(chance() * (skus / 2.5))}-0`;
      const available = Math.floor(chance() * 50);
      return {
        ...{ id: crypto.randomUUID(), type: "inventory.stock_changed.v1", source: "inventory", subject: sku },
        ...{ sequence: ++sequence, time: instant(clock.now()) },
        data: { sku, onHand: available, reserved: 0, available },
      };
    });
    service.send(batch);
    clock.after(everyMs, change);
  };
  if (perSecond > 0) change();
}

async function main(): Promise<void> {
  const before = await calibrate();
  const beganAt = clock.monotonic();
  const service = await loneService(import.meta.url, definition, directory);
  try {
    while ((await fetch(`${service.origin}/v1/products/suggest?q=a`)).status !== 200) await sleep(clock, 100);
    noted.note("built from the histories and loaded", "s", (clock.monotonic() - beganAt) / 1_000);
    progress("built from the histories and loaded");
    noted.note("memory of the service, loaded", "MB", await service.memoryMb());
    changeStock(service, Number(options.changes));
    const levels = options.concurrency.split(",").map(Number);
    await measure(service, "cold, ", Math.max(...levels), coldMs, 99);
    for (let round = 0; round < Number(options.rounds); round++)
      for (const [i, n] of levels.entries())
        await measure(service, "", n, Number(options.seconds) * 1_000, 100 + round * levels.length + i);
    noted.note("memory of the service, afterwards", "MB", await service.memoryMb());
  } finally {
    await service.stop();
  }
  show(
    record({
      bench: `search-${skus}`,
      about:
        `Search over a generated catalogue of ${skus.toLocaleString("en")} SKUs by HTTP, with facets and twenty products an answer, while ` +
        `stock changes ${options.changes} times a second. One process; the shoppers and PostgreSQL share the machine with it. Cold: the first ` +
        `${coldMs / 1_000} s after the start.`,
      command: `node bench/search.bench.ts --skus ${skus} --seconds ${options.seconds} --rounds ${options.rounds} --concurrency ${options.concurrency}`,
      calibration: [before, await calibrate()],
      figures: noted.done(),
    }),
  );
}

await (isLoneService
  ? serveAlone(definition, directory, histories(told(catalogue(stockOf(1), skus)), stockOf(3), sold, clock.now()))
  : main());
