import { type Handlers, page } from "@souk/http";
import type { Db } from "@souk/postgres";
import type { notifications } from "./contract.ts";
import { deliveryPage } from "./db/deliveries.ts";
import { sinkPage } from "./db/sink.ts";

export const routes = ({ db }: { db: Db }): Handlers<typeof notifications> => ({
  async deliveries({ query: { page: number = 1, limit = 20, recipient } }) {
    const found = await deliveryPage(db, { recipient, page: number, limit });
    return page({ ...found, page: number, limit }, "/v1/notifications", { recipient });
  },

  async sink({ query: { page: number = 1, limit = 20, to } }) {
    const found = await sinkPage(db, { to, page: number, limit });
    return page({ ...found, page: number, limit }, "/v1/notifications/sink", { to });
  },
});
