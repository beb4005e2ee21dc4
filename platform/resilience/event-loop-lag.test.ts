import assert from "node:assert/strict";
import { test } from "node:test";
import { createEventLoopLag } from "./index.ts";

/** A loop whose timers fire when it gets round to them. */
function busyLoop() {
  let now = 0;
  const timers: (() => void)[] = [];
  const lagMs = createEventLoopLag({
    now: () => now,
    monotonic: () => now,
    after(_delayMs, task) {
      timers.push(task);
      return () => {};
    },
  });
  /** Turns in which a request arrives after 10 ms and is followed by other work for `ms`. */
  const turns = (count: number, ms: number): number => {
    for (let i = 0; i < count; i++) {
      now += 10;
      lagMs();
      now += ms;
      for (const task of timers.splice(0)) task();
    }
    return lagMs();
  };
  return { lagMs, turns, timers, pass: (ms: number) => (now += ms) };
}

test("an idle process is not woken", () => {
  const { timers, turns } = busyLoop();
  assert.equal(timers.length, 0);
  turns(1, 1);
  assert.equal(timers.length, 0);
});

test("one long pause is forgiven, a lasting one shows", () => {
  const { turns } = busyLoop();
  const once = turns(1, 101);
  assert.ok(once > 0 && once < 70, String(once));
  const lasting = turns(10, 101);
  assert.ok(lasting > 90 && lasting <= 100, String(lasting));
});

test("lag fades when the loop is quick again, and is forgotten after a second", () => {
  const { turns, pass, lagMs } = busyLoop();
  assert.ok(turns(10, 200) > 150);
  const faded = turns(10, 1);
  assert.ok(faded < 10, String(faded));
  assert.ok(turns(10, 200) > 150);
  pass(1_001);
  assert.equal(lagMs(), 0);
});
