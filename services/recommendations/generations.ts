import type { Client } from "@souk/contract";
import { createGenerations, type Generations, history } from "@souk/event-store";
import type { inventory } from "@souk/inventory/contract";
import { type Clock, instant } from "@souk/kernel";
import type { orders } from "@souk/orders/contract";
import type { Db } from "@souk/postgres";
import { type products, wholeProduct } from "@souk/products/contract";
import type { Log } from "@souk/service";
import { projection } from "./db/projection.ts";

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
      products: history(clients.products.history, (tx, told, generation) => {
        const at = instant(clock.now());
        return projection(tx).putProducts(
          told.map((fact) => wholeProduct(fact, at)),
          generation,
        );
      }),
      stock: history(clients.inventory.history, (tx, told, generation) => projection(tx).putStock(told, generation)),
      sales: history(clients.orders.sales, (tx, told, generation) => projection(tx).putSales(told, generation)),
    },
    tables: ["variants", "products", "stock", "sales"],
    published(generation) {
      log.info("a generation of what was bought has been built", { version: generation });
      wake();
    },
  });
