import type { Principal } from "@souk/contract";
import { answer, type Handlers, page } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import type { inventory, Stock } from "./contract.ts";
import { locationTable, stockTable } from "./db/stock.ts";
import { errors } from "./errors.ts";
import { reservationRoutes } from "./reservation-routes.ts";
import { returnRoutes } from "./return-routes.ts";

const locationLimit = 1_000_000_000; // as the constraint location_is_finite says

type Deps = { readonly db: Db; readonly clock: Clock; readonly holdForMs: number };

export const routes = ({ db, clock, holdForMs }: Deps): Handlers<typeof inventory> => {
  const stock = stockTable(db);
  const locations = locationTable(db);
  const now = () => instant(clock.now());

  return {
    async bySku({ params: { sku } }) {
      return (await stock.find(sku)) ?? notFound(sku);
    },

    async list({ query: { page: number = 1, limit = 20, low } }) {
      const { items, total } = await stock.page({ page: number, limit, low });
      return page({ items, total, page: number, limit }, "/v1/inventory", { low });
    },

    async receive({ params: { sku }, body: { quantity, location = "main" }, principal, once }) {
      const after = await once((tx) =>
        book(tx, { kind: "receipt", sku, location, quantity, actor: actorOf(principal), at: now() }),
      );
      return answer(201, after, { location: `/v1/inventory/${encodeURIComponent(sku)}` });
    },

    async adjust({ params: { sku }, body: { quantity, reason, location = "main" }, principal, once }) {
      const after = await once(async (tx) => {
        if (quantity === 0) throw errors.NoAdjustment();
        return book(tx, { kind: "adjustment", sku, location, quantity, reason, actor: actorOf(principal), at: now() });
      });
      return answer(201, after, { location: `/v1/inventory/${encodeURIComponent(sku)}` });
    },

    locations: async () => ({ data: await locations.list() }),

    async putLocation({ params: { location }, body: { priority } }) {
      await locations.put(location, priority);
      return { location, priority };
    },

    async history({ query: { after = "", limit = 1_000 } }) {
      const data = await stock.after(after, limit);
      return { data, next: data.length === limit ? (data.at(-1)?.sku ?? null) : null };
    },

    ...returnRoutes({ db, clock }),
    ...reservationRoutes({ db, clock, holdForMs }),
  };
};

/** The stock after the booking. */
async function book(tx: Tx, booking: Parameters<ReturnType<typeof stockTable>["book"]>[0]): Promise<Stock> {
  const stock = stockTable(tx);
  const { outcome, available } = await stock.book(booking);
  const { sku, location, quantity } = booking;
  switch (outcome) {
    case "done":
      return (await stock.find(sku)) ?? notFound(sku);
    case "no location":
      throw errors.LocationNotFound({ location });
    case "unknown":
      throw errors.StockNotFound({ sku });
    case "too large":
      throw errors.AdjustmentTooLarge({ sku, location, quantity, available });
    case "full":
      throw errors.LocationFull({ sku, location, limit: locationLimit });
  }
}

const notFound = (sku: string): never => {
  throw errors.StockNotFound({ sku });
};

const actorOf = (principal: Principal): string => (principal.kind === "anonymous" ? principal.kind : principal.id);
