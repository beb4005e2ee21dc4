import assert from "node:assert/strict";
import { test } from "node:test";
import { given } from "@souk/testing";
import { order } from "./order.ts";
import type { Event, State } from "./order-state.ts";
import { viewOf } from "./view.ts";

/** As they lie in shops that ran before there were promotions, parcels of a part, returns and refunds of a part. */
const delivered = `[
  {"type":"placed","order":{"orderId":"019d0000-0000-7000-8000-000000000001","number":"7K3M9-Q2XHT","cartId":"019d0000-0000-7000-8000-000000000002","customerId":null,"email":"shopper@example.com","currency":"EUR","lines":[{"sku":"cup","quantity":2,"unitAmount":450,"title":"Cup","weightGrams":300}],"totals":{"subtotal":900,"discount":0,"shipping":490,"tax":0,"total":1390},"shippingMethod":"standard","shippingAddress":{"name":"A","line1":"1 Street","city":"Town","postalCode":"1","country":"DE"}}},
  {"type":"provider awaited"},
  {"type":"confirmed","paymentId":"019d0000-0000-7000-8000-000000000003","payment":"captured"},
  {"type":"dispatched","parcel":{"shipmentId":"s1","trackingNumber":"SK0000000001","lines":[{"sku":"cup","quantity":2}]}},
  {"type":"delivered","parcel":{"shipmentId":"s1","trackingNumber":"SK0000000001","lines":[{"sku":"cup","quantity":2}]}},
  {"type":"completed"}
]`;
const cancelled = `[
  {"type":"cancel requested","by":"customer","note":"Too many"},
  {"type":"refunded","refunded":1390},
  {"type":"cancelled","reason":"customer"}
]`;
// as: that they are still events is what is tested
const recorded = (text: string) => JSON.parse(text) as Event[];
const viewed = (events: readonly Event[]) => {
  const state = events.reduce<State>(order.evolve, order.initial);
  return viewOf(
    state,
    events.map((event) => ({ at: "2026-11-20T12:00:00.000Z", event })),
  );
};

test("an order that was recorded before there were returns is seen as it was", () => {
  const { lifecycle, payment, fulfilment, returns, refunds, refunded, lines, totals } = viewed(recorded(delivered));
  assert.deepEqual([lifecycle, payment, fulfilment, returns], ["completed", "captured", "delivered", "none"]);
  assert.deepEqual([refunds, refunded.amount, totals.total.amount], [[], 0, 1_390]);
  assert.deepEqual([lines[0]?.returnRequested, lines[0]?.returnReceived, lines[0]?.writtenOff], [0, 0, 0]);
});

test("and can be returned, at what it cost", () => {
  const lines = [{ sku: "cup", quantity: 1, reason: "Chipped" }];
  const asked: Event = { type: "return requested", returnId: "r1", lines, by: "customer" };
  const received = [{ sku: "cup", quantity: 1, condition: "damaged" as const }];
  given(order, recorded(delivered)).when({ type: "request return", returnId: "r1", lines, by: "customer" }).then(asked);
  given(order, [...recorded(delivered), asked, { type: "return approved", returnId: "r1" }])
    .when({ type: "receive return", returnId: "r1", lines: received, refundId: "f1", exchangeOrderId: "x1" })
    .then(
      { type: "return received", returnId: "r1", lines: received, value: 450 },
      { type: "refund granted", refundId: "f1", returnId: "r1", amount: 450, reason: "What was returned has arrived." },
    );
});

test("one that was recorded as cancelled and refunded still is", () => {
  const { lifecycle, payment, refunded, refunds } = viewed([
    ...recorded(delivered).slice(0, 3),
    ...recorded(cancelled),
  ]);
  assert.deepEqual([lifecycle, payment, refunded.amount, refunds], ["cancelled", "refunded", 1_390, []]);
});
