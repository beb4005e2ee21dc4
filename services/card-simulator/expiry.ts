import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import { expireOpen } from "./db/book.ts";
import { insertWebhooks } from "./db/webhooks.ts";

type Deps = { db: Db; clock: Clock; newId: () => string; ttlMs: number };

const batch = 100;

/** Lets go of what was reserved and never taken, and tells the merchant. */
export const expireAuthorizations =
  ({ db, clock, newId, ttlMs }: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    for (let lapsed = batch; lapsed === batch && !signal.aborted; ) {
      const now = instant(clock.now());
      lapsed = await db.tx(async (tx) => {
        const keys = await expireOpen(tx, instant(clock.now() - ttlMs), now, batch);
        for (const key of keys)
          await insertWebhooks(tx, key, "charge.expired", [{ webhookId: `evt_${newId()}`, dueAt: now }]);
        return keys.length;
      });
    }
  };
