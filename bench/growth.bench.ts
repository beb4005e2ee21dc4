/**
 * What an order costs when there are a thousand, a hundred thousand, a million before it. A thousand are made by shoppers; the
 * others are copies of them, made in the database with identifiers of their own, in every table that grows with orders.
 *
 *   node bench/growth.bench.ts [--orders 1000,100000,1000000] [--seconds 10]
 */
import { parseArgs } from "node:util";
import { systemClock } from "@souk/kernel";
import { openDatabase } from "@souk/postgres";
import { calibrate, figures } from "./shared/measuring.ts";
import { bigTables, keepSeed, mostCopies, multiply } from "./shared/multiply.ts";
import { record } from "./shared/record.ts";
import { benchShop } from "./shared/shop.ts";
import { show } from "./shared/show.ts";

const { values } = parseArgs({
  options: {
    orders: { type: "string", default: "1000,100000,1000000" },
    seconds: { type: "string", default: "10" },
  },
});
/** Not the bus: what is in its log is delivered to everybody. */
const databases = ["orders", "inventory", "payments", "shipping", "notifications", "card-simulator"];
const concurrency = "8";

type Row = {
  readonly orders: number;
  readonly ordersPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerOrder: number;
};

// Orders of long ago are in nobody's way: the carrier fetches none of the parcels while this runs, or it would fetch a million.
const shop = await benchShop({ settings: { SOUK_CARRIER_DISPATCH_AFTER: "24h" } });
const db = openDatabase({ url: await shop.url("postgres"), clock: systemClock, chance: Math.random, poolSize: 16 });
const noted = figures();
const calibration = [];
const count = async () => Number((await shop.sql("orders", "select count(*) as n from orders")).rows[0]?.n);
const checkout = async (seconds: string): Promise<Row | undefined> =>
  (
    JSON.parse(
      await shop.souk(
        "bench",
        "checkout",
        "--json",
        "--concurrency",
        concurrency,
        "--seconds",
        seconds,
        "--warm-up",
        "0",
      ),
    ) as Row[]
  )[0];

try {
  while ((await count()) < 1_000) await checkout("5");
  await new Promise((resolve) => setTimeout(resolve, 3_000)); // until what the orders have set in motion has arrived
  const seed = await count();
  const tables: [database: string, table: string][] = [];
  for (const database of databases)
    for (const table of await bigTables(shop.sql, database, seed * 0.9)) {
      await keepSeed(shop.sql, database, table);
      tables.push([database, table]);
    }
  console.error(
    `${seed} orders; ${tables.length} tables grow with them: ${tables.map((names) => names.join(" ")).join(", ")}`,
  );
  let copies = 0;
  for (const wanted of values.orders.split(",").map(Number)) {
    const needed = Math.min(mostCopies, Math.ceil(wanted / seed) - 1);
    for (const [database, table] of tables)
      for (let from = copies + 1; from <= needed; from += 50)
        await multiply(shop.sql, database, table, from, Math.min(needed, from + 49));
    copies = Math.max(copies, needed);
    // As autovacuum would have done on the way: all at once it would do it while we measure.
    for (const database of databases) await shop.sql(database, "vacuum (analyze)");
    await shop.sql("postgres", "checkpoint");
    console.error(`${await count()} orders in the tables`);
    await checkout("5"); // caches are warm again
    for (let n = 0; n < 3; n++) {
      calibration.push(await calibrate(db));
      const row = await checkout(values.seconds);
      if (!row) throw new Error("nothing was measured");
      const at = `${wanted.toLocaleString("en")} orders before`;
      noted.note(at, "orders/s", row.ordersPerSecond);
      noted.note(`${at}: p50`, "ms", row.p50Ms);
      noted.note(`${at}: p99`, "ms", row.p99Ms);
      noted.note(`${at}: CPU of all processes`, "ms/order", row.cpuMsPerOrder);
    }
  }
} finally {
  await db.close();
  await shop.stop();
}
show(
  record({
    bench: "growth",
    about: `What an order costs with so many before it in every table that grows with orders; ${concurrency} shoppers at once. All but the first thousand are copies made in the database.`,
    command: `node bench/growth.bench.ts --orders ${values.orders}`,
    calibration,
    figures: noted.done(),
  }),
);
