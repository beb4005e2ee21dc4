import type { Handlers } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { inventory } from "./contract.ts";
import { type Returned, returnTable } from "./db/returns.ts";
import { errors } from "./errors.ts";

type Deps = { readonly db: Sql; readonly clock: Clock };

/** What customers send back, for the return's saga. */
export const returnRoutes = ({ db, clock }: Deps): Pick<Handlers<typeof inventory>, "takeBack"> => ({
  async takeBack({ params: { returnId }, body: { orderId, lines } }) {
    const returned = new Map<string, Returned>();
    for (const { sku, quantity, condition } of lines) {
      const before = returned.get(sku) ?? { sku, quantity: 0, damaged: 0 };
      const damaged = before.damaged + (condition === "damaged" ? quantity : 0);
      returned.set(sku, { sku, quantity: before.quantity + quantity, damaged });
    }
    const known = await returnTable(db).takeBack(returnId, orderId, [...returned.values()], instant(clock.now()));
    if (!known) throw errors.ReservationNotFound({ orderId });
    return {};
  },
});
