import { inventory } from "@souk/inventory/contract";
import { orders } from "@souk/orders/contract";
import { products } from "@souk/products/contract";
import { defineService, env } from "@souk/service";
import { recommendations } from "./contract.ts";
import { purchaseGenerations } from "./generations.ts";
import { learner } from "./learner.ts";
import { routes } from "./routes.ts";
import { historyEvents } from "./subscriptions/history.ts";

/** For `souk bench recommendations`: how well it would have done on somebody's baskets. */
export { evaluate } from "./domain/evaluation.ts";

export default defineService({
  contract: recommendations,
  config: {
    documents: env.integer("RECOMMENDATIONS_DOCUMENTS_MB", {
      default: 64,
      min: 1,
      max: 16_384,
      describe:
        "Megabytes of memory for products as they are recommended, some 2.5 KB each; others are read when they are needed",
    }),
  },
  calls: { products, inventory, orders },
  consumes: [products.events.changed, inventory.events.stockChanged, orders.events.confirmed, orders.events.cancelled],

  wire: ({ config, clients, db, clock, log }) => {
    const known = learner({ db, clock, log, documentBytes: config.documents * 2 ** 20 });
    const generations = purchaseGenerations({ db, clock, log, clients, wake: known.wake });
    const on = historyEvents();
    return {
      routes: routes({ clock, learner: known, generations }),
      on: {
        "products.product_changed.v1": on.productChanged,
        "inventory.stock_changed.v1": on.stockChanged,
        "orders.confirmed.v1": on.confirmed,
        "orders.cancelled.v1": on.cancelled,
      },
      tasks: generations.tasks,
      start: async () => known.start(),
    };
  },
});
