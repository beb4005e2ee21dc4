import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { sleep } from "@souk/kernel";
import { fakeClock } from "./clock.ts";
import { passingTime, passingTimeFor } from "./passing-time.ts";

test("however long real work takes, no deadline comes meanwhile", async () => {
  const clock = fakeClock();
  let isLate = false;
  const cancel = clock.after(10_000, () => {
    isLate = true;
  });
  const work = (async () => {
    for (let i = 0; i < 3; i++) {
      await setTimeout(20); // as a slow database would
      await sleep(clock, 500);
    }
    cancel();
    return "done";
  })();
  assert.equal(await passingTimeFor(clock, work, { what: "the work" }), "done");
  assert.deepEqual([isLate, clock.monotonic()], [false, 1_500]);
});

test("what never comes is given up and named, and what fails fails", async () => {
  const clock = fakeClock();
  await assert.rejects(
    passingTime(clock, () => false, { what: "the end", patienceMs: 5 }),
    /never came: the end/,
  );
  await assert.rejects(passingTimeFor(clock, Promise.reject(new Error("broken")), { what: "the work" }), /broken/);
});
