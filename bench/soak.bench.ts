/**
 * What a shop's processes hold in memory, minute by minute, while shoppers order without a pause: a leak is a slope that does not end.
 *
 *   node bench/soak.bench.ts [--minutes 20] [--concurrency 4]
 */
import { parseArgs } from "node:util";
import { calibrate, figures } from "./shared/measuring.ts";
import { record } from "./shared/record.ts";
import { benchShop } from "./shared/shop.ts";
import { show } from "./shared/show.ts";
import { slope } from "./shared/slope.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "20" },
    concurrency: { type: "string", default: "4" },
  },
});
const minutes = Number(values.minutes);
/** Of each minute; in the rest garbage is collected, and memory is looked at. */
const loadSeconds = "50";
/** Until caches are full and V8 has compiled what runs often, memory grows for good reasons. */
const warmUpShare = 0.25;

const shop = await benchShop();
const noted = figures();
const calibration = [await calibrate()];
const megabytes = new Map<string, number[]>();
let orders = 0;
try {
  for (let minute = 1; minute <= minutes; minute++) {
    const next = performance.now() + 60_000;
    const load = ["--json", "--concurrency", values.concurrency, "--seconds", loadSeconds, "--warm-up", "0"];
    const [row] = JSON.parse(await shop.souk("bench", "checkout", ...load)) as { orders: number }[];
    orders += row?.orders ?? 0;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
    let services = 0;
    for (const { name, memoryMb } of await shop.processes()) {
      megabytes.set(name, [...(megabytes.get(name) ?? []), memoryMb]);
      if (name !== "postgres") services += memoryMb;
    }
    noted.note(`all but PostgreSQL, minute ${minute}`, "MB", services);
    console.error(`minute ${minute}: ${orders} orders, ${services.toFixed(0)} MB and PostgreSQL`);
  }
} finally {
  await shop.stop();
}
for (const [name, samples] of megabytes)
  noted.note(`${name}: growth after a quarter of the time`, "MB/min", slope(samples.slice(minutes * warmUpShare)));
calibration.push(await calibrate());
show(
  record({
    bench: "soak",
    about: `Memory (PSS) of a shop in which ${values.concurrency} shoppers at once made ${orders} orders in ${minutes} minutes. PostgreSQL's grows until its buffers have been touched.`,
    command: `node bench/soak.bench.ts --minutes ${minutes} --concurrency ${values.concurrency}`,
    calibration,
    figures: noted.done(),
  }),
);
