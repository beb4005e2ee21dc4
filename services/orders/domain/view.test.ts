import assert from "node:assert/strict";
import { test } from "node:test";
import { order } from "./order.ts";
import type { Event, Snapshot, State } from "./order-state.ts";
import { viewOf } from "./view.ts";

const snapshot: Snapshot = {
  orderId: "o1",
  number: "00000-00001",
  cartId: "c1",
  customerId: null,
  email: "shopper@example.com",
  currency: "EUR",
  lines: [
    { sku: "cup", quantity: 2, unitAmount: 450, title: "Cup", weightGrams: 300 },
    { sku: "pot", quantity: 1, unitAmount: 2_500, title: "Pot", weightGrams: 900 },
  ],
  totals: { subtotal: 3_400, discount: 0, shipping: 490, tax: 0, total: 3_890 },
  shippingMethod: "standard",
  shippingAddress: { name: "A", line1: "1 Street", city: "Town", postalCode: "1", country: "DE" },
};
const placed: Event = { type: "placed", order: snapshot };
const confirmed: Event = { type: "confirmed", paymentId: "p1", payment: "captured" };
const cancelRequested: Event = { type: "cancel requested", by: "customer", note: "wrong size" };
const cups = { shipmentId: "s1", trackingNumber: "T1", lines: [{ sku: "cup", quantity: 2 }] };
const pot = { shipmentId: "s2", trackingNumber: "T2", lines: [{ sku: "pot", quantity: 1 }] };

function view(...events: Event[]) {
  const state = events.reduce<State>(order.evolve, order.initial);
  return viewOf(
    state,
    events.map((event, i) => ({ at: `2030-01-01T12:00:0${i}.000Z`, event })),
  );
}
const states = (...events: Event[]) => {
  const { lifecycle, payment, fulfilment } = view(...events);
  return [lifecycle, payment, fulfilment];
};

test("an order is seen in each of its states", () => {
  assert.deepEqual(states(placed), ["pending", "none", "none"]);
  assert.deepEqual(states(placed, { type: "provider awaited" }), ["pending", "awaiting_provider", "none"]);
  assert.deepEqual(states(placed, confirmed), ["confirmed", "captured", "none"]);
  assert.deepEqual(states(placed, { type: "rejected", reason: "payment_declined", detail: "" }), [
    "rejected",
    "declined",
    "none",
  ]);
  assert.deepEqual(states(placed, confirmed, cancelRequested), ["cancel_pending", "captured", "none"]);
  assert.deepEqual(states(placed, cancelRequested, { type: "cancelled", reason: "customer" }), [
    "cancelled",
    "voided",
    "none",
  ]);
});

test("fulfilment follows the parcels, line by line", () => {
  const dispatched = (parcel: typeof cups): Event => ({ type: "dispatched", parcel });
  const delivered = (parcel: typeof cups): Event => ({ type: "delivered", parcel });
  assert.equal(view(placed, confirmed, dispatched(cups)).fulfilment, "partial");
  assert.equal(view(placed, confirmed, dispatched(cups), dispatched(pot)).fulfilment, "shipped");
  assert.equal(view(placed, confirmed, dispatched(cups), dispatched(pot), delivered(pot)).fulfilment, "shipped");
  const all = view(placed, confirmed, dispatched(cups), dispatched(pot), delivered(pot), delivered(cups));
  assert.equal(all.fulfilment, "delivered");
  assert.deepEqual(
    view(placed, confirmed, dispatched(cups)).lines.map(({ sku, shipped, delivered }) => [sku, shipped, delivered]),
    [
      ["cup", 2, 0],
      ["pot", 0, 0],
    ],
  );
});

test("a payment is partly or wholly refunded as the running total says", () => {
  const refunded = (refunded: number): Event => ({ type: "refunded", refunded });
  assert.equal(view(placed, confirmed, refunded(500)).payment, "partially_refunded");
  assert.equal(view(placed, confirmed, refunded(500), refunded(3_890)).payment, "refunded");
  assert.deepEqual(view(placed, confirmed, refunded(500)).refunded, { amount: 500, currency: "EUR" });
});

test("money that was taken for an order that was never confirmed was wholly given back", () => {
  const refunded: Event = { type: "refunded", refunded: 3_890 };
  const late = [placed, cancelRequested, refunded, { type: "cancelled", reason: "customer" }] satisfies Event[];
  assert.equal(view(...late).payment, "refunded");
});

test("the timeline tells people what happened, in order", () => {
  const refused: Event = { type: "cancel refused", why: "it had left" };
  assert.deepEqual(view(placed, confirmed, cancelRequested, refused, { type: "dispatched", parcel: cups }).timeline, [
    { at: "2030-01-01T12:00:00.000Z", what: "Order placed" },
    { at: "2030-01-01T12:00:01.000Z", what: "Paid and confirmed" },
    { at: "2030-01-01T12:00:02.000Z", what: "Cancellation requested by the customer", detail: "wrong size" },
    { at: "2030-01-01T12:00:03.000Z", what: "Cancellation refused", detail: "it had left" },
    { at: "2030-01-01T12:00:04.000Z", what: "Parcel dispatched", detail: "Tracking number T1" },
  ]);
});

test("what is picked up is told once, and as that: nothing was on its way", () => {
  const picked: Event = { type: "placed", order: { ...snapshot, shippingMethod: "pickup" } };
  const [left, arrived]: Event[] = [
    { type: "dispatched", parcel: cups },
    { type: "delivered", parcel: cups },
  ];
  assert.ok(left && arrived);
  const { timeline, lines } = view(picked, confirmed, left, arrived);
  assert.deepEqual(
    timeline.slice(2).map(({ what, detail }) => [what, detail]),
    [["Parcel picked up", "Tracking number T1"]],
  );
  assert.deepEqual([lines[0]?.shipped, lines[0]?.delivered], [2, 2]);
});

test("there is nothing to see of an order that was never placed", () => {
  assert.throws(() => viewOf(order.initial, []), /never placed/);
});
