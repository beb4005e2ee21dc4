import { inventory } from "@souk/inventory/contract";
import { defineService } from "@souk/service";
import { users } from "@souk/users/contract";
import { products } from "./contract.ts";
import { unknownGroups } from "./known-groups.ts";
import { routes } from "./routes.ts";
import { projectStock } from "./subscriptions/project-stock.ts";
import { tellProducts } from "./tasks/tell-products.ts";

export default defineService({
  contract: products,
  config: {},
  calls: { users },
  consumes: [inventory.events.stockChanged],

  wire: ({ clients, db, publish, now, newId }) => ({
    routes: routes({ db, publish, now, newId, unknownGroups: unknownGroups(clients.users) }),
    on: { "inventory.stock_changed.v1": projectStock },
    tasks: [tellProducts({ db, publish, now, newId })],
  }),
});
