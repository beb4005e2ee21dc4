import type { Client } from "@souk/contract";
import { createGenerations, type Generations, history } from "@souk/event-store";
import type { inventory } from "@souk/inventory/contract";
import { type Clock, instant } from "@souk/kernel";
import type { orders } from "@souk/orders/contract";
import type { Db } from "@souk/postgres";
import { type products, wholeProduct } from "@souk/products/contract";
import type { Log, Task } from "@souk/service";
import { projection } from "./db/projection.ts";

export type CatalogueGenerations = Generations<"products" | "stock" | "sales">;

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly clients: {
    readonly products: Client<typeof products>;
    readonly inventory: Client<typeof inventory>;
    readonly orders: Client<typeof orders>;
  };
  /** There is something new to show. */
  readonly wake: () => void;
};

/** Orders that are added to what sells best in one statement: some milliseconds of it. */
const countAtMost = 2_000;

/** The catalogue as search knows it, built anew from what products, inventory and orders tell again. */
export const catalogueGenerations = ({ db, clock, log, clients, wake }: Deps): CatalogueGenerations =>
  createGenerations({
    ...{ db, clock, name: "catalogue" },
    histories: {
      products: history(clients.products.history, (tx, told, generation) => {
        const at = instant(clock.now());
        return projection(tx).putProducts(
          told.map((fact) => wholeProduct(fact, at)),
          generation,
        );
      }),
      stock: history(clients.inventory.history, (tx, told, generation) => projection(tx).putStock(told, generation)),
      sales: history(clients.orders.sales, async (tx, told, generation) => {
        await projection(tx).putSales(told, generation);
        const unsold = told.flatMap(({ orderId, cancelled = [] }) =>
          cancelled.length > 0 ? [{ orderId, cancelled }] : [],
        );
        if (unsold.length > 0) await projection(tx).reduceSales(unsold, generation);
      }),
    },
    tables: ["variants", "figures", "products", "stock", "sales", "unsold", "sold"],
    finish: (signal) => countAllSales(db, signal),
    published(generation) {
      log.info("a generation of the catalogue was built", { version: generation });
      wake();
    },
  });

/** Adds new sales to what sells best. */
export const countSales = ({ db, wake }: Pick<Deps, "db" | "wake">): Task => ({
  name: "count sales",
  everyMs: 5_000,
  run: (signal) => countAllSales(db, signal, wake),
});

async function countAllSales(db: Db, signal: AbortSignal, counted = () => {}): Promise<void> {
  while (!signal.aborted) {
    const orders = await projection(db).countSales(countAtMost);
    if (orders > 0) counted();
    if (orders < countAtMost) return;
  }
}
