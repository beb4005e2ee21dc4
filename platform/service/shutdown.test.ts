import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import { shutDown } from "./shutdown.ts";
import type { Log } from "./types.ts";

function setUp() {
  const clock = fakeClock();
  const steps: string[] = [];
  const note = (step: string) => steps.push(`${step} at ${clock.monotonic()}`);
  const log: Log = { info() {}, warn: note, error: note };
  const stage = (...names: string[]) => Object.fromEntries(names.map((name) => [name, async () => note(name)]));
  return {
    clock,
    steps,
    note,
    log,
    stage,
    limits: { clock, log, lingerMs: 5_000, drainMs: 20_000, markDraining: () => note("unready") },
  };
}

test("it is unready, serves on, takes no more, drains, closes, in this order", async () => {
  const { clock, steps, stage, limits } = setUp();
  const over = shutDown({
    ...limits,
    drain: [stage("consumers"), stage("requests", "sagas"), stage("outbox")],
    close: [stage("state")],
  });
  await clock.advance(4_999);
  assert.deepEqual(steps, ["unready at 0"]);
  await clock.advance(1);
  await over;
  assert.deepEqual(
    steps.slice(1),
    ["consumers", "requests", "sagas", "outbox", "state"].map((step) => `${step} at 5000`),
  );
  assert.equal(clock.pending(), 0, "no timer is left");
});

test("what does not end in time is left behind, and the rest is closed", async () => {
  const { clock, steps, stage, limits } = setUp();
  const never = { requests: () => new Promise<void>(() => {}) };
  const over = shutDown({ ...limits, drain: [never, stage("outbox")], close: [stage("state")] });
  await clock.advance(25_000);
  await over;
  assert.deepEqual(steps, [
    "unready at 0",
    "what was under way did not end in time; others take it up again at 25000",
    "state at 25000",
  ]);
});

test("what fails to stop is logged and stops nothing else", async () => {
  const { clock, steps, stage, limits } = setUp();
  const broken = {
    sagas: async () => {
      throw new Error("no");
    },
  };
  const over = shutDown({
    ...limits,
    lingerMs: 0,
    drain: [{ ...broken, ...stage("requests") }, stage("outbox")],
    close: [],
  });
  await clock.advance(0);
  await over;
  assert.deepEqual(steps.toSorted(), ["outbox at 0", "requests at 0", "stopping sagas failed at 0", "unready at 0"]);
});
