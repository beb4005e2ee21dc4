import type { Publish } from "@souk/messaging";
import type { Db } from "@souk/postgres";
import type { Task } from "@souk/service";
import { inventory } from "../contract.ts";
import { takeUnannounced } from "../db/unannounced.ts";

/** Few enough that their rows are locked for a few milliseconds only. */
const batch = 100;

/**
 * Tells of changed stock, not of every change: a thing that sells fifty times a second makes two events a second. An event per order
 * line would cost the shop more than the reservation itself.
 */
export const announceStock = ({ db, publish, threshold }: { db: Db; publish: Publish; threshold: number }): Task => ({
  name: "announce-stock",
  everyMs: 500,
  async run(signal) {
    for (let taken = batch; taken === batch && !signal.aborted; ) {
      taken = await db.tx(async (tx) => {
        const changes = await takeUnannounced(tx, batch, threshold);
        await Promise.all(
          changes.flatMap(({ sku, version, onHand, reserved, forSale, available, threshold, fell }) => {
            const fact = { subject: sku, sequence: version };
            const data = { sku, onHand, reserved, available: forSale };
            const changed = publish(tx, inventory.events.stockChanged, { ...fact, data });
            if (!fell) return [changed];
            return [changed, publish(tx, inventory.events.low, { ...fact, data: { sku, available, threshold } })];
          }),
        );
        return changes.length;
      });
    }
  },
});
