import assert from "node:assert/strict";
import { test } from "node:test";
import type { Sql, Tx } from "@souk/postgres";
import { fakeClock, testDatabase } from "@souk/testing";
import { migrations } from "../index.ts";
import { createGenerations, type HistoryPage } from "./generations.ts";

const { db, sql } = await testDatabase({ sets: [migrations] });
const clock = fakeClock();
await sql`
  create table prices (generation integer, sku text, amount integer, version integer, primary key (generation, sku))`;

/** What is told goes into every generation that grows, or into one of them; what is newer stays. */
const put = (into: Tx | Sql, sku: string, amount: number, version: number, only: number | null = null) => into`
  insert into prices as known (generation, sku, amount, version)
  select g, ${sku}, ${amount}, ${version} from chassis.growing_generations('prices', ${only}) g
  on conflict (generation, sku) do update set amount = excluded.amount, version = excluded.version
    where known.version < excluded.version`;
const pricesOf = async (generation: number | undefined) => {
  const rows = await sql<{ sku: string; amount: number }>`
    select sku, amount from prices where generation = ${generation} order by sku`;
  return rows.map(({ sku, amount }) => `${sku} ${amount}`);
};

/** What the owner holds now: told one a page. */
const owned = new Map([
  ["A", { amount: 10, version: 1 }],
  ["B", { amount: 20, version: 1 }],
  ["C", { amount: 30, version: 1 }],
]);
let asked: string[] = [];
/** Runs when a page was told and before it is written. */
let afterPage = async (_after: string) => {};
async function read(after = ""): Promise<HistoryPage> {
  asked.push(after);
  const [sku = "", next] = [...owned.keys()].toSorted().filter((one) => one > after);
  const own = owned.get(sku);
  await afterPage(after);
  return {
    write: async (tx, generation) => own && put(tx, sku, own.amount, own.version, generation),
    told: own ? 1 : 0,
    next: next === undefined ? null : sku,
  };
}
const published: number[] = [];
const options = {
  ...{ db, clock, name: "prices", histories: { owned: read }, tables: ["prices"] },
  published: (generation: number) => published.push(generation),
};
const generations = createGenerations(options);
type Tasked = Pick<typeof generations, "tasks">;
const run = async (name: string, { tasks }: Tasked = generations, signal = new AbortController().signal) => {
  asked = [];
  const task = tasks.find((one) => one.name === name);
  assert.ok(task, name);
  await task.run(signal);
};
const build = (of: Tasked = generations, signal?: AbortSignal) => run("build the projection", of, signal);

test("nothing is shown before the first generation, which is built without being asked for", async () => {
  assert.deepEqual(await generations.state(), { state: "idle", histories: [] });
  await build();
  assert.deepEqual(await generations.state(), {
    state: "idle",
    live: 1,
    histories: [{ history: "owned", told: 3, done: true }],
  });
  assert.deepEqual(await pricesOf(1), ["A 10", "B 20", "C 30"]);
  assert.deepEqual([asked, published], [["", "A", "B"], [1]]);
});

test("with a live one nothing is built until somebody asks", async () => {
  await build();
  assert.deepEqual(asked, []);
});

test("who asks while one is being built is given that one", async () => {
  const first = await generations.begin();
  assert.deepEqual(
    [first.state, first.live, first.building, first.histories],
    ["building", 1, 2, [{ history: "owned", told: 0, done: false }]],
  );
  assert.equal((await generations.begin()).building, 2);
});

test("what is told meanwhile goes into both, and a page that was read before it does not undo it", async () => {
  afterPage = async (after) => {
    if (after === "A") await put(db, "B", 25, 2);
  };
  await build();
  afterPage = async () => {};
  assert.deepEqual(await pricesOf(1), ["A 10", "B 25", "C 30"]);
  assert.deepEqual(await pricesOf(2), ["A 10", "B 25", "C 30"]);
  owned.set("B", { amount: 25, version: 2 });
});

test("the one before stays for those who still read it, and goes after ten minutes without having grown", async () => {
  const states = () =>
    sql<{ state: string }>`select state from chassis.generations where projection = 'prices' order by generation`;
  await put(db, "A", 11, 2);
  await run("delete old generations");
  assert.deepEqual(await pricesOf(1), ["A 10", "B 25", "C 30"]);
  assert.deepEqual(await pricesOf(2), ["A 11", "B 25", "C 30"]);
  assert.deepEqual(
    (await states()).map(({ state }) => state),
    ["retired", "live"],
  );
  await clock.advance(600_001);
  await run("delete old generations");
  assert.deepEqual(await pricesOf(1), []);
  assert.deepEqual(
    (await states()).map(({ state }) => state),
    ["live"],
  );
  owned.set("A", { amount: 11, version: 2 });
});

test("whoever comes after a crash goes on from the last page that was written", async () => {
  await generations.begin();
  afterPage = async (after) => {
    if (after === "A") throw new Error("the owner is away");
  };
  await assert.rejects(build(), /the owner is away/);
  assert.deepEqual(asked, ["", "A"]);
  assert.deepEqual((await generations.state()).histories, [{ history: "owned", told: 1, done: false }]);
  afterPage = async () => {};
  await build();
  assert.deepEqual(asked, ["A", "B"]);
  assert.deepEqual((await generations.state()).live, 3);
  assert.deepEqual(await pricesOf(3), ["A 11", "B 25", "C 30"]);
});

test("who has to stop shows nothing that is half built", async () => {
  await generations.begin();
  const stopping = new AbortController();
  afterPage = async () => stopping.abort();
  await build(generations, stopping.signal);
  afterPage = async () => {};
  assert.deepEqual([(await generations.state()).live, (await generations.state()).building], [3, 4]);
});

test("what is left to do when all was read is done before it is shown", async () => {
  const seen: (number | undefined)[] = [];
  const counting = createGenerations({ ...options, finish: async () => void seen.push((await counting.state()).live) });
  await build(counting);
  assert.deepEqual([seen, (await generations.state()).live], [[3], 4]);
});

test("a history that a newer version reads is read for a generation that an older one began", async () => {
  await generations.begin();
  const newer = createGenerations({
    ...options,
    histories: {
      owned: read,
      promised: async () => ({ write: (tx, generation) => put(tx, "D", 40, 1, generation), told: 1, next: null }),
    },
  });
  await build(newer);
  assert.deepEqual(await pricesOf((await newer.state()).live), ["A 11", "B 25", "C 30", "D 40"]);
  assert.deepEqual((await generations.state()).histories.length, 1, "the older version knows nothing of the other");
});

test("a generation that is live already does not take over again", async () => {
  const { live } = await generations.state();
  const begun = await sql`select begun_at, live_at from chassis.generations where generation = ${live}`;
  await clock.advance(1_000);
  await sql`select chassis.publish_generation('prices', ${live}, now())`;
  assert.deepEqual(await sql`select begun_at, live_at from chassis.generations where generation = ${live}`, begun);
});

test("projections of one database have generations of their own", async () => {
  const other = createGenerations({ ...options, name: "other", tables: [], histories: {} });
  await build(other);
  assert.equal((await other.state()).live, 1);
  assert.ok(((await generations.state()).live ?? 0) > 1);
});
