import { answer, type Handlers, page } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import { actorOf, book, stockOf } from "./book.ts";
import type { inventory } from "./contract.ts";
import { movementsOf } from "./db/movements.ts";
import { stockTable } from "./db/stock.ts";
import { errors } from "./errors.ts";
import { placeRoutes } from "./place-routes.ts";
import { reservationRoutes } from "./reservation-routes.ts";
import { returnRoutes } from "./return-routes.ts";
import { stockTakeRoutes } from "./stock-take-routes.ts";
import { transferRoutes } from "./transfer-routes.ts";

type Deps = { readonly db: Db; readonly clock: Clock; readonly holdForMs: number; readonly newId: () => string };

export const routes = ({ db, clock, holdForMs, newId }: Deps): Handlers<typeof inventory> => {
  const stock = stockTable(db);
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
      const after = await once(async (tx) => {
        await book(tx, { kind: "receipt", sku, location, quantity, actor: actorOf(principal), at: now() });
        return stockOf(tx, sku);
      });
      return answer(201, after, { location: `/v1/inventory/${encodeURIComponent(sku)}` });
    },

    async adjust({ params: { sku }, body: { quantity, reason, location = "main" }, principal, once }) {
      const after = await once(async (tx) => {
        if (quantity === 0) throw errors.NoAdjustment();
        await book(tx, { kind: "adjustment", sku, location, quantity, reason, actor: actorOf(principal), at: now() });
        return stockOf(tx, sku);
      });
      return answer(201, after, { location: `/v1/inventory/${encodeURIComponent(sku)}` });
    },

    async movements({ params: { sku }, query: { page: number = 1, limit = 20, location } }) {
      const { items, total } = await movementsOf(db, { sku, location, page: number, limit });
      if (total === 0 && !(await stock.find(sku))) notFound(sku);
      const shown = items.map(({ orderId, reason, actor, cause, ...movement }) => ({
        ...movement,
        ...(orderId && { orderId }),
        ...(reason && { reason }),
        ...(actor && { actor }),
        ...(cause && { cause }),
      }));
      const path = `/v1/inventory/${encodeURIComponent(sku)}/movements`;
      return page({ items: shown, total, page: number, limit }, path, { location });
    },

    async history({ query: { after = "", limit = 1_000 } }) {
      const data = await stock.after(after, limit);
      return { data, next: data.length === limit ? (data.at(-1)?.sku ?? null) : null };
    },

    ...placeRoutes({ db }),
    ...transferRoutes({ db, clock, newId }),
    ...stockTakeRoutes({ db, clock, newId }),
    ...returnRoutes({ db, clock }),
    ...reservationRoutes({ db, clock, holdForMs }),
  };
};

const notFound = (sku: string): never => {
  throw errors.StockNotFound({ sku });
};
