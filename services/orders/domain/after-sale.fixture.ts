import type { Command, Event, Parcel, Snapshot } from "./order-state.ts";

export const snapshot: Snapshot = {
  orderId: "o1",
  number: "00000-00001",
  cartId: "c1",
  customerId: null,
  email: "shopper@example.com",
  currency: "EUR",
  lines: [
    { sku: "cup", quantity: 3, unitAmount: 450, title: "Cup", weightGrams: 300, discounts: [discount(100)] },
    { sku: "pot", quantity: 1, unitAmount: 2_500, title: "Pot", weightGrams: 900 },
  ],
  totals: { subtotal: 3_850, discount: 100, shipping: 490, tax: 0, total: 4_240 },
  shippingMethod: "standard",
  shippingAddress: { name: "A", line1: "1 Street", city: "Town", postalCode: "1", country: "DE" },
};
function discount(amount: number) {
  return { promotionId: "p", code: null, name: "Three cups", amount };
}

export const parcel = (shipmentId: string, ...lines: Parcel["lines"]): Parcel => ({
  shipmentId,
  trackingNumber: shipmentId,
  lines,
});
export const cups = parcel("s1", { sku: "cup", quantity: 3 });
const delivered = (one: Parcel): Event[] => [
  { type: "dispatched", parcel: one },
  { type: "delivered", parcel: one },
];
export const confirmed: Event[] = [
  { type: "placed", order: snapshot },
  { type: "confirmed", paymentId: "p1", payment: "captured" },
];
/** The same, whose money is only reserved. */
export const reserved: Event[] = [
  { type: "placed", order: snapshot },
  { type: "confirmed", paymentId: "p1", payment: "authorized" },
];
export const arrived: Event[] = [...confirmed, ...delivered(cups)];
export const ask = (quantity: number, sku = "cup", returnId = "r1"): Command => ({
  type: "request return",
  returnId,
  lines: [{ sku, quantity, reason: "Too small" }],
  by: "customer",
});
export const askedFor = (quantity: number, returnId = "r1"): Event => ({
  type: "return requested",
  returnId,
  lines: [{ sku: "cup", quantity, reason: "Too small" }],
  by: "customer",
});
export const approved: Event = { type: "return approved", returnId: "r1" };
export const receive = (sellable: number, damaged = 0, refundId = "f1"): Command => ({
  type: "receive return",
  returnId: "r1",
  refundId,
  exchangeOrderId: "x1",
  lines: [
    ...(sellable > 0 ? [{ sku: "cup", quantity: sellable, condition: "sellable" as const }] : []),
    ...(damaged > 0 ? [{ sku: "cup", quantity: damaged, condition: "damaged" as const }] : []),
  ],
});
export const reason = "What was returned has arrived.";
export const granted = (refundId: string, amount: number): Event => ({
  type: "refund granted",
  refundId,
  amount,
  reason: "Sorry",
});
export const grant = (refundId: string, amount: number): Command => ({
  type: "grant refund",
  refundId,
  amount,
  reason: "Sorry",
});
