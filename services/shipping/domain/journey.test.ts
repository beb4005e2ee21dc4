import assert from "node:assert/strict";
import { test } from "node:test";
import { nextLeg, type Status } from "./journey.ts";

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
