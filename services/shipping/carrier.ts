import { type Clock, instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db, Tx } from "@souk/postgres";
import { shipping } from "./contract.ts";
import { lockDue, moveTo, type Shipment, takeUnpublishedRates } from "./db/shipments.ts";
import { nextLeg, type Schedule } from "./domain/journey.ts";

type Deps = { db: Db; clock: Clock; publish: Publish; schedule: Schedule };

const batch = 100;

/** The simulated carrier: moves due parcels one leg on, until none is due. */
export const moveParcels =
  ({ db, clock, publish, schedule }: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    for (let moved = batch; moved === batch && !signal.aborted; ) {
      moved = await db.tx(async (tx) => {
        const due = await lockDue(tx, instant(clock.now()), batch);
        for (const shipment of due) await move(tx, shipment);
        return due.length;
      });
    }

    async function move(tx: Tx, { status, published, ...shipment }: Shipment) {
      const leg = nextLeg(status, schedule);
      if (!leg) throw new Error(`a ${status} shipment is due to move`);
      const now = clock.now();
      const event =
        leg.status === "dispatched"
          ? shipping.events.dispatched
          : leg.status === "delivered"
            ? shipping.events.delivered
            : undefined;
      const sequence = event ? published + 1 : published;
      const nextAt = leg.nextAfterMs === null ? null : instant(now + leg.nextAfterMs);
      await moveTo(tx, shipment.shipmentId, { status: leg.status, published: sequence, now: instant(now), nextAt });
      const { shipmentId, orderId, trackingNumber, lines } = shipment;
      if (event)
        await publish(tx, event, {
          subject: shipmentId,
          sequence,
          data: { shipmentId, orderId, trackingNumber, lines },
        });
    }
  };

/** Tells the others of new rates, once. */
export const publishRates =
  ({ db, publish }: Pick<Deps, "db" | "publish">) =>
  async (): Promise<void> => {
    await db.tx(async (tx) => {
      const changed = await takeUnpublishedRates(tx);
      if (!changed) return;
      const { rates, version } = changed;
      await publish(tx, shipping.events.ratesChanged, { subject: "rates", sequence: version, data: { rates } });
    });
  };
