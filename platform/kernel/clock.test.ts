import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, systemClock } from "./clock.ts";

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

test("a timer of a month is not due at once", async () => {
  let due = 0;
  const cancels = [2 ** 31, 30 * 86_400_000, Number.POSITIVE_INFINITY].map((delayMs) =>
    systemClock.after(delayMs, () => due++),
  );
  // What Node cannot hold it would run after 1 ms, so before this one.
  await new Promise((resolve) => setTimeout(resolve, 2));
  assert.equal(due, 0);
  for (const cancel of cancels) cancel();
});

test("a long timer runs when its time has come, however many parts it is waited for in", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let due = 0;
  systemClock.after(5_000_000_000, () => due++);
  const cancel = systemClock.after(5_000_000_000, () => due++);
  const mostAtOnce = 2 ** 31 - 1;
  t.mock.timers.tick(mostAtOnce);
  t.mock.timers.tick(mostAtOnce);
  t.mock.timers.tick(5_000_000_000 - 2 * mostAtOnce - 1);
  assert.equal(due, 0);
  cancel();
  t.mock.timers.tick(1);
  assert.equal(due, 1);
});
