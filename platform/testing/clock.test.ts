import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "@souk/kernel";
import { fakeClock, seededChance, sequentialIds } from "./clock.ts";

test("timers run when they fall due, in order, each at its own instant", async () => {
  const clock = fakeClock("2030-01-01T00:00:00.000Z");
  const ran: [string, number][] = [];
  const note = (name: string) => () => ran.push([name, clock.monotonic()]);
  clock.after(20, note("second"));
  clock.after(10, note("first"));
  clock.after(20, note("third, set later"));
  clock.after(31, note("too late"));
  clock.after(15, note("cancelled"))();
  await clock.advance(30);
  assert.deepEqual(ran, [
    ["first", 10],
    ["second", 20],
    ["third, set later", 20],
  ]);
  assert.equal(clock.monotonic(), 30);
  assert.equal(new Date(clock.now()).toISOString(), "2030-01-01T00:00:00.030Z");
  assert.equal(clock.pending(), 1);
});

test("a loop that sleeps again and again runs as often as time allows", async () => {
  const clock = fakeClock();
  const stop = new AbortController();
  let rounds = 0;
  const loop = (async () => {
    while (!stop.signal.aborted) {
      await sleep(clock, 10, stop.signal);
      rounds++;
    }
  })();
  await clock.advance(95);
  assert.equal(rounds, 9);
  stop.abort();
  await loop;
  assert.equal(clock.pending(), 0);
});

test("seeded chance repeats itself, differs by seed, and is spread over [0, 1)", () => {
  const draw = (seed: number) => Array.from({ length: 10_000 }, seededChance(seed));
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  const tenths = Map.groupBy(draw(3), (x) => Math.floor(x * 10));
  assert.deepEqual([...tenths.keys()].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const members of tenths.values()) assert.ok(Math.abs(members.length - 1_000) < 150, String(members.length));
});

test("sequential ids are valid UUIDv7 that a person can tell apart", () => {
  const newId = sequentialIds();
  assert.equal(newId(), "00000000-0000-7000-8000-000000000001");
  assert.equal(newId(), "00000000-0000-7000-8000-000000000002");
});
