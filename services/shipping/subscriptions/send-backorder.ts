import type { Handler } from "@souk/messaging";
import type { orders } from "@souk/orders/contract";
import { takeAwaited } from "../db/consignments.ts";
import type { MakeParcels } from "../parcels.ts";

/**
 * Sends what an order waited for.
 * @throws Error when the order is not known here: what comes of it is told after its confirmation
 */
export const sendBackorder =
  (makeParcels: MakeParcels): Handler<typeof orders.events.backorderFilled> =>
  async ({ data: { orderId, shippingMethod, lines } }, tx) => {
    const units = lines.reduce((sum, { quantity }) => sum + quantity, 0);
    const isSent = await takeAwaited(tx, orderId, units);
    if (isSent === undefined) throw new Error(`order ${orderId} waits for stock and was never confirmed here`);
    if (isSent) await makeParcels(tx, orderId, shippingMethod, lines);
  };
