import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import { takeBack } from "./db/carrier.ts";
import { barConsignment, consignmentTable } from "./db/consignments.ts";
import { type Line, lockParcelsOf, moveTo } from "./db/shipments.ts";
import { errors } from "./errors.ts";

type Deps = { db: Db; clock: Clock };

/**
 * Makes sure that nothing of an order is ever sent: all of its parcels, or, when one has left, none of them. The carrier decides, because it
 * may have fetched what it has not told us of.
 */
export const cancelShipments =
  ({ db, clock }: Deps) =>
  (orderId: string): Promise<void> =>
    db.tx(async (tx) => {
      await barConsignment(tx, orderId);
      const parcels = await lockParcelsOf(tx, orderId);
      for (const { trackingNumber, status, shipmentId, published } of parcels) {
        if (status === "cancelled") continue;
        // Rolls back: what was cancelled just now goes on as well.
        if (status !== "created" || !(await takeBack(tx, trackingNumber))) throw errors.AlreadyDispatched({ orderId });
        await moveTo(tx, shipmentId, { status: "cancelled", published, at: instant(clock.now()) });
      }
      await consignmentTable(tx).forget([orderId]);
    });

export type HeldBack = { readonly left: Line[] };

/**
 * Makes sure that nothing more of an order is sent. @returns what has left or is about to: the same, however often it is asked
 */
export const holdBackShipments =
  ({ db, clock }: Deps) =>
  (orderId: string): Promise<HeldBack> =>
    db.tx(async (tx) => {
      await barConsignment(tx, orderId);
      const left: Line[] = [];
      for (const parcel of await lockParcelsOf(tx, orderId)) {
        const { trackingNumber, shipmentId, status, published } = parcel;
        const isFree = status === "created" && (await takeBack(tx, trackingNumber));
        if (isFree) await moveTo(tx, shipmentId, { status: "cancelled", published, at: instant(clock.now()) });
        else if (status !== "cancelled") left.push(...parcel.lines);
      }
      return { left };
    });
