import assert from "node:assert/strict";
import { test } from "node:test";
import { Seen } from "./seen.ts";

test("a key is new once, among a hundred thousand that differ in a digit", () => {
  const seen = new Seen();
  for (let i = 0; i < 100_000; i++) assert.ok(seen.add(`SKU-${i}`), `SKU-${i}`);
  for (let i = 0; i < 100_000; i++) assert.ok(!seen.add(`SKU-${i}`), `SKU-${i}`);
});
