import { type Clock, instant } from "@souk/kernel";
import type { Handler } from "@souk/messaging";
import type { orders } from "@souk/orders/contract";
import type { AddressDigest, PersonKeys } from "@souk/service/personal-data";
import { insertConsignment } from "../db/consignments.ts";
import { insertShipment } from "../db/shipments.ts";
import { pack } from "../domain/packing.ts";
import { addressContext, keyOf } from "../keeper.ts";

type Deps = {
  clock: Clock;
  newId: () => string;
  newTrackingNumber: () => string;
  dispatchAfterMs: number;
  maxParcelGrams: number;
  keys: PersonKeys;
  digest: AddressDigest;
};

/** Beyond this it is a matter for a forwarder, and the last one a pallet. */
const maxParcels = 50;

/** Makes the parcels of an order that is paid, and hands them to the carrier. */
export const createShipment =
  (deps: Deps): Handler<typeof orders.events.confirmed> =>
  async ({ data, time }, tx) => {
    const { clock, newId, newTrackingNumber, dispatchAfterMs, maxParcelGrams, keys, digest } = deps;
    const { orderId, customerId, email, shippingMethod: method, lines, shippingAddress } = data;
    const sealed = (await keys.seal(tx, keyOf(orderId), addressContext, shippingAddress, time)) ?? null;
    const addressDigest = Buffer.from(digest(email), "hex");
    // False: made before, or cancelled before we heard of it. Nothing is to be sent.
    if (!(await insertConsignment(tx, { orderId, userId: customerId, addressDigest, sealed }))) return;
    const now = clock.now();
    for (const parcel of pack(lines, { maxGrams: maxParcelGrams, maxParcels })) {
      const trackingNumber = newTrackingNumber();
      const { lines, weightGrams } = parcel;
      const shipment = { shipmentId: newId(), orderId, trackingNumber, method, lines: [...lines], weightGrams };
      await insertShipment(tx, shipment, { now: instant(now), fetchAt: instant(now + dispatchAfterMs) });
    }
  };
