/**
 * Orders a second through the public API of a whole shop of its own: `souk bench checkout` at several levels, some rounds.
 *
 *   node bench/checkout.bench.ts [--seconds 8] [--rounds 3]
 */
import { parseArgs } from "node:util";
import { systemClock } from "@souk/kernel";
import { openDatabase } from "@souk/postgres";
import { calibrate, figures } from "./shared/measuring.ts";
import { record } from "./shared/record.ts";
import { benchShop } from "./shared/shop.ts";
import { show } from "./shared/show.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "8" }, rounds: { type: "string", default: "3" } },
});

type Row = {
  readonly concurrency: number;
  readonly ordersPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerOrder: number;
  readonly commitsPerOrder: number;
  readonly failed: number;
};

const shop = await benchShop();
const db = openDatabase({ url: await shop.url("postgres"), clock: systemClock, chance: Math.random, poolSize: 16 });
const noted = figures();
const calibration = [];
try {
  for (let n = 0; n < Number(values.rounds); n++) {
    calibration.push(await calibrate(db));
    const warmUp = n === 0 ? "30" : "1";
    const rows: Row[] = JSON.parse(
      await shop.souk("bench", "checkout", "--json", "--seconds", values.seconds, "--warm-up", warmUp),
    );
    for (const row of rows) {
      const at = `${row.concurrency} at once`;
      noted.note(at, "orders/s", row.ordersPerSecond);
      noted.note(`${at}: p50`, "ms", row.p50Ms);
      noted.note(`${at}: p99`, "ms", row.p99Ms);
      noted.note(`${at}: CPU of all processes`, "ms/order", row.cpuMsPerOrder);
      noted.note(`${at}: transactions`, "1/order", row.commitsPerOrder);
    }
  }
} finally {
  await db.close();
  await shop.stop();
}
show(
  record({
    bench: "checkout",
    about:
      "A shopper opens a cart, puts two things in, orders and waits for the confirmation; everything runs on the same machine, the shoppers too. Latency is that of the checkout request.",
    command: "node bench/checkout.bench.ts",
    calibration,
    figures: noted.done(),
  }),
);
