import { type Clock, instant } from "@souk/kernel";
import type { Handler } from "@souk/messaging";
import type { orders } from "@souk/orders/contract";
import { insertShipment } from "../db/shipments.ts";

type Deps = { clock: Clock; newId: () => string; newTrackingNumber: () => string; dispatchAfterMs: number };

export const createShipment =
  ({ clock, newId, newTrackingNumber, dispatchAfterMs }: Deps): Handler<typeof orders.events.confirmed> =>
  async ({ data: { orderId, shippingMethod: method, lines } }, tx) => {
    const shipment = {
      shipmentId: newId(),
      orderId,
      trackingNumber: newTrackingNumber(),
      method,
      lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    };
    const now = clock.now();
    // False: cancelled before we heard of it. Nothing is to be sent.
    await insertShipment(tx, shipment, { now: instant(now), nextAt: instant(now + dispatchAfterMs) });
  };
