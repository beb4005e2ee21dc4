import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sleep } from "@souk/kernel";
import { openDatabase } from "@souk/postgres";
import { roleToken } from "../access-tokens.ts";
import { benchCurrency, benchShop } from "../bench/bench-shop.ts";
import { type Measured, measureCheckout, round } from "../bench/checkout.ts";
import { cpuMsOf } from "../bench/processes.ts";
import { commandClock } from "../clock.ts";
import type { Options, Run } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { type Io, printJson } from "../io.ts";
import { runProgram } from "../program.ts";
import { gatewayAddress, runningSupervisor } from "../running-shop.ts";
import { shopClient } from "../shop-client.ts";
import { type Home, homeOf, repository } from "../state/home.ts";
import { askProcesses } from "../supervisor/control.ts";
import { readerUrlFile } from "../supervisor/environment.ts";
import { bus } from "../system.ts";
import { table } from "../table.ts";

/** Programs of their own in bench/: they stand on the test kit, which this command does not. */
const scenarios = ["browse", "saga", "messaging", "event-store", "growth", "soak"];

export const summary = "Measure the shop and its parts, or how good recommendations are";
export const usage = `souk bench all
souk bench saga
souk bench checkout
souk bench checkout --concurrency 1,8,32 --seconds 30
souk bench recommendations FILE

checkout: shoppers go through the public API one after the other: open a cart, put two things in, order, wait for the confirmation. Latency is that of
the checkout request; CPU is of every process of the shop, PostgreSQL included, and not of the shoppers. Start the shop with
"souk up --env production-like" to measure with production's sampling of traces.

all: every scenario of bench/, one after the other, each with a shop or a PostgreSQL of its own; results go to bench/results, and docs/benchmarks.md is
written anew. One of them by its name: ${scenarios.join(", ")}.

recommendations: FILE holds baskets, one a line, in the order in which they were bought: what is in it, separated by commas. The last thing of
each of the final fifth is hidden. Needs no running shop.`;
export const options = {
  concurrency: { type: "string", value: "N,N", default: "1,8,32", describe: "how many shoppers at once" },
  seconds: {
    type: "number",
    value: "SECONDS",
    least: 0.1,
    fractions: true,
    default: 20,
    describe: "how long each is measured",
  },
  "warm-up": {
    type: "number",
    value: "SECONDS",
    least: 0,
    fractions: true,
    default: 30,
    describe: "how long to run before measuring",
  },
} as const satisfies Options;
export const positionals = 2;

type Row = Measured & {
  readonly cpuMsPerOrder: number;
  readonly commitsPerOrder: number;
  readonly cpuMs: Readonly<Record<string, number>>;
};

export const run: Run<typeof options> = async ({ options, positionals: [what = "checkout", file] }, io) => {
  if (what === "recommendations") {
    if (file === undefined) throw usageFailure("Whose baskets?", "souk bench recommendations FILE");
    // Loads the service: not for who measures the checkout.
    const { benchRecommendations } = await import("../bench/recommendations.ts");
    return benchRecommendations(file, io, options.json);
  }
  if (file !== undefined)
    throw usageFailure(`"${file}" is an argument too many for souk bench ${what}.`, "See: souk bench --help");
  if (what === "all" || scenarios.some((name) => name === what))
    return runScenarios(what === "all" ? scenarios : [what], io, options.json);
  if (what !== "checkout")
    throw usageFailure(
      `There is no bench "${what}".`,
      `There are: all, checkout, recommendations, ${scenarios.join(", ")}`,
    );
  const levels = options.concurrency.split(",").map(atOnce);
  const { seconds, "warm-up": warmUp } = options;
  const home = homeOf(io.env);
  const address = await gatewayAddress(home);
  const pause = (ms: number) => sleep(commandClock, ms);
  const shop = shopClient(address, pause);
  const ready = await benchShop(
    shop,
    {
      merchandiser: roleToken(shop, home, "merchandiser", commandClock.now),
      operator: roleToken(shop, home, "operator", commandClock.now),
    },
    pause,
  );
  const plan = { address, ...ready, currency: benchCurrency, now: commandClock.monotonic };
  if (warmUp > 0) {
    io.err(`Warming up for ${warmUp} s`);
    await measureCheckout({ ...plan, concurrency: Math.max(...levels), seconds: warmUp });
  }
  const rows: Row[] = [];
  for (const concurrency of levels) {
    io.err(`${concurrency} at once for ${seconds} s`);
    rows.push(await withCosts(home, () => measureCheckout({ ...plan, concurrency, seconds })));
  }
  await shop.close();
  if (options.json) printJson(io, rows);
  else show(io, rows);
  return rows.some(({ failed }) => failed > 0) ? 1 : 0;
};

/** Each writes its figures into bench/results. @returns 1 when one of them failed; the others are measured all the same */
async function runScenarios(names: readonly string[], io: Io, json: boolean): Promise<number> {
  const measured = names.length > 1 ? ["checkout", ...names] : names;
  const failed = new Set<string>();
  for (const name of [...measured.map((scenario) => `${scenario}.bench.ts`), "document.ts"]) {
    io.err(`▸ ${name}`);
    const code = await runProgram(`bench/${name}`, [], { toldOn: json ? "err" : "out" });
    if (code > 128) return code; // whoever ended it by a signal wants no more of them
    if (code !== 0) failed.add(name);
  }
  const figures = measured
    .filter((name) => !failed.has(`${name}.bench.ts`))
    .map(async (name) => JSON.parse(await readFile(join(repository, "bench", "results", `${name}.json`), "utf8")));
  if (json) printJson(io, await Promise.all(figures));
  return failed.size === 0 ? 0 : 1;
}

function atOnce(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw usageFailure(
      `--concurrency needs whole numbers above 0, not "${text}".`,
      "For example: --concurrency 1,8,32",
    );
  return Number(text);
}

async function withCosts(home: Home, measure: () => Promise<Measured>): Promise<Row> {
  const processes = await askProcesses(await runningSupervisor(home));
  const roots = new Map(processes.flatMap(({ name, pid }) => (pid === undefined ? [] : [[pid, name] as const])));
  const [cpuBefore, commitsBefore] = await Promise.all([cpuMsOf(roots), commits(home)]);
  const measured = await measure();
  const [cpuAfter, commitsAfter] = await Promise.all([cpuMsOf(roots), commits(home)]);
  const perOrder = (total: number) => round(total / Math.max(1, measured.orders));
  const cpuMs = Object.fromEntries(
    [...cpuAfter].map(([name, ms]) => [name, perOrder(ms - (cpuBefore.get(name) ?? 0))]),
  );
  const total = Object.values(cpuMs).reduce((a, b) => a + b, 0);
  return { ...measured, cpuMsPerOrder: round(total), commitsPerOrder: perOrder(commitsAfter - commitsBefore), cpuMs };
}

/** Transactions that PostgreSQL has committed, reading ones included. */
async function commits(home: Home): Promise<number> {
  const url = (await readFile(readerUrlFile(home, bus), "utf8")).trim();
  const db = openDatabase({ url, poolSize: 1, clock: commandClock, chance: Math.random });
  const [row] = await db<{ n: number }>`select sum(xact_commit)::bigint as n from pg_stat_database`;
  await db.close();
  return row?.n ?? 0;
}

function show(io: Io, rows: readonly Row[]): void {
  const header = [
    "at once",
    "orders/s",
    "p50 ms",
    "p99 ms",
    "journey p50 ms",
    "CPU ms/order",
    "commits/order",
    "failed",
  ];
  const cells = rows.map((r) =>
    [
      r.concurrency,
      r.ordersPerSecond,
      r.p50Ms,
      r.p99Ms,
      r.journeyP50Ms,
      r.cpuMsPerOrder,
      r.commitsPerOrder,
      r.failed,
    ].map(String),
  );
  for (const line of table([header, ...cells], [0, 1, 2, 3, 4, 5, 6, 7])) io.out(line);
  for (const { concurrency, failures } of rows) {
    for (const [code, n] of Object.entries(failures)) io.out(`${n} of ${concurrency} at once: ${code}`);
  }
  const last = rows.at(-1);
  if (!last) return;
  io.out(`\nCPU per order at ${last.concurrency} at once, by process:`);
  const shares = Object.entries(last.cpuMs)
    .sort(([, a], [, b]) => b - a)
    .map(([name, ms]) => [`  ${name}`, `${ms.toFixed(2)} ms`]);
  for (const line of table(shares, [1])) io.out(line);
}
