import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "./clock.ts";

const farthest = 8_640_000_000_000_000;

test("an instant is written as a date is, whatever day the one before was of", () => {
  const edges = [0, -1, -0.5, 86_399_999.9, 86_400_000, 951_782_400_000, farthest, -farthest];
  const near = Array.from({ length: 20_000 }, (_, n) => 1_700_000_000_000 + n * 9_973.5);
  const far = Array.from({ length: 20_000 }, (_, n) => -farthest + n * 863_999_999_999.7);
  for (const at of [...edges, ...near, ...far]) assert.equal(instant(at), new Date(at).toISOString());
});

test("what is no instant is not written", () => {
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY, farthest + 1, -farthest - 1])
    assert.throws(() => instant(at), RangeError);
});
