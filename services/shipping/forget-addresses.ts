import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { PersonKeys } from "@souk/service/personal-data";
import { consignmentTable } from "./db/consignments.ts";
import { keyOf } from "./keeper.ts";

type Deps = { db: Db; clock: Clock; keys: PersonKeys; afterMs: number };

const batch = 500;

/** Where an order went is not needed for ever: for complaints a while, then it goes, and its key with it. */
export const forgetAddresses =
  ({ db, clock, keys, afterMs }: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    for (let forgotten = batch; forgotten === batch && !signal.aborted; ) {
      forgotten = await db.tx(async (tx) => {
        const arrived = await consignmentTable(tx).arrivedBefore(instant(clock.now() - afterMs), batch);
        const orderIds = arrived.map(({ orderId }) => orderId);
        await consignmentTable(tx).forget(orderIds);
        if (orderIds.length > 0) await keys.destroy(tx, orderIds.map(keyOf), instant(clock.now()));
        return orderIds.length;
      });
    }
  };
