import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import fc from "fast-check";
import { createRetryBudget } from "./index.ts";

test("a quiet caller may retry three times", () => {
  const budget = createRetryBudget({ clock: fakeClock() });
  budget.earn();
  assert.deepEqual([1, 2, 3, 4].map(budget.spend), [true, true, true, false]);
});

test("a busy caller may retry a fifth of its requests", () => {
  const budget = createRetryBudget({ clock: fakeClock() });
  for (let i = 0; i < 100; i++) budget.earn();
  let spent = 0;
  while (budget.spend()) spent++;
  assert.equal(spent, 20);
  assert.deepEqual(budget.snapshot(), { requests: 100, retries: 20, allowed: 20 });
});

test("the budget comes back with time", async () => {
  const clock = fakeClock();
  const budget = createRetryBudget({ clock });
  while (budget.spend());
  await clock.advance(10_000);
  assert.equal(budget.spend(), true);
});

test("however requests and failures fall, retries stay within the budget", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (fails) => {
      const budget = createRetryBudget({ clock: fakeClock() });
      let retries = 0;
      for (const failed of fails) {
        budget.earn();
        if (failed && budget.spend()) retries++;
      }
      assert.ok(retries <= Math.max(3, fails.length * 0.2));
    }),
  );
});
