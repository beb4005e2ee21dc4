import { defineService, env } from "@souk/service";
import { inventory } from "./contract.ts";
import { routes } from "./routes.ts";
import { announceStock } from "./tasks/announce-stock.ts";
import { expireReservations } from "./tasks/expire-reservations.ts";
import { fillBackorders } from "./tasks/fill-backorders.ts";

export default defineService({
  contract: inventory,
  config: {
    holdForMs: env.duration("RESERVATION_HOLD", {
      default: "15m",
      describe: "How long stock is held for an order that has not begun to pay",
    }),
    threshold: env.integer("LOW_STOCK_THRESHOLD", {
      default: 5,
      min: 0,
      max: 1_000_000,
      describe: "A SKU without a threshold of its own is low when this many of it, or fewer, are for sale",
    }),
  },
  calls: {},
  consumes: [],

  wire: ({ config: { holdForMs, threshold }, db, publish, clock, now, newId }) => ({
    routes: routes({ db, clock, holdForMs, newId }),
    on: {},
    tasks: [
      announceStock({ db, publish, threshold }),
      expireReservations({ db, publish, now }),
      fillBackorders({ db, publish, now }),
    ],
  }),
});
