import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "@souk/kernel";
import type { Look, View } from "./check.ts";
import { judge } from "./verify.ts";

const view = {} as View; // the checks below look at nothing
/** Each sleep moves time on at once. */
function jumpingClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    after(ms, task) {
      now += ms;
      queueMicrotask(task);
      return () => {};
    },
  };
}
const looks = (...problems: string[][]) => {
  let i = 0;
  return async (): Promise<Look> => {
    const found = problems[Math.min(i++, problems.length - 1)] ?? [];
    return { figure: "", problems: found.map((key) => ({ key, text: key })) };
  };
};

test("what is wrong at one look and right at the next is not wrong", async () => {
  assert.equal((await judge({ name: "", look: looks(["a"], []) }, view, jumpingClock(), 5_000)).ok, true);
});

test("under load other things are on their way at each look: none of them is wrong", async () => {
  assert.equal((await judge({ name: "", look: looks(["a"], ["b"], ["c"]) }, view, jumpingClock(), 5_000)).ok, true);
});

test("what stays wrong is wrong, and only that is named", async () => {
  const verdict = await judge({ name: "", look: looks(["a", "b"], ["b", "c"], ["b"]) }, view, jumpingClock(), 5_000);
  assert.deepEqual(verdict.problems, ["b"]);
});
