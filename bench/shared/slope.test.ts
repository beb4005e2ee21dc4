import assert from "node:assert/strict";
import { test } from "node:test";
import { slope } from "./slope.ts";

test("a slope is that of the line through the samples, and noise around it changes nothing", () => {
  assert.equal(slope([5, 7, 9, 11]), 2);
  assert.equal(slope([3, 3, 3]), 0);
  assert.ok(Math.abs(slope([1, 0, 3, 2, 5, 4, 7, 6]) - 38 / 42) < 1e-12);
  assert.equal(slope([4]), 0);
  assert.equal(slope([]), 0);
});
