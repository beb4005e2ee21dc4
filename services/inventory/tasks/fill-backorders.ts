import type { Instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db } from "@souk/postgres";
import type { Task } from "@souk/service";
import { inventory } from "../contract.ts";
import { reservationTable } from "../db/reservations.ts";

/** Gives what has come to the orders that were promised it, first come first served, each in a transaction of its own. */
export const fillBackorders = ({ db, publish, now }: { db: Db; publish: Publish; now: () => Instant }): Task => ({
  name: "fill-backorders",
  everyMs: 1_000,
  async run(signal) {
    for (let found = true; found && !signal.aborted; ) {
      found = await db.tx(async (tx) => {
        const given = await reservationTable(tx).fillNext(now());
        if (!given) return false;
        const { orderId, sku, quantity, owed, filled } = given;
        await publish(tx, inventory.events.backorderFilled, {
          subject: orderId,
          sequence: filled,
          data: { orderId, sku, quantity, outstanding: owed },
        });
        return true;
      });
    }
  },
});
