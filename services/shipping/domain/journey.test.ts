import assert from "node:assert/strict";
import { test } from "node:test";
import { nextLeg, type Status, stepsTo } from "./journey.ts";

const schedule = { dispatchAfterMs: 1, transitAfterMs: 2, deliverAfterMs: 3 };

test("a parcel is dispatched, travels and arrives, and then stays where it is", () => {
  const journey: Status[] = ["created"];
  for (let leg = nextLeg("created", schedule); leg; leg = nextLeg(leg.status, schedule)) journey.push(leg.status);
  assert.deepEqual(journey, ["created", "dispatched", "in_transit", "delivered"]);
});

test("a cancelled or lost parcel never moves", () => {
  assert.equal(nextLeg("cancelled", schedule), undefined);
  assert.equal(nextLeg("lost", schedule), undefined);
});

test("what a carrier leaves out happened all the same; what it tells again, late or after the end is no news", () => {
  assert.deepEqual(stepsTo("created", "delivered"), ["dispatched", "in_transit", "delivered"]);
  assert.deepEqual(stepsTo("dispatched", "in_transit"), ["in_transit"]);
  assert.deepEqual(stepsTo("in_transit", "dispatched"), []);
  assert.deepEqual(stepsTo("delivered", "delivered"), []);
  assert.deepEqual(stepsTo("delivered", "lost"), []);
  assert.deepEqual(stepsTo("cancelled", "dispatched"), []);
  assert.deepEqual(stepsTo("lost", "delivered"), []);
  assert.deepEqual(stepsTo("created", "lost"), ["dispatched", "lost"]);
  assert.deepEqual(stepsTo("in_transit", "lost"), ["lost"]);
});
