/**
 * Does memory grow? Shoppers buy at a steady pace for a long time, and every process' memory (PSS) is looked at again and again.
 *
 *   node bench/soak.bench.ts [--minutes 20]
 */
import { parseArgs } from "node:util";
import { calibrate, figures, median } from "./shared/measuring.ts";
import { record } from "./shared/record.ts";
import { benchShop } from "./shared/shop.ts";
import { show } from "./shared/show.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "20" } } });
const minutes = Number(values.minutes);
const looks = 20;

type Row = { readonly orders: number; readonly cpuMsPerOrder: number };

const shop = await benchShop();
const noted = figures();
const calibration = [];
const memory = new Map<string, number[]>();
const note = async () => {
  for (const { name, memoryMb } of await shop.processes()) {
    const seen = memory.get(name) ?? [];
    seen.push(memoryMb);
    memory.set(name, seen);
  }
};
let orders = 0;
try {
  const each = String(Math.max(2, (minutes * 60) / looks));
  const run = async (seconds: string) => {
    const out = await shop.souk(
      "bench",
      "checkout",
      "--json",
      "--concurrency",
      "4",
      "--seconds",
      seconds,
      "--warm-up",
      "0",
    );
    const [row] = JSON.parse(out) as Row[];
    orders += row?.orders ?? 0;
    noted.note("CPU of all processes", "ms/order", row?.cpuMsPerOrder ?? 0);
  };
  await run("20"); // heaps have grown to what they need
  await note();
  for (let n = 0; n < looks; n++) {
    if (n % 5 === 0) calibration.push(await calibrate());
    await run(each);
    await note();
  }
} finally {
  await shop.stop();
}
const part = Math.ceil(looks / 4);
for (const [name, seen] of memory) {
  noted.note(`${name}, first quarter`, "MB", median(seen.slice(1, 1 + part)));
  noted.note(`${name}, last quarter`, "MB", median(seen.slice(-part)));
}
show(
  record({
    bench: "soak",
    about: `Memory (PSS) of each process while 4 shoppers buy for ${minutes} minutes, ${orders} orders in all: the median of the first and of the last quarter.`,
    command: `node bench/soak.bench.ts --minutes ${minutes}`,
    calibration,
    figures: noted.done(),
  }),
);
