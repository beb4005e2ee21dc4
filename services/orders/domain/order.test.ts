import { test } from "node:test";
import { given } from "@souk/testing";
import { errors } from "../errors.ts";
import { order } from "./order.ts";
import type { Snapshot } from "./order-state.ts";

const snapshot: Snapshot = {
  orderId: "o1",
  number: "00000-00001",
  cartId: "c1",
  customerId: null,
  email: "shopper@example.com",
  currency: "EUR",
  lines: [
    { sku: "cup", quantity: 2, unitAmount: 450, title: "Cup", weightGrams: 300 },
    { sku: "pot", quantity: 1, unitAmount: 2500, title: "Pot", weightGrams: 900 },
  ],
  totals: { subtotal: 3400, discount: 0, shipping: 490, tax: 0, total: 3890 },
  shippingMethod: "standard",
  shippingAddress: { name: "A", line1: "1 Street", city: "Town", postalCode: "1", country: "DE" },
};
const placed = { type: "placed", order: snapshot } as const;
const confirm = { type: "confirm", paymentId: "p1", payment: "captured" } as const;
const confirmed = { ...confirm, type: "confirmed" } as const;
const requestCancel = { type: "request cancel", by: "customer" } as const;
const cancelRequested = { type: "cancel requested", by: "customer" } as const;
const cups = { shipmentId: "s1", trackingNumber: "T1", lines: [{ sku: "cup", quantity: 2 }] };
const pot = { shipmentId: "s2", trackingNumber: "T2", lines: [{ sku: "pot", quantity: 1 }] };

test("an order placed twice is placed once", () => {
  given(order, [placed]).when({ type: "place", order: snapshot }).then();
});

test("a pending order is confirmed, and confirming again changes nothing", () => {
  given(order, [placed]).when(confirm).then(confirmed);
  given(order, [placed, confirmed]).when(confirm).then();
});

test("an order whose cancellation was asked for is not confirmed any more", () => {
  given(order, [placed, cancelRequested]).when(confirm).rejects(errors.CannotConfirm);
});

test("a rejection of an order being cancelled is its cancellation", () => {
  given(order, [placed, cancelRequested])
    .when({ type: "reject", reason: "invalid", detail: "" })
    .then({ type: "cancelled", reason: "customer" });
});

test("a confirmed order cannot be rejected", () => {
  given(order, [placed, confirmed]).when({ type: "reject", reason: "out_of_stock", detail: "" }).then();
});

test("a confirmed order can be cancelled until a parcel has left", () => {
  given(order, [placed, confirmed]).when(requestCancel).then(cancelRequested);
  given(order, [placed, confirmed, { type: "dispatched", parcel: cups }])
    .when(requestCancel)
    .rejects(errors.CannotCancel);
});

test("asking twice to cancel asks once", () => {
  given(order, [placed, confirmed, cancelRequested]).when(requestCancel).then();
});

test("a refused cancellation leaves a confirmed order that goes on to completion", () => {
  const refused = { type: "cancel refused", why: "it had left" } as const;
  given(order, [
    placed,
    confirmed,
    cancelRequested,
    refused,
    { type: "dispatched", parcel: cups },
    { type: "delivered", parcel: cups },
  ])
    .when({ type: "deliver", parcel: pot })
    .then({ type: "dispatched", parcel: pot }, { type: "delivered", parcel: pot }, { type: "completed" });
});

test("an order that was delivered while its cancellation was being asked for is complete once that is refused", () => {
  const refused = { type: "cancel refused", why: "it had left" } as const;
  const arrived = [cups, pot].flatMap((parcel) => [
    { type: "dispatched", parcel } as const,
    { type: "delivered", parcel } as const,
  ]);
  given(order, [placed, confirmed, cancelRequested, ...arrived])
    .when({ type: "refuse cancel", why: "it had left" })
    .then(refused, { type: "completed" });
});

test("cancelling a paid order records what was given back", () => {
  given(order, [placed, confirmed, cancelRequested])
    .when({ type: "cancel", refunded: 3890 })
    .then({ type: "refunded", refunded: 3890 }, { type: "cancelled", reason: "customer" });
});

test("a refund told twice, or late, counts once", () => {
  given(order, [placed, confirmed, { type: "refunded", refunded: 500 }])
    .when({ type: "record refund", refunded: 500, amount: 500 })
    .then();
  given(order, [placed, confirmed, { type: "refunded", refunded: 500 }])
    .when({ type: "record refund", refunded: 300, amount: 300 })
    .then();
});

test("a parcel told of twice counts once", () => {
  given(order, [placed, confirmed, { type: "dispatched", parcel: cups }])
    .when({ type: "dispatch", parcel: cups })
    .then();
});
