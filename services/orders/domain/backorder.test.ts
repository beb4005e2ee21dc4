import assert from "node:assert/strict";
import { test } from "node:test";
import { given } from "@souk/testing";
import { awaited, type Backorder, filled } from "./backorder.ts";
import { order } from "./order.ts";
import type { Event, State } from "./order-state.ts";
import { viewOf } from "./view.ts";

const promised = [
  { sku: "cup", quantity: 3 },
  { sku: "pot", quantity: 1 },
];
const after = (backorder: Backorder, ...fills: [sku: string, quantity: number, outstanding: number][]) =>
  awaited(fills.reduce((so, [sku, quantity, outstanding]) => filled(so, { sku, quantity, outstanding }), backorder));

test("an order waits for what was promised less what has come", () => {
  const backorder = { promised, fills: [] };
  assert.deepEqual(after(backorder), promised);
  assert.deepEqual(after(backorder, ["cup", 2, 2]), [
    { sku: "cup", quantity: 1 },
    { sku: "pot", quantity: 1 },
  ]);
  assert.deepEqual(after(backorder, ["cup", 2, 2], ["pot", 1, 1], ["cup", 1, 0]), []);
});

test("what had come before the promise was answered is in the answer already", () => {
  const answered = { promised: [{ sku: "cup", quantity: 1 }], fills: [] };
  assert.deepEqual(after(answered, ["cup", 2, 1]), [{ sku: "cup", quantity: 1 }], "of three two had come");
  assert.deepEqual(after(answered, ["cup", 2, 1], ["cup", 1, 0]), []);
});

test("an order that waits for nothing is told of no stock", () => {
  assert.deepEqual(after({ promised: [], fills: [] }, ["cup", 1, 0]), []);
});

const placed: Event = {
  type: "placed",
  order: {
    ...{ orderId: "o1", number: "00000-00001", cartId: "c1", customerId: null, email: "a@example.com" },
    currency: "EUR",
    lines: [{ sku: "cup", quantity: 4, unitAmount: 450, title: "Cup", weightGrams: 300 }],
    totals: { subtotal: 1_800, discount: 0, shipping: 0, tax: 0, total: 1_800 },
    shippingMethod: "standard",
    shippingAddress: { name: "A", line1: "1 Street", city: "Town", postalCode: "1", country: "DE" },
  },
};
const cups = (quantity: number) => [{ sku: "cup", quantity }];
const confirmed: Event = { type: "confirmed", paymentId: "p1", payment: "captured", backordered: cups(3) };
const fill = { sku: "cup", quantity: 2, outstanding: 1 };
const seen = (...events: Event[]) =>
  viewOf(
    events.reduce<State>(order.evolve, order.initial),
    events.map((event) => ({ at: "2026-11-21T12:00:00.000Z", event })),
  );

test("whoever looks at the order sees what it waits for, and what has come", () => {
  const waiting = seen(placed, confirmed);
  assert.equal(waiting.lines[0]?.backordered, 3);
  assert.equal(waiting.timeline[1]?.detail, "Not in stock yet: 3 × cup");
  const { lines, timeline } = seen(placed, confirmed, { type: "backorder filled", ...fill });
  assert.equal(lines[0]?.backordered, 1);
  assert.deepEqual([timeline[2]?.what, timeline[2]?.detail], ["Stock has come", "2 × cup"]);
  const last: Event = { type: "backorder filled", sku: "cup", quantity: 1, outstanding: 0 };
  const done = seen(placed, confirmed, { type: "backorder filled", ...fill }, last);
  assert.equal(done.lines[0]?.backordered, undefined);
});

test("stock that comes is written down until the order has ended", () => {
  const come = { type: "fill backorder", ...fill } as const;
  const filledEvent: Event = { type: "backorder filled", ...fill };
  given(order, [placed]).when(come).then(filledEvent);
  given(order, [placed, confirmed]).when(come).then(filledEvent);
  given(order, [placed, confirmed, { type: "cancel requested", by: "customer" }])
    .when(come)
    .then(filledEvent);
  given(order, [placed, { type: "rejected", reason: "invalid", detail: "" }])
    .when(come)
    .then();
});
