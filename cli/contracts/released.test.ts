import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { anyone, type Contract, defineContract, get, Type } from "@souk/contract";
import { compareWithReleased, release } from "./released.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "souk-contracts-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const orders = (answer: Type.TProperties): Contract =>
  defineContract({
    name: "orders",
    endpoints: { show: get("/v1/orders", { summary: "Show", access: anyone, returns: Type.Object(answer) }) },
    events: {},
  });
const id = { id: Type.String() };
const states = async (...contracts: Contract[]) =>
  (await compareWithReleased(contracts, folder)).map(({ service, state }) => `${service} ${state}`);

test("a contract is new, unchanged, compatible, breaking or gone", async () => {
  assert.deepEqual(await states(orders(id)), ["orders new"]);
  await release([orders(id)], folder);
  assert.deepEqual(await states(orders(id)), ["orders unchanged"]);
  assert.deepEqual(await states(orders({ ...id, note: Type.Optional(Type.String()) })), ["orders compatible"]);
  assert.deepEqual(await states(orders({})), ["orders breaking"]);
  assert.deepEqual(await states(), ["orders gone"]);
});

test("a breaking change says where, what and who is hurt", async () => {
  await release([orders(id)], folder);
  const [result] = await compareWithReleased([orders({})], folder);
  assert.equal(result?.breaking.length, 1);
  assert.match(result?.breaking[0]?.where ?? "", /^GET \/v1\/orders/);
});

test("releasing forgets services that are no more", async () => {
  await release([orders(id), { ...orders(id), name: "users" }], folder);
  await release([orders(id)], folder);
  assert.deepEqual(await readdir(folder), ["orders.json"]);
});
