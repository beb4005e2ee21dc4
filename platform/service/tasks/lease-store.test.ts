import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@souk/kernel";
import { testDatabase } from "@souk/testing";
import { migrations } from "../migrations.ts";
import { leaseStore } from "./lease-store.ts";

const { db } = await testDatabase({ sets: [migrations] });
const store = leaseStore(db);
const at = (seconds: number) => instant(Date.UTC(2030, 0, 1, 12, 0, seconds));

test("a lease belongs to one holder until it lapses or is released", async () => {
  assert.deepEqual(await store.hold(["sweep", "send"], "a", at(0), at(15)), ["send", "sweep"]);
  assert.deepEqual(await store.hold(["sweep", "send"], "b", at(14), at(29)), []);
  assert.deepEqual(await store.hold(["sweep"], "a", at(14), at(29)), ["sweep"], "the holder renews");
  assert.deepEqual(await store.hold(["sweep", "send"], "b", at(15), at(30)), ["send"], "what was not renewed lapsed");
  await store.release("a");
  assert.deepEqual(await store.hold(["sweep", "send"], "b", at(16), at(31)), ["send", "sweep"]);
});

test("of many that grab at once, one holds", async () => {
  const holders = Array.from({ length: 8 }, (_, i) => `holder ${i}`);
  const held = await Promise.all(holders.map((holder) => store.hold(["race"], holder, at(0), at(15))));
  assert.deepEqual(held.flat(), ["race"]);
});
