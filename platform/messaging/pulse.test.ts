import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeClock, fakeClock } from "@souk/testing";
import { createPulse, type Outcome, type PulseOptions } from "./pulse.ts";

function pulse(run: () => Promise<Outcome>, options: Partial<PulseOptions> = {}) {
  const clock = fakeClock();
  const ranAt: number[] = [];
  const made = createPulse({
    clock,
    chance: () => 0.5,
    spacingMs: 20,
    pollMs: 1_000,
    ...options,
    run: () => {
      ranAt.push(clock.monotonic());
      return run();
    },
  });
  return { clock, ranAt, ...made };
}
const idle = async (): Promise<Outcome> => "idle";
const quiet = (clock: FakeClock) => clock.advance(500);

test("a wake after a quiet time runs at once", async () => {
  const { clock, ranAt, start, wake } = pulse(idle);
  start();
  await quiet(clock);
  wake();
  assert.deepEqual(ranAt, [0, 500]);
});

test("wakes that follow each other are answered by one run per spacing", async () => {
  const { clock, ranAt, start, wake } = pulse(idle);
  start();
  await quiet(clock);
  for (let i = 0; i < 50; i++) {
    wake();
    await clock.advance(1);
  }
  assert.deepEqual(ranAt, [0, 500, 520, 540]);
});

const beat = { everyMs: 50, afterMs: 5 };

test("under load it runs on the beat of the wall clock", async () => {
  const { clock, ranAt, start, wake } = pulse(idle, { beat });
  await clock.advance(12);
  start();
  for (let i = 0; i < 150; i++) {
    wake();
    await clock.advance(1);
  }
  assert.deepEqual(ranAt, [12, 32, 105, 155]);
});

test("a run just before the beat makes the next one wait for the beat after", async () => {
  const { clock, ranAt, start, wake } = pulse(idle, { beat });
  await clock.advance(20);
  start();
  for (let i = 0; i < 60; i++) {
    if (i < 30 || i >= 40) wake();
    await clock.advance(1);
  }
  wake();
  await clock.advance(100);
  assert.deepEqual(ranAt, [20, 40, 105]);
});

test("without load a beat delays nothing", async () => {
  const { clock, ranAt, start, wake } = pulse(idle, { beat });
  start();
  for (let i = 1; i <= 4; i++) {
    await clock.advance(30);
    wake();
  }
  assert.deepEqual(ranAt, [0, 30, 60, 90, 120]);
});

test("after a load has ended the next wake is answered at once", async () => {
  const { clock, ranAt, start, wake } = pulse(idle, { beat });
  start();
  for (let i = 0; i < 60; i++) {
    wake();
    await clock.advance(1);
  }
  await clock.advance(60);
  const before = ranAt.length;
  await clock.advance(51);
  wake();
  assert.deepEqual(ranAt.slice(before), [171]);
});

test("a wake during a run is not lost", async () => {
  let woken = false;
  const { clock, ranAt, start, wake } = pulse(async () => {
    if (!woken) wake();
    woken = true;
    return "idle";
  });
  start();
  await clock.advance(100);
  assert.deepEqual(ranAt, [0, 20]);
});

test("more work is done without a pause, and asked for soon after a short one", async () => {
  const outcomes: Outcome[] = ["more", "more", "soon", "idle"];
  const { clock, ranAt, start } = pulse(async () => outcomes.shift() ?? "idle");
  start();
  await clock.advance(100);
  assert.deepEqual(ranAt, [0, 0, 0, 20]);
});

test("it looks by itself when nobody wakes it", async () => {
  const { clock, ranAt, start } = pulse(idle);
  start();
  await clock.advance(2_500);
  assert.deepEqual(ranAt, [0, 1_000, 2_000]);
});

test("failures are backed off from, whoever wakes it, and the first success is told", async () => {
  let broken = true;
  const told: unknown[] = [];
  const { clock, ranAt, start, wake } = pulse(
    async () => {
      if (broken) throw new Error("away");
      return "idle";
    },
    { failed: (_, failures, delayMs) => told.push([failures, delayMs]), recovered: () => told.push("recovered") },
  );
  start();
  for (let i = 0; i < 16; i++) {
    wake();
    await clock.advance(10);
  }
  broken = false;
  await clock.advance(1_000);
  assert.deepEqual(told, [[1, 50], [2, 100], [3, 200], "recovered"]);
  assert.deepEqual(ranAt.slice(0, 4), [0, 50, 150, 350]);
});

test("stopping waits for the run in progress and begins no other", async () => {
  const gate = Promise.withResolvers<void>();
  const { clock, ranAt, start, wake, stop } = pulse(async () => {
    await gate.promise;
    return "more";
  });
  start();
  let stopped = false;
  const stopping = stop().then(() => {
    stopped = true;
  });
  await clock.advance(100);
  assert.equal(stopped, false);
  gate.resolve();
  await stopping;
  wake();
  await clock.advance(5_000);
  assert.deepEqual(ranAt, [0]);
});
