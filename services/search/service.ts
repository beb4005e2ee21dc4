import { inventory } from "@souk/inventory/contract";
import { orders } from "@souk/orders/contract";
import { products } from "@souk/products/contract";
import { defineService, env } from "@souk/service";
import { search } from "./contract.ts";
import { stemEnglish } from "./domain/stem-english.ts";
import { stemGerman } from "./domain/stem-german.ts";
import { catalogueGenerations, countSales } from "./generations.ts";
import { routes } from "./routes.ts";
import { shownCatalogue } from "./shown-catalogue.ts";
import { catalogueEvents } from "./subscriptions/catalogue.ts";

export default defineService({
  contract: search,
  config: {
    language: env.oneOf("SEARCH_LANGUAGE", ["english", "german"], {
      default: "english",
      describe: "The language of the catalogue: which forms of a word are one word",
    }),
    documents: env.integer("SEARCH_DOCUMENTS_MB", {
      default: 96,
      min: 1,
      max: 16_384,
      describe:
        "Megabytes of memory for products as they are shown, some 3 KB each; others are read when they are needed",
    }),
  },
  calls: { products, inventory, orders },
  consumes: [
    products.events.changed,
    inventory.events.stockChanged,
    orders.events.confirmed,
    orders.events.cancelled,
    orders.events.restCancelled,
  ],

  wire: ({ config, clients, db, clock, now, log }) => {
    const stem = { english: stemEnglish, german: stemGerman }[config.language];
    const catalogue = shownCatalogue({ db, clock, log, stem, documentBytes: config.documents * 2 ** 20 });
    const { wake } = catalogue;
    const generations = catalogueGenerations({ db, clock, log, clients, wake });
    const on = catalogueEvents({ wake });
    return {
      routes: routes({ db, now, clock, catalogue, generations }),
      on: {
        "products.product_changed.v1": on.productChanged,
        "inventory.stock_changed.v1": on.stockChanged,
        "orders.confirmed.v1": on.confirmed,
        "orders.cancelled.v1": on.cancelled,
        "orders.rest_cancelled.v1": on.restCancelled,
      },
      tasks: [...generations.tasks, countSales({ db, wake })],
      start: async () => catalogue.start(),
    };
  },
});
