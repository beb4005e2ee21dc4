import type { Instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db } from "@souk/postgres";
import type { Task } from "@souk/service";
import { inventory } from "../contract.ts";
import { reservationTable } from "../db/reservations.ts";

/** Puts the stock of lapsed holds back on sale, each in a transaction of its own. */
export const expireReservations = ({ db, publish, now }: { db: Db; publish: Publish; now: () => Instant }): Task => ({
  name: "expire-reservations",
  everyMs: 1_000,
  async run(signal) {
    for (let found = true; found && !signal.aborted; ) {
      found = await db.tx(async (tx) => {
        const expiredAt = now();
        const lapsed = await reservationTable(tx).expireNext(expiredAt);
        if (!lapsed) return false;
        const { orderId, lapses } = lapsed;
        await publish(tx, inventory.events.reservationExpired, {
          subject: orderId,
          sequence: lapses,
          data: { orderId, expiredAt },
        });
        return true;
      });
    }
  },
});
