import type { Publish } from "@souk/messaging";
import type { Db, Tx } from "@souk/postgres";
import { shipping } from "../contract.ts";
import type { TrackingEvent } from "../db/carrier.ts";
import { lockReturnParcel, moveReturnParcel } from "../db/return-parcels.ts";
import { lockShipment, moveTo, type Shipment } from "../db/shipments.ts";
import { type Status, stepsTo } from "../domain/journey.ts";

type Deps = { db: Db; publish: Publish };

/** Takes what a carrier tells: each step of a parcel is recorded and published once, whatever is told twice, late or not at all. */
export function tracking({ db, publish }: Deps) {
  async function take(tx: Tx, { trackingNumber, status, at }: TrackingEvent): Promise<void> {
    const shipment = await lockShipment(tx, trackingNumber);
    if (!shipment) return takeReturned(tx, { trackingNumber, status, at });
    let { published } = shipment;
    for (const step of stepsTo(shipment.status, status)) {
      const event = eventOf(step);
      if (event) published += 1;
      await moveTo(tx, shipment.shipmentId, { status: step, published, at });
      if (!event) continue;
      const isCollected = step === "dispatched" && status === "delivered" && shipment.method === "pickup";
      const data = { ...factOf(shipment), ...(isCollected && { collected: true }) };
      await publish(tx, event, { subject: shipment.shipmentId, sequence: published, data });
    }
  }

  /** On its way back to us: shown, and nothing follows from it until somebody has looked at what is in it. */
  async function takeReturned(tx: Tx, { trackingNumber, status, at }: Omit<TrackingEvent, "id">): Promise<void> {
    const parcel = await lockReturnParcel(tx, trackingNumber);
    if (!parcel) return; // another merchant's, or one that was never ours
    const steps = stepsTo(parcel.status, status);
    const events = [...parcel.events, ...steps.map((step) => ({ status: step, at }))];
    const [last] = steps.slice(-1);
    if (last) await moveReturnParcel(tx, trackingNumber, { status: last, events });
  }

  /** In one order, so that two who are told of the same parcels do not wait for each other. */
  return (events: readonly TrackingEvent[]): Promise<void> =>
    db.tx(async (tx) => {
      const inOrder = events.toSorted((a, b) => compare(a.trackingNumber, b.trackingNumber) || compare(a.at, b.at));
      for (const event of inOrder) await take(tx, event);
    });
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const factOf = ({ shipmentId, orderId, trackingNumber, lines }: Shipment) => ({
  shipmentId,
  orderId,
  trackingNumber,
  lines,
});

function eventOf(status: Status) {
  switch (status) {
    case "dispatched":
      return shipping.events.dispatched;
    case "delivered":
      return shipping.events.delivered;
    case "lost":
      return shipping.events.lost;
    default:
      return undefined;
  }
}
