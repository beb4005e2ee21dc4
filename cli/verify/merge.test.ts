import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder, merged } from "./merge.ts";

const rows = (...keys: string[]) => keys.map((key) => ({ key }));
async function* of(...keys: string[]) {
  yield* rows(...keys);
}

test("two sequences join by key, and what one of them lacks is said", async () => {
  const joined = await Array.fromAsync(merged(of("a", "b", "d"), of("b", "c")));
  assert.deepEqual(
    joined.map(({ key, left, right }) => `${key}${left ? "<" : ""}${right ? ">" : ""}`),
    ["a<", "b<>", "c>", "d<"],
  );
});

test("pages follow each other until one is not full", async () => {
  const all = Array.from({ length: 10_001 }, (_, i) => String(i).padStart(6, "0"));
  const page = async (after: string, limit: number) => rows(...all.filter((key) => key > after).slice(0, limit));
  assert.equal((await Array.fromAsync(inOrder(page))).length, all.length);
});
