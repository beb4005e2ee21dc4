import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import fc from "fast-check";
import { type Criticality, createLoadShedder } from "./index.ts";

function setUp(initialLimit = 10) {
  const clock = fakeClock();
  const lag = { ms: 0 };
  const shedder = createLoadShedder({ clock, chance: () => 0.5, lagMs: () => lag.ms, initialLimit });
  const admitted = (count: number, criticality: Criticality) =>
    Array.from({ length: count }, () => shedder.admit(criticality)).filter((how) => how === "admitted").length;
  return { clock, lag, shedder, admitted };
}

test("under load the sheddable go first, the critical last", () => {
  const { admitted, shedder } = setUp(10);
  assert.equal(admitted(10, "sheddable"), 7);
  assert.equal(admitted(3, "normal"), 2);
  assert.equal(admitted(3, "critical"), 1);
  assert.equal(shedder.admit("sheddable"), "refused");
});

test("when the event loop lags the sheddable are refused from 35 ms, the normal from 70, the critical from 140", () => {
  const { lag, shedder } = setUp();
  const refused = () =>
    (["sheddable", "normal", "critical"] as const).filter((one) => shedder.admit(one) === "refused");
  lag.ms = 35;
  assert.deepEqual(refused(), []);
  lag.ms = 36;
  assert.deepEqual(refused(), ["sheddable"]);
  lag.ms = 71;
  assert.deepEqual(refused(), ["sheddable", "normal"]);
  lag.ms = 141;
  assert.deepEqual(refused(), ["sheddable", "normal", "critical"]);
});

test("a request waits for a place at most 100 ms", async () => {
  const { admitted, shedder, clock } = setUp(4);
  admitted(4, "critical");
  const waiting = shedder.admit("normal");
  await clock.advance(100);
  assert.equal(await waiting, "refused");
  assert.deepEqual(shedder.snapshot().refused, { critical: 0, normal: 1, sheddable: 0 });
});

test("a freed place goes to a critical request before a normal one that came earlier", async () => {
  const { admitted, shedder } = setUp(4);
  admitted(4, "critical");
  const order: string[] = [];
  const normal = Promise.resolve(shedder.admit("normal")).then(() => order.push("normal"));
  const critical = Promise.resolve(shedder.admit("critical")).then(() => order.push("critical"));
  shedder.release(false);
  await critical;
  shedder.release(false);
  shedder.release(false);
  await normal;
  assert.deepEqual(order, ["critical", "normal"]);
});

test("who waits is bounded by the limit", () => {
  const { admitted, shedder } = setUp(4);
  admitted(4, "critical");
  for (let i = 0; i < 4; i++) assert.ok(shedder.admit("critical") instanceof Promise);
  assert.equal(shedder.admit("critical"), "refused");
});

test("a caller that hangs up leaves the queue", async () => {
  const { admitted, shedder } = setUp(4);
  admitted(4, "critical");
  const caller = new AbortController();
  const waiting = shedder.admit("normal", caller.signal);
  caller.abort();
  assert.equal(await waiting, "refused");
  assert.equal(shedder.snapshot().waiting, 0);
});

test("the limit grows while it is used, and falls by a tenth at a sign of overload, once in 100 ms", async () => {
  const { shedder, admitted, clock, lag } = setUp(64);
  admitted(57, "normal");
  for (let i = 0; i < 70; i++) {
    shedder.release(false);
    shedder.admit("normal");
  }
  assert.equal(shedder.snapshot().limit, 65);
  shedder.release(true);
  shedder.release(true);
  assert.equal(shedder.snapshot().limit, 58);
  await clock.advance(100);
  lag.ms = 80;
  shedder.release(false);
  assert.equal(shedder.snapshot().limit, 52);
});

test("a service that is not busy does not earn a higher limit", () => {
  const { shedder } = setUp(64);
  for (let i = 0; i < 1_000; i++) {
    shedder.admit("normal");
    shedder.release(false);
  }
  assert.equal(shedder.snapshot().limit, 64);
});

test("Retry-After is spread over three seconds", () => {
  const after = (chance: number) =>
    createLoadShedder({ clock: fakeClock(), chance: () => chance, lagMs: () => 0 }).retryAfterSeconds();
  assert.deepEqual([after(0), after(0.5), after(0.999)], [1, 2, 3]);
});

test("whatever comes and goes, the limit stays between 4 and 256 and nobody is lost", async () => {
  const step = fc.record({
    criticality: fc.constantFrom<Criticality>("critical", "normal", "sheddable"),
    leave: fc.boolean(),
    overloaded: fc.boolean(),
    pauseMs: fc.integer({ min: 0, max: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 120 }),
      fc.integer({ min: 0, max: 400 }),
      async (steps, initialLimit) => {
        const { shedder, clock } = setUp(initialLimit);
        let inside = 0;
        const waits: Promise<void>[] = [];
        for (const { criticality, leave, overloaded, pauseMs } of steps) {
          const how = shedder.admit(criticality);
          if (how === "admitted") inside++;
          else if (how instanceof Promise) waits.push(how.then((late) => void (late === "admitted" && inside++)));
          await clock.advance(pauseMs);
          if (leave && inside > 0) {
            inside--;
            shedder.release(overloaded);
          }
          const { limit } = shedder.snapshot();
          assert.ok(limit >= 4 && limit <= 256);
        }
        await clock.advance(100);
        await Promise.all(waits);
        assert.deepEqual([shedder.snapshot().inside, shedder.snapshot().waiting], [inside, 0]);
      },
    ),
    { numRuns: 30 },
  );
});
