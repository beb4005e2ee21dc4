import assert from "node:assert/strict";
import { test } from "node:test";
import { enumeration } from "./campaign.ts";
import { aDeathAndTwoMessages, twoDeaths } from "./plans.ts";

test("one order dies at every point where it can, and loses or doubles every message and every two", async () => {
  const { runs, bad } = await enumeration({ scenario: "order", within: aDeathAndTwoMessages, threads: 1 });
  assert.deepEqual(bad, []);
  assert.ok(runs > 5_000, `${runs} combinations`);
});

test("two processes die in the course of one order, or one of them twice, each at every point where it can", async () => {
  const { runs, bad } = await enumeration({ scenario: "order", within: twoDeaths, threads: 1 });
  assert.deepEqual(bad, []);
  assert.ok(runs > 2_500, `${runs} combinations`);
});
