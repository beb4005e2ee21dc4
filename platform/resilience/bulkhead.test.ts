import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import { createBulkhead } from "./index.ts";

function setUp(limit: number, queue: number) {
  const clock = fakeClock();
  return { clock, bulkhead: createBulkhead({ clock, limit, queue }) };
}

test("as many as the limit enter at once, the queue waits, the rest is refused", () => {
  const { bulkhead } = setUp(2, 1);
  assert.equal(bulkhead.enter(100), "entered");
  assert.equal(bulkhead.enter(100), "entered");
  assert.ok(bulkhead.enter(100) instanceof Promise);
  assert.equal(bulkhead.enter(100), "full");
  assert.deepEqual(bulkhead.snapshot(), { inside: 2, waiting: 1, limit: 2 });
});

test("who waits enters in the order of arrival", async () => {
  const { bulkhead } = setUp(1, 9);
  const order: number[] = [];
  bulkhead.enter(100);
  const waits = [1, 2, 3].map(async (n) => {
    assert.equal(await bulkhead.enter(100), "entered");
    order.push(n);
    bulkhead.leave();
  });
  bulkhead.leave();
  await Promise.all(waits);
  assert.deepEqual(order, [1, 2, 3]);
  assert.deepEqual(bulkhead.snapshot(), { inside: 0, waiting: 0, limit: 1 });
});

test("a newcomer cannot slip in before somebody who waits", async () => {
  const { bulkhead } = setUp(1, 9);
  bulkhead.enter(100);
  const waiting = bulkhead.enter(100);
  bulkhead.leave();
  assert.ok(bulkhead.enter(100) instanceof Promise);
  assert.equal(await waiting, "entered");
});

test("nobody waits longer than they said", async () => {
  const { bulkhead, clock } = setUp(1, 9);
  bulkhead.enter(100);
  const waiting = bulkhead.enter(40);
  await clock.advance(40);
  assert.equal(await waiting, "timed_out");
  assert.equal(bulkhead.snapshot().waiting, 0);
});

test("an abort leaves the queue at once, also one from before", async () => {
  const { bulkhead, clock } = setUp(1, 9);
  bulkhead.enter(100);
  const caller = new AbortController();
  const waiting = bulkhead.enter(40, caller.signal);
  caller.abort();
  assert.equal(await waiting, "aborted");
  assert.equal(await bulkhead.enter(40, caller.signal), "aborted");
  assert.equal(clock.pending(), 0);
  bulkhead.leave();
  assert.equal(bulkhead.snapshot().inside, 0);
});
