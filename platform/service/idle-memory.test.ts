import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "@souk/kernel";
import { fakeClock } from "@souk/testing";
import { ownHeap, shrinkWhenQuiet } from "./idle-memory.ts";

const MB = 2 ** 20;

function rig() {
  const clock = fakeClock();
  const heap = { load: 0, mb: 60, shrunk: 0 };
  shrinkWhenQuiet(clock, {
    busy: () => heap.load,
    size: () => heap.mb * MB,
    shrink() {
      heap.shrunk++;
      heap.mb = 24;
    },
  });
  return { clock, heap };
}

test("what a start has taken is given back after five quiet seconds, once", async () => {
  const { clock, heap } = rig();
  await clock.advance(4_999);
  assert.equal(heap.shrunk, 0);
  await clock.advance(1);
  assert.equal(heap.shrunk, 1);
  heap.mb = 31;
  await clock.advance(60_000);
  assert.equal(heap.shrunk, 1, "7 MB more are not worth a pause");
  heap.mb = 32;
  await clock.advance(5_000);
  assert.equal(heap.shrunk, 2);
});

test("a process that has work to do is left alone", async () => {
  const { clock, heap } = rig();
  heap.load = 0.05;
  await clock.advance(60_000);
  assert.equal(heap.shrunk, 0);
  heap.load = 0.01;
  await clock.advance(5_000);
  assert.equal(heap.shrunk, 1);
});

test("the heap of a process becomes smaller when it is shrunk, and its other flags stay", () => {
  const heap = ownHeap();
  let rubbish: unknown[] | undefined = Array.from({ length: 1_000_000 }, (_, i) => ({ i }));
  const before = heap.size();
  assert.ok(rubbish.length > 0);
  rubbish = undefined;
  heap.shrink();
  assert.ok(heap.size() < before - 10 * MB, `${before} → ${heap.size()}`);
  assert.equal("gc" in globalThis, false);
});

test("a loop that turns all the time is busy", () => {
  const heap = ownHeap();
  heap.busy();
  for (const until = systemClock.monotonic() + 20; systemClock.monotonic() < until; );
  assert.ok(heap.busy() > 0.5);
});
