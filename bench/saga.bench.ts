/**
 * Sagas a second: four steps that call nothing; in one of ten the third refuses, and what was done is undone. Counted from the call
 * that starts one until its end is durable. Our own orchestrator and DBOS take turns on the same PostgreSQL, fsync on.
 *
 *   node bench/saga.bench.ts [--seconds 4] [--rounds 5] [--only souk]
 */
import { parseArgs } from "node:util";
import { systemClock } from "@souk/kernel";
import { openDatabase, provisionDatabase } from "@souk/postgres";
import { dbosSide } from "./saga/dbos.ts";
import { soukSide } from "./saga/souk.ts";
import { calibrate, figures, load } from "./shared/measuring.ts";
import { type Calibration, record } from "./shared/record.ts";
import { benchServer, childrenCpuMs } from "./shared/server.ts";
import { show } from "./shared/show.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
  },
});
const ms = Number(values.seconds) * 1_000;
const levels = [1, 32];

const server = await benchServer();
const databaseOf = async (name: string) => (await provisionDatabase(server.url, { name, password: "bench" })).ownerUrl;
const makers = { souk: soukSide, DBOS: dbosSide };
const sides = [];
for (const [name, make] of Object.entries(makers))
  if (values.only === undefined || values.only === name)
    sides.push(await make(await databaseOf(`bench_${name.toLowerCase()}`)));
const db = openDatabase({ url: server.url, clock: systemClock, chance: Math.random, poolSize: 16 });
const noted = figures();
const calibration: Calibration[] = [];
try {
  for (const side of sides) await load(side.one, 32, ms);
  for (let n = 0; n < Number(values.rounds); n++) {
    calibration.push(await calibrate(db));
    for (const concurrency of levels)
      for (const { name, one } of sides) {
        const before = { node: process.cpuUsage(), server: await childrenCpuMs(server.pid) };
        const { perSecond, p50Ms, p99Ms, done } = await load(one, concurrency, ms);
        const { user, system } = process.cpuUsage(before.node);
        const at = `${name}, ${concurrency} at once`;
        noted.note(at, "sagas/s", perSecond);
        noted.note(`${at}: p50`, "ms", p50Ms);
        noted.note(`${at}: p99`, "ms", p99Ms);
        noted.note(`${at}: CPU in Node`, "ms", (user + system) / 1_000 / done);
        noted.note(`${at}: CPU in PostgreSQL`, "ms", ((await childrenCpuMs(server.pid)) - before.server) / done);
      }
  }
} finally {
  for (const side of sides) await side.close();
  await db.close();
  await server.stop();
}
show(
  record({
    bench: "saga",
    about:
      "A saga of four steps that call nothing; one in ten is refused at the third step and undone. From the call that starts it until its end is durable. " +
      "DBOS 5.3.0 ran the same steps on the same PostgreSQL, taking turns.",
    command: "node bench/saga.bench.ts",
    calibration,
    figures: noted.done(),
  }),
);
