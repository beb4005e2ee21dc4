import assert from "node:assert/strict";
import { test } from "node:test";
import { bars } from "./chart.ts";
import { figures, median, quantile, round } from "./measuring.ts";

test("a bar is as long as its figure, and the rounds are seen on it", () => {
  const svg = bars("a <title>", [
    { name: "small & slow", unit: "1/s", value: 50, rounds: [40, 50, 60] },
    { name: "large", unit: "1/s", value: 100, rounds: [100] },
  ]);
  const [small, large] = [...svg.matchAll(/<rect x="\d+" y="\d+" width="([\d.]+)"/g)].map(([, width]) => Number(width));
  assert.equal((large ?? 0) / (small ?? 1), 2);
  assert.equal(svg.match(/<line/g)?.length, 1);
  assert.ok(svg.includes("small &amp; slow") && svg.includes("a &lt;title&gt;"));
});

test("of several rounds the median counts, and all of them are kept", () => {
  const noted = figures();
  for (const value of [3, 1, 2_000]) noted.note("orders", "orders/s", value);
  assert.deepEqual(noted.done(), [{ name: "orders", unit: "orders/s", value: 3, rounds: [3, 1, 2_000] }]);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(quantile([5, 1, 4, 2, 3], 0.5), 3);
  assert.deepEqual([round(1_234.56), round(12.345), round(0.123_456)], [1_235, 12.3, 0.123]);
});
