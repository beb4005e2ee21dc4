import type { Handlers } from "@souk/http";
import type { Db } from "@souk/postgres";
import { stockOf } from "./book.ts";
import type { inventory } from "./contract.ts";
import { locationTable, putLocation, removeLocation } from "./db/locations.ts";
import { putRules } from "./db/rules.ts";
import { errors } from "./errors.ts";

type Names = "locations" | "putLocation" | "removeLocation" | "allocation" | "putAllocation" | "putRules";
type Shown = { readonly name: string | null };

export const placeRoutes = ({ db }: { readonly db: Db }): Pick<Handlers<typeof inventory>, Names> => {
  const table = locationTable(db);
  const shown = <P extends Shown>({ name, ...place }: P) => ({ ...place, ...(name !== null && { name }) });

  return {
    locations: async () => ({ data: (await table.list()).map(shown) }),
    putLocation: async ({ params: { location }, body }) => shown(await db.tx((tx) => putLocation(tx, location, body))),

    async removeLocation({ params: { location } }) {
      if (!(await db.tx((tx) => removeLocation(tx, location)))) throw errors.LocationInUse({ location });
      return {};
    },

    allocation: async () => ({ strategy: await table.strategy() }),
    async putAllocation({ body: { strategy } }) {
      await table.setStrategy(strategy);
      return { strategy };
    },

    putRules: ({ params: { sku }, body }) =>
      db.tx(async (tx) => {
        await putRules(tx, sku, body);
        return stockOf(tx, sku);
      }),
  };
};
