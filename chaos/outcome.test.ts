import assert from "node:assert/strict";
import { test } from "node:test";
import type { Op } from "./history.ts";
import { type Outcome, shareOf, type Trial, verdictOf } from "./outcome.ts";

const trial: Trial = {
  ...{
    name: "kills",
    hypothesis: "",
    from: 0,
    to: 1_000,
    struck: { "kill -9": 2 },
    during: { done: 20, succeeded: 12 },
  },
};
const sound: Omit<Outcome, "verdict"> = {
  ...{
    seed: 1,
    profile: "short",
    commit: "",
    startedAt: "",
    durationMs: 1,
    machine: "",
    ops: [],
    marks: [],
    calmFrom: 0,
  },
  steady: { done: 10, succeeded: 10 },
  calm: { done: 10, succeeded: 10 },
  trials: [trial],
  counts: { retriesOfShoppers: 0, retriesOfSagas: 0, undone: 0, restarts: 0 },
  problems: [],
  checks: [{ name: "money", ok: true, figure: "" }],
  planted: ["order 1 is gone"],
};

test("a run in which everything held passes, with as little as 60 % answered during faults", () => {
  assert.deepEqual(verdictOf(sound), []);
});

for (const [what, change] of [
  ["less than 60 % succeed during a fault", { trials: [{ ...trial, during: { done: 20, succeeded: 11 } }] }],
  ["nothing at all was asked during the faults", { trials: [{ ...trial, during: { done: 0, succeeded: 0 } }] }],
  ["a single operation fails after the last fault", { calm: { done: 10, succeeded: 9 } }],
  ["nothing was asked after the last fault", { calm: { done: 0, succeeded: 0 } }],
  ["the steady state was none", { steady: { done: 10, succeeded: 9 } }],
  ["a fault never struck", { trials: [{ ...trial, struck: {} }] }],
  ["a crash point was not hit", { trials: [{ ...trial, failed: "no process came by saga.undone" }] }],
  ["the history has a problem", { problems: ["order 1 was charged twice"] }],
  ["verify is not clean", { checks: [{ name: "money", ok: false, figure: "", problems: ["1 differs"] }] }],
  ["verify checked nothing", { checks: [] }],
  ["nobody saw the lie that was planted", { planted: [] }],
] as const)
  test(`a run does not pass when ${what}`, () => {
    assert.notDeepEqual(verdictOf({ ...sound, ...change }), []);
  });

test("an operation belongs to the window in which it began, and one that never ended did not succeed", () => {
  const op = (begun: number, type: Op["type"]): Op => ({ op: 1, f: "buy", begun, type, value: {} });
  const ops = [op(5, "ok"), op(10, "fail"), op(15, "unknown"), op(20, "ok")];
  assert.deepEqual(shareOf(ops, 10, 20), { done: 2, succeeded: 1 });
});
