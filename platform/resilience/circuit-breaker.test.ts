import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock, seededChance } from "@souk/testing";
import fc from "fast-check";
import { type BreakerState, type CallOutcome, createCircuitBreaker } from "./index.ts";

function setUp(chance = () => 0.5) {
  const clock = fakeClock();
  const changes: BreakerState[] = [];
  const breaker = createCircuitBreaker({ clock, chance, changed: (to) => changes.push(to) });
  const call = (outcome: CallOutcome, slow = false): boolean => {
    const ticket = breaker.admit();
    if (ticket === undefined) return false;
    breaker.record(ticket, outcome, slow);
    return true;
  };
  const calls = (count: number, outcome: CallOutcome, slow = false) => {
    let made = 0;
    for (let i = 0; i < count; i++) if (call(outcome, slow)) made++;
    return made;
  };
  return { clock, breaker, changes, call, calls, state: () => breaker.snapshot().state };
}

test("nineteen failures prove nothing, the twentieth opens", () => {
  const { calls, state, call } = setUp();
  calls(19, "failure");
  assert.equal(state(), "closed");
  call("failure");
  assert.equal(state(), "open");
  assert.equal(call("success"), false);
});

test("half of the calls failing opens it, less does not", () => {
  const { calls, state } = setUp();
  calls(11, "success");
  calls(9, "failure");
  assert.equal(state(), "closed");
  calls(2, "failure");
  assert.equal(state(), "open");
});

test("four fifths of the calls being slow opens it", () => {
  const { calls, state } = setUp();
  calls(5, "success");
  calls(19, "success", true);
  assert.equal(state(), "closed");
  calls(1, "success", true);
  assert.equal(state(), "open");
});

test("cancellations say nothing", () => {
  const { calls, breaker } = setUp();
  calls(100, "ignored");
  assert.equal(breaker.snapshot().calls, 0);
});

test("failures of half a minute ago are forgotten, also by a breaker that nobody used since", async () => {
  const { calls, state, clock, breaker } = setUp();
  calls(19, "failure");
  await clock.advance(30_000);
  assert.deepEqual(breaker.snapshot(), { state: "closed", calls: 0, failed: 0, slow: 0, retryAfterMs: 0, openings: 0 });
  calls(1, "failure");
  assert.equal(state(), "closed");
});

test("after 5 s it lets five probes through and no more", async () => {
  const { calls, clock, breaker, state } = setUp();
  calls(20, "failure");
  assert.equal(breaker.snapshot().retryAfterMs, 5_000);
  await clock.advance(4_999);
  assert.equal(breaker.admit(), undefined);
  await clock.advance(1);
  assert.equal(state(), "half-open");
  const tickets = [1, 2, 3, 4, 5, 6, 7].map(() => breaker.admit());
  assert.equal(tickets.filter((ticket) => ticket !== undefined).length, 5);
});

test("four good probes close it although one failed", async () => {
  const { calls, call, clock, state, changes } = setUp();
  calls(20, "failure");
  await clock.advance(5_000);
  call("failure");
  calls(3, "success");
  assert.equal(state(), "half-open");
  call("success");
  assert.equal(state(), "closed");
  assert.deepEqual(changes, ["open", "half-open", "closed"]);
  calls(19, "failure"); // the failures before do not count again
  assert.equal(state(), "closed");
});

test("slow probes do not close what slowness opened, and each such opening lasts longer", async () => {
  const { calls, clock, breaker, state } = setUp();
  calls(20, "success", true);
  for (const pauseMs of [5_000, 10_000, 20_000]) {
    assert.equal(breaker.snapshot().retryAfterMs, pauseMs);
    await clock.advance(pauseMs);
    calls(2, "success", true);
    assert.equal(state(), "open");
  }
  await clock.advance(40_000);
  calls(1, "success", true);
  calls(4, "success");
  assert.equal(state(), "closed");
});

test("a second failed probe opens it for twice as long, up to a minute, and closing forgives", async () => {
  const { calls, clock, breaker, state } = setUp();
  calls(20, "failure");
  for (const pauseMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    assert.equal(breaker.snapshot().retryAfterMs, pauseMs);
    await clock.advance(pauseMs);
    calls(2, "failure");
    assert.equal(state(), "open");
  }
  await clock.advance(60_000);
  calls(4, "success");
  calls(20, "failure");
  assert.equal(breaker.snapshot().retryAfterMs, 5_000);
});

test("a probe whose caller hung up gives its place to another", async () => {
  const { calls, call, clock, state } = setUp();
  calls(20, "failure");
  await clock.advance(5_000);
  assert.equal(calls(9, "ignored"), 9);
  calls(3, "success");
  call("success");
  assert.equal(state(), "closed");
});

test("an answer to a call from before the opening is no probe", async () => {
  const { calls, clock, breaker, state } = setUp();
  const early = [1, 2, 3, 4, 5].map(() => breaker.admit() ?? Number.NaN);
  calls(20, "failure");
  await clock.advance(5_000);
  for (const ticket of early) breaker.record(ticket, "success");
  assert.equal(state(), "half-open");
});

test("pauses are spread by a fifth, so that callers do not probe in step", () => {
  const pause = (chance: number) => {
    const { calls, breaker } = setUp(() => chance);
    calls(20, "failure");
    return breaker.snapshot().retryAfterMs;
  };
  assert.deepEqual([pause(0), pause(0.5), Math.round(pause(0.999_999))], [4_000, 5_000, 6_000]);
});

test("whatever happens: it never opens below twenty calls, and an open one always lets somebody through within 72 s", async () => {
  const outcome = fc.constantFrom<CallOutcome>("success", "failure", "failure", "ignored");
  const steps = fc.array(fc.record({ outcome, slow: fc.boolean(), pauseMs: fc.integer({ min: 0, max: 3_000 }) }), {
    maxLength: 150,
  });
  await fc.assert(
    fc.property(steps, fc.integer(), (calls, seed) => {
      let now = 0;
      const chance = seededChance(seed);
      let counted = 0;
      const breaker = createCircuitBreaker({
        clock: { now: () => now, monotonic: () => now, after: () => () => {} },
        chance,
        changed: (to, from) => {
          if (to === "open" && from === "closed") assert.ok(counted >= 20);
          if (to === "closed") counted = 0;
        },
      });
      for (const { outcome, slow, pauseMs } of calls) {
        now += pauseMs;
        const ticket = breaker.admit();
        if (ticket === undefined) continue;
        if (outcome !== "ignored") counted++;
        breaker.record(ticket, outcome, slow);
      }
      now += 72_000;
      assert.notEqual(breaker.admit(), undefined);
    }),
  );
});
