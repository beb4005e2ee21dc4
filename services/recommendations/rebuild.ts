import type { Client } from "@souk/contract";
import type { inventory } from "@souk/inventory/contract";
import type { Clock } from "@souk/kernel";
import { instant } from "@souk/kernel";
import type { orders } from "@souk/orders/contract";
import type { Db } from "@souk/postgres";
import type { products } from "@souk/products/contract";
import type { Log, Task } from "@souk/service";
import { type Build, generations, type History, projection } from "./db/projection.ts";
import { storedProduct } from "./stored-product.ts";

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly clients: {
    readonly products: Client<typeof products>;
    readonly inventory: Client<typeof inventory>;
    readonly orders: Client<typeof orders>;
  };
  /** A generation has taken over. */
  readonly published: () => void;
};
/** One page of a history: how to write it, how much it is, and where the next one begins. */
type Page = {
  readonly write: (into: ReturnType<typeof projection>, generation: number) => Promise<unknown>;
  readonly told: number;
  readonly next: string | null;
};

const deleteAtMost = 5_000;
/** Replicas have moved over to a new generation long before. */
const retiredForMs = 600_000;

/**
 * Builds a generation whenever there is none to show, or one was asked for: page by page from what products, inventory and orders tell
 * again, while events go into it as well. Each page commits with the place to go on from, so that whoever comes after a crash does not
 * begin anew.
 */
export function rebuild({ db, clock, log, clients, published }: Deps): Task {
  const table = generations(db);
  const now = () => instant(clock.now());

  const readers: { readonly [H in History]: (after: string | null) => Promise<Page> } = {
    async products(after) {
      const at = now();
      const { data, next } = await clients.products.history({ query: after === null ? {} : { after } });
      const told = data.map((product) => storedProduct(product, at));
      return { write: (into, generation) => into.putProducts(told, generation), told: data.length, next };
    },
    async stock(after) {
      const { data, next } = await clients.inventory.history({ query: after === null ? {} : { after } });
      return { write: (into, generation) => into.putStock(data, generation), told: data.length, next };
    },
    async sales(after) {
      const { data, next } = await clients.orders.sales({ query: after === null ? {} : { after } });
      return { write: (into, generation) => into.putSales(data, generation), told: data.length, next };
    },
  };

  async function fill(generation: number, build: Build, signal: AbortSignal): Promise<void> {
    for (let { after, told, done } = build; !done && !signal.aborted; ) {
      const page = await readers[build.history](after);
      after = page.next;
      told += page.told;
      done = page.next === null;
      await db.tx(async (tx) => {
        await page.write(projection(tx), generation);
        await generations(tx).advance(generation, { history: build.history, after, told, done });
      });
    }
  }

  return {
    name: "build the projection",
    everyMs: 1_000,
    async run(signal) {
      const building = await table.building();
      if (building === undefined && (await table.live())) return;
      const generation = building ?? (await table.begin(now()));
      for (const build of await table.builds(generation)) await fill(generation, build, signal);
      if (signal.aborted) return;
      await table.publish(generation, now());
      log.info("a generation of what was bought has been built", { version: generation });
      published();
    },
  };
}

/** Throws away what no generation needs any more. */
export const tidy = ({ db, clock }: { db: Db; clock: Clock }): Task => ({
  name: "delete old generations",
  everyMs: 10_000,
  async run(signal) {
    const quietSince = instant(clock.now() - retiredForMs);
    while (!signal.aborted && (await generations(db).deleteRetired(quietSince, deleteAtMost)) > 0);
  },
});
