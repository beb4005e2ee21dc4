import assert from "node:assert/strict";
import { test } from "node:test";
import { begun, type Charge, compare, follow, type Payment, refundable } from "./payment.ts";

const charge = { status: "succeeded", amount: 1000, currency: "EUR", captured: 1000, refunded: 0 } as const;
const fresh = begun("p1", "o1", { amount: 1000, currency: "EUR" }, "simulator", null);
const after = (charge: Charge, before: Payment = fresh) => follow(before, charge).after;
const payment = after(charge);

test("a refund in parts ends refunded, and nothing is left to give back", () => {
  const first = after({ ...charge, refunded: 400 }, payment);
  assert.equal(first.status, "partially_refunded");
  const second = after({ ...charge, refunded: 1000 }, first);
  assert.equal(second.status, "refunded");
  assert.equal(refundable(second), 0);
});

test("a declined charge takes nothing", () => {
  const declined = after({ ...charge, status: "declined", declineReason: "card_declined", captured: 0 });
  assert.equal(declined.status, "declined");
  assert.equal(refundable(declined), 0);
});

test("books that agree have no difference", () => {
  assert.equal(compare(payment, charge), undefined);
  assert.equal(compare(undefined, { ...charge, refunded: 1000 }), undefined);
});

test("money that only the provider knows of is found, and so is a refund that only we know of", () => {
  assert.equal(compare(undefined, charge)?.kind, "missing_here");
  assert.equal(compare(after({ ...charge, refunded: 1000 }, payment), charge)?.kind, "refund_differs");
});

test("who has taken money and says that it was let go of, or disputes what was never taken, is listed", () => {
  const taken = after(charge);
  assert.equal(compare(taken, { ...charge, status: "voided" })?.kind, "status_differs");
  assert.equal(compare(taken, { ...charge, status: "voided", captured: 0 })?.kind, "amount_differs");
  assert.deepEqual(follow(taken, { ...charge, status: "voided", captured: 0 }).facts, []);
  const voided = { ...charge, status: "voided" as const, captured: 0 };
  const nothing = after(voided, after({ ...charge, status: "authorized", captured: 0 }));
  assert.equal(compare(nothing, voided), undefined);
  const dispute = { disputeId: "d", status: "open" as const, amount: 1_000, reason: "fraudulent" };
  assert.equal(compare(nothing, { ...voided, dispute })?.kind, "dispute_differs");
});

test("a reservation that ends after a part of it was taken has lapsed, told once; one that is taken whole or given back has not", () => {
  const reserved = after({ ...charge, status: "authorized", captured: 0 });
  const part = after({ ...charge, status: "authorized", captured: 400 }, reserved);
  const factsOf = (told: Charge, before: Payment) => follow(before, told).facts.map(({ type }) => type);
  const gone = { ...charge, captured: 400 };
  assert.deepEqual(factsOf(gone, part), ["expired"]);
  assert.deepEqual(factsOf(gone, after(gone, part)), []);
  assert.deepEqual(factsOf(gone, reserved), ["captured", "expired"]);
  assert.deepEqual(factsOf(charge, part), ["captured"]);
  assert.deepEqual(factsOf({ ...gone, refunded: 400 }, part), ["refunded"]);
  assert.equal(after(gone, part).status, "captured");
});
