/**
 * Recommendations over a generated catalogue by HTTP: how long an answer of ten products takes, while orders are learned.
 *
 *   node bench/recommendations.bench.ts [--skus 100000] [--orders 50000] [--seconds 8] [--rounds 2] [--concurrency 1,8]
 *
 * The service runs as it is, in a process of its own, with PostgreSQL beside it; the load comes from this process. Half of the questions are
 * about one product, a third about a cart of some, the rest asks what sells these days. How good the answers are is another question:
 * `souk bench recommendations FILE`.
 */
import { parseArgs } from "node:util";
import { systemClock as clock, instant, sleep } from "@souk/kernel";
import { Pool } from "undici";
import definition from "../services/recommendations/service.ts";
import { catalogue, stockOf } from "./search/catalogue.ts";
import { histories } from "./shared/histories.ts";
import { isLoneService, type LoneService, loneService, serveAlone } from "./shared/lone-service.ts";
import { calibrate, figures, quantile } from "./shared/measuring.ts";
import { record } from "./shared/record.ts";
import { show } from "./shared/show.ts";

const { values: options } = parseArgs({
  options: {
    skus: { type: "string", default: "100000" },
    orders: { type: "string", default: "50000" },
    seconds: { type: "string", default: "8" },
    rounds: { type: "string", default: "2" },
    concurrency: { type: "string", default: "1,8" },
  },
});
const skus = Number(options.skus);
const orders = Number(options.orders);
/** As `bench/search/catalogue.ts` makes them: 2.5 variants each on average. */
const products = Math.floor(skus / 2.6);
const ordersPerSecond = 20;
const directory = new URL("../services/recommendations/", import.meta.url);
const noted = figures();

const idOf = (n: number) => `01930000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;

/** Few are looked at often, most seldom. */
function questions(seed: number): () => string {
  const { chance } = stockOf(seed);
  const product = () => idOf(Math.min(products - 1, Math.floor(products ** chance()) - 1));
  return () => {
    const dice = chance();
    if (dice < 0.5) return `/v1/products/${product()}/recommendations?limit=10`;
    if (dice < 0.83) {
      const cart = Array.from({ length: 1 + Math.floor(chance() * 5) }, () => `product=${product()}`);
      return `/v1/recommendations?limit=10&${cart.join("&")}`;
    }
    return "/v1/recommendations?limit=10";
  };
}

async function measure(service: LoneService, concurrency: number, seed: number): Promise<void> {
  const pool = new Pool(service.origin, { connections: concurrency });
  const question = questions(seed);
  const taken: number[] = [];
  const cpuMs = await service.cpuMs();
  const startedAt = clock.monotonic();
  const until = startedAt + Number(options.seconds) * 1_000;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (clock.monotonic() < until) {
        const asked = clock.monotonic();
        const { statusCode, body } = await pool.request({ method: "GET", path: question() });
        const text = await body.text();
        taken.push(clock.monotonic() - asked);
        if (statusCode !== 200) throw new Error(`${statusCode}: ${text.slice(0, 300)}`);
      }
    }),
  );
  const perSecond = (taken.length * 1_000) / (clock.monotonic() - startedAt);
  const eachMs = ((await service.cpuMs()) - cpuMs) / taken.length;
  await pool.close();
  const at = `${concurrency} at once`;
  noted.note(`${at}: p99`, "ms", quantile(taken, 0.99));
  noted.note(`${at}: p50`, "ms", quantile(taken, 0.5));
  noted.note(`${at}: answers`, "1/s", perSecond);
  noted.note(`${at}: CPU of the service per answer`, "ms", eachMs);
}

/** Confirms orders twice a second until the end. */
function sell(service: LoneService): void {
  const { chance } = stockOf(7);
  const everyMs = 500;
  const confirm = () => {
    const batch = Array.from({ length: (ordersPerSecond * everyMs) / 1_000 }, () => {
      const orderId = crypto.randomUUID();
      const lines = Array.from({ length: 3 }, () => `SKU-${Math.floor(products ** chance())}-0`);
      return {
        ...{ id: crypto.randomUUID(), type: "orders.confirmed.v1", source: "orders", subject: orderId, sequence: 2 },
        time: instant(clock.now()),
        data: {
          ...{ orderId, number: "N-1", customerId: null, email: "a@example.com", currency: "EUR" },
          lines: lines.map((sku) => ({ sku, title: sku, quantity: 1, unitAmount: 1, weightGrams: 1 })),
          totals: { subtotal: 3, discount: 0, shipping: 0, tax: 0, total: 3 },
          shippingMethod: "standard",
          shippingAddress: { name: "A", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" },
        },
      };
    });
    service.send(batch);
    clock.after(everyMs, confirm);
  };
  confirm();
}

async function main(): Promise<void> {
  const before = await calibrate();
  const startedAt = clock.monotonic();
  const service = await loneService(import.meta.url, definition, directory);
  try {
    while ((await fetch(`${service.origin}/v1/recommendations`)).status !== 200) await sleep(clock, 100);
    const loadedS = (clock.monotonic() - startedAt) / 1_000;
    sell(service);
    const levels = options.concurrency.split(",").map(Number);
    for (let round = 0; round < Number(options.rounds); round++)
      for (const [i, n] of levels.entries()) await measure(service, n, 100 + round * levels.length + i);
    noted.note("built from the histories and learned", "s", loadedS);
    noted.note("memory of the service, afterwards", "MB", await service.memoryMb());
  } finally {
    await service.stop();
  }
  show(
    record({
      bench: "recommendations",
      about:
        `Ten recommendations by HTTP out of a generated catalogue of ${skus.toLocaleString("en")} SKUs and ${orders.toLocaleString("en")} orders, ` +
        `while ${ordersPerSecond} orders a second are learned. One process; the shoppers and PostgreSQL share the machine with it.`,
      command: "node bench/recommendations.bench.ts",
      calibration: [before, await calibrate()],
      figures: noted.done(),
    }),
  );
}

await (isLoneService
  ? serveAlone(definition, directory, histories(catalogue(stockOf(1), skus), stockOf(3), orders, clock.now()))
  : main());
