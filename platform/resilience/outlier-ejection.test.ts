import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import { createOutlierEjection, type InstanceHealth } from "./index.ts";

function setUp(instances: number) {
  const clock = fakeClock();
  const ejected: [string, number][] = [];
  const ejection = createOutlierEjection({ clock, ejected: (instance, forMs) => ejected.push([instance, forMs]) });
  const [a, b, ...rest] = Array.from({ length: instances }, (_, i) => ejection.track(`orders-${i + 1}`));
  assert.ok(a);
  return { clock, ejected, a, b: b ?? a, rest };
}
const fail = (instance: InstanceHealth, times: number) => {
  for (let i = 0; i < times; i++) instance.failed();
};

test("five failures in a row eject an instance for 30 s", async () => {
  const { a, clock, ejected } = setUp(2);
  fail(a, 4);
  assert.equal(a.isEjected(), false);
  fail(a, 1);
  assert.deepEqual([a.isEjected(), ejected], [true, [["orders-1", 30_000]]]);
  await clock.advance(29_999);
  assert.equal(a.isEjected(), true);
  await clock.advance(1);
  assert.equal(a.isEjected(), false);
});

test("one success begins the count anew", () => {
  const { a } = setUp(2);
  fail(a, 4);
  a.succeeded();
  fail(a, 4);
  assert.equal(a.isEjected(), false);
});

test("who is ejected again stays out longer, up to five minutes; good standing redeems", async () => {
  const { a, clock, ejected } = setUp(2);
  for (let i = 0; i < 12; i++) {
    fail(a, 5);
    await clock.advance(ejected.at(-1)?.[1] ?? 0);
  }
  assert.deepEqual(
    ejected.map(([, forMs]) => forMs / 30_000),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10],
  );
  await clock.advance(11 * 30_000);
  fail(a, 5);
  assert.equal(ejected.at(-1)?.[1], 2 * 30_000);
});

test("never more than half is ejected", () => {
  const { a, b, rest } = setUp(5);
  for (const instance of [a, b, ...rest]) fail(instance, 10);
  assert.deepEqual(
    [a, b, ...rest].map((instance) => instance.isEjected()),
    [true, true, false, false, false],
  );
});

test("the only instance is never ejected", () => {
  const { a } = setUp(1);
  fail(a, 100);
  assert.equal(a.isEjected(), false);
});

test("an instance that is gone does not count any more", () => {
  const { a, b, rest } = setUp(3);
  fail(a, 5);
  fail(b, 5);
  assert.deepEqual([a.isEjected(), b.isEjected()], [true, false]);
  a.forget();
  rest[0]?.forget();
  fail(b, 1);
  assert.equal(b.isEjected(), false);
});
