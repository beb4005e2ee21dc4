import assert from "node:assert/strict";
import { test } from "node:test";
import { workingDaysAfter } from "./working-days.ts";

test("what is ordered before a weekend arrives after it", () => {
  const friday = new Date(2026, 10, 20, 18);
  assert.deepEqual(
    [0, 1, 2, 6].map((days) => workingDaysAfter(friday, days).toDateString()),
    ["Fri Nov 20 2026", "Mon Nov 23 2026", "Tue Nov 24 2026", "Mon Nov 30 2026"],
  );
});
