import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSlidingWindow } from "./sliding-window.ts";

test("counts go away by time, even when nothing happens in between", () => {
  let now = 0;
  const window = createSlidingWindow({ now: () => now, monotonic: () => now, after: () => () => {} }, 30_000, 1);
  window.add(0);
  now += 26_999;
  assert.equal(window.total(0), 1);
  now += 3_001;
  assert.equal(window.total(0), 0);
  window.add(0);
  now += 3_600_000;
  assert.equal(window.total(0), 0);
});

test("a total is never less than the last nine tenths of the window nor more than all of it", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 1 })), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(steps, fc.integer({ min: -10_000, max: 10_000 }), (events, start) => {
      let now = start;
      const window = createSlidingWindow({ now: () => now, monotonic: () => now, after: () => () => {} }, 1_000, 2);
      const log: { at: number; counter: number }[] = [];
      for (const [pause, counter] of events) {
        now += pause;
        window.add(counter);
        log.push({ at: now, counter });
        for (const kind of [0, 1]) {
          const within = (ms: number) => log.filter((one) => one.counter === kind && now - one.at < ms).length;
          const total = window.total(kind);
          assert.ok(within(900) <= total && total <= within(1_000), `${within(900)} ≤ ${total} ≤ ${within(1_000)}`);
        }
      }
    }),
  );
});
