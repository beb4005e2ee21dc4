import type { Client } from "@souk/contract";
import { createGenerations, type Generations, type HistoryPage } from "@souk/event-store";
import type { inventory } from "@souk/inventory/contract";
import { type Clock, instant } from "@souk/kernel";
import type { orders } from "@souk/orders/contract";
import type { Db } from "@souk/postgres";
import type { products } from "@souk/products/contract";
import type { Log } from "@souk/service";
import { projection } from "./db/projection.ts";
import { storedProduct } from "./stored-product.ts";

export type PurchaseGenerations = Generations<"products" | "stock" | "sales">;

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly clients: {
    readonly products: Client<typeof products>;
    readonly inventory: Client<typeof inventory>;
    readonly orders: Client<typeof orders>;
  };
  /** There is something new to learn. */
  readonly wake: () => void;
};

/** What was bought, and of what it can be bought again: built anew from what products, inventory and orders tell again. */
export const purchaseGenerations = ({ db, clock, log, clients, wake }: Deps): PurchaseGenerations =>
  createGenerations({
    ...{ db, clock, name: "purchases" },
    histories: {
      async products(after): Promise<HistoryPage> {
        const at = instant(clock.now());
        const { data, next } = await clients.products.history({ query: after === undefined ? {} : { after } });
        const told = data.map((product) => storedProduct(product, at));
        return { write: (tx, generation) => projection(tx).putProducts(told, generation), told: data.length, next };
      },
      async stock(after): Promise<HistoryPage> {
        const { data, next } = await clients.inventory.history({ query: after === undefined ? {} : { after } });
        return { write: (tx, generation) => projection(tx).putStock(data, generation), told: data.length, next };
      },
      async sales(after): Promise<HistoryPage> {
        const { data, next } = await clients.orders.sales({ query: after === undefined ? {} : { after } });
        return { write: (tx, generation) => projection(tx).putSales(data, generation), told: data.length, next };
      },
    },
    tables: ["variants", "products", "stock", "sales"],
    published(generation) {
      log.info("a generation of what was bought has been built", { version: generation });
      wake();
    },
  });
