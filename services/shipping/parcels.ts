import { type Clock, instant } from "@souk/kernel";
import type { Tx } from "@souk/postgres";
import { insertShipment, type Method } from "./db/shipments.ts";
import { type Item, pack } from "./domain/packing.ts";

type Deps = {
  clock: Clock;
  newId: () => string;
  newTrackingNumber: () => string;
  dispatchAfterMs: number;
  maxParcelGrams: number;
};

/** Beyond this it is a matter for a forwarder, and the last one a pallet. */
const maxParcels = 50;

/** Puts some of an order into parcels, and hands them to the carrier, who leaves alone what is picked up. */
export const parcelMaker =
  ({ clock, newId, newTrackingNumber, dispatchAfterMs, maxParcelGrams }: Deps) =>
  async (tx: Tx, orderId: string, method: Method, items: readonly Item[]): Promise<void> => {
    const now = clock.now();
    for (const { lines, weightGrams } of pack(items, { maxGrams: maxParcelGrams, maxParcels })) {
      const shipment = { shipmentId: newId(), orderId, trackingNumber: newTrackingNumber(), method };
      const times = { now: instant(now), fetchAt: method === "pickup" ? null : instant(now + dispatchAfterMs) };
      await insertShipment(tx, { ...shipment, lines: [...lines], weightGrams }, times);
    }
  };
export type MakeParcels = ReturnType<typeof parcelMaker>;
