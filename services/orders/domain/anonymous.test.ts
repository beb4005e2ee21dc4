import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous } from "./anonymous.ts";
import type { Event } from "./order-state.ts";

const written: readonly Event[] = [
  { type: "note added", noteId: "n1", text: "Ada called", by: "u1" },
  { type: "cancel requested", by: "customer", note: "I, Ada, moved" },
  {
    type: "return requested",
    returnId: "r1",
    lines: [{ sku: "cup", quantity: 2, reason: "Ada's is broken" }],
    by: "customer",
  },
  { type: "return rejected", returnId: "r1", why: "Ada has used it" },
  { type: "refund granted", refundId: "f1", amount: 100, reason: "Ada was kind" },
  { type: "claim written off", writeOffId: "w1", amount: 100, reason: "Ada moved", by: "u1" },
  { type: "claim paid", claimPaymentId: "c1", amount: 100, how: "Ada brought it", by: "u1" },
];

test("what people wrote about a return or a refund goes, and what was sent back and paid stays", () => {
  const left = written.map(anonymous);
  assert.ok(!JSON.stringify(left).includes("Ada"), JSON.stringify(left));
  assert.deepEqual(left[2], {
    type: "return requested",
    returnId: "r1",
    lines: [{ sku: "cup", quantity: 2, reason: "" }],
    by: "customer",
  });
  assert.deepEqual(left[4], { type: "refund granted", refundId: "f1", amount: 100, reason: "" });
});

test("an event that says nothing of anybody stays the same, also when it is looked at again", () => {
  for (const event of written.map(anonymous)) assert.equal(anonymous(event), event);
  const ofReturn: Event = {
    type: "refund granted",
    refundId: "f1",
    returnId: "r1",
    amount: 1,
    reason: "It has arrived.",
  };
  assert.equal(anonymous(ofReturn), ofReturn);
});
