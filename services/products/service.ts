import { inventory } from "@souk/inventory/contract";
import { defineService } from "@souk/service";
import { products } from "./contract.ts";
import { routes } from "./routes.ts";
import { projectStock } from "./subscriptions/project-stock.ts";
import { tellProducts } from "./tasks/tell-products.ts";

export default defineService({
  contract: products,
  config: {},
  calls: {},
  consumes: [inventory.events.stockChanged],

  wire: ({ db, publish, now, newId }) => ({
    routes: routes({ db, publish, now, newId }),
    on: { "inventory.stock_changed.v1": projectStock },
    tasks: [tellProducts({ db, publish, now, newId })],
  }),
});
