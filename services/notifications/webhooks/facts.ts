import type { Static } from "@souk/contract";
import { inventory } from "@souk/inventory/contract";
import { orders } from "@souk/orders/contract";
import { payments } from "@souk/payments/contract";
import { shipping } from "@souk/shipping/contract";

type OrderEvents = typeof orders.events;
type Data<E extends { schema: import("@souk/contract").TSchema }> = Static<E["schema"]>;

/** What merchants can hear of. */
export const webhookTypes = [
  orders.events.placed.type,
  orders.events.confirmed.type,
  orders.events.rejected.type,
  orders.events.cancelled.type,
  orders.events.restCancelled.type,
  orders.events.completed.type,
  orders.events.returnRequested.type,
  orders.events.returnApproved.type,
  orders.events.returnRejected.type,
  orders.events.returnReceived.type,
  shipping.events.dispatched.type,
  shipping.events.delivered.type,
  shipping.events.lost.type,
  payments.events.refunded.type,
  inventory.events.low.type,
] as const;
export type WebhookType = (typeof webhookTypes)[number];

/** What merchants are told of each. Nothing that says who a customer is leaves by a webhook: what more they need, they ask for with an API key. */
export const told = {
  placed: (d: Data<OrderEvents["placed"]>) => d,
  confirmed: ({
    orderId,
    number,
    currency,
    lines,
    totals,
    shippingMethod,
    shippingAddress,
  }: Data<OrderEvents["confirmed"]>) => ({
    ...{ orderId, number, currency, totals, shippingMethod, lines },
    country: shippingAddress.country,
  }),
  ended: ({ orderId, number, reason }: Data<OrderEvents["rejected"]>) => ({ orderId, number, reason }),
  restCancelled: ({ email: _, ...fact }: Data<OrderEvents["restCancelled"]>) => fact,
  completed: ({ orderId, number }: Data<OrderEvents["completed"]>) => ({ orderId, number }),
  returned: <D extends { email: string }>({ email: _, ...fact }: D) => fact,
  parcel: ({ shipmentId, orderId, trackingNumber, lines }: Data<typeof shipping.events.dispatched>) => ({
    ...{ shipmentId, orderId, trackingNumber, lines },
  }),
  refunded: (d: Data<typeof payments.events.refunded>) => d,
  low: (d: Data<typeof inventory.events.low>) => d,
};
