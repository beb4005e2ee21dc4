import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock, seededChance } from "@souk/testing";
import fc from "fast-check";
import { backoffMs, createRetryBudget, retry } from "./index.ts";

const always = () => 0;
const half = () => 0.5;

test("work that fails twice succeeds at the third attempt", async () => {
  const clock = fakeClock();
  const at: number[] = [];
  const done = retry(
    async (attempt) => {
      at.push(clock.monotonic());
      if (attempt < 3) throw new Error("down");
      return attempt;
    },
    { clock, chance: half, again: always },
  );
  await clock.advance(1_000);
  assert.equal(await done, 3);
  assert.deepEqual(at, [0, 25, 75]); // half of 50, half of 100
});

test("the third failure is the answer", async () => {
  const clock = fakeClock();
  let attempts = 0;
  const failed = assert.rejects(
    retry(() => Promise.reject(new Error(`down ${++attempts}`)), { clock, chance: half, again: always }),
    /down 3/,
  );
  await clock.advance(10_000);
  await failed;
});

test("what must not be tried again is not", async () => {
  let attempts = 0;
  const work = () => Promise.reject(new Error(`no ${++attempts}`));
  await assert.rejects(retry(work, { clock: fakeClock(), chance: half, again: () => undefined }), /no 1/);
});

test("Retry-After is waited for, and the jitter comes on top", async () => {
  const clock = fakeClock();
  let again = 0;
  const work = async (attempt: number) => {
    if (attempt === 1) throw new Error("busy");
    again = clock.monotonic();
  };
  const done = retry(work, { clock, chance: half, again: () => 1_000 });
  await clock.advance(2_000);
  await done;
  assert.equal(again, 1_025);
});

test("a retry that the deadline leaves no time for is not made", async () => {
  const clock = fakeClock();
  let attempts = 0;
  const work = () => Promise.reject(new Error(`busy ${++attempts}`));
  await assert.rejects(retry(work, { clock, chance: half, again: () => 1_000, deadlineAt: 1_034 }), /busy 1/);
  assert.equal(clock.pending(), 0);
});

test("when the budget is used up, the first failure is the answer", async () => {
  const clock = fakeClock();
  const budget = createRetryBudget({ clock });
  while (budget.spend());
  let attempts = 0;
  const work = () => Promise.reject(new Error(`down ${++attempts}`));
  await assert.rejects(retry(work, { clock, chance: half, again: always, budget }), /down 1/);
});

test("an abort ends the waiting with the last failure", async () => {
  const clock = fakeClock();
  const caller = new AbortController();
  let attempts = 0;
  const work = () => Promise.reject(new Error(`down ${++attempts}`));
  const failed = assert.rejects(retry(work, { clock, chance: half, again: always, signal: caller.signal }), /down 1/);
  await clock.advance(1);
  caller.abort();
  await failed;
  assert.equal(clock.pending(), 0);
});

test("waits double from 50 ms to 2 s and are drawn from the whole range", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer(), (failed, seed) => {
      const ms = backoffMs(failed, seededChance(seed));
      assert.ok(ms >= 0 && ms < Math.min(2_000, 50 * 2 ** (failed - 1)));
    }),
  );
  assert.deepEqual(
    [1, 2, 3, 6, 7, 50].map((failed) => backoffMs(failed, () => 1)),
    [50, 100, 200, 1_600, 2_000, 2_000],
  );
});
