import { type LiveCopy, liveCopy } from "@souk/event-store";
import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/service";
import { type Live, learned, livePurchases, type ProjectedProduct, type Sale } from "./db/projection.ts";
import { Recommender } from "./domain/recommender.ts";

/** What one generation has taught. */
export type Learned = {
  readonly generation: number;
  readonly recommender: Recommender;
  /** Up to where it has followed the products and the sales. */
  products: number;
  sales: number;
};

export type Learner = LiveCopy<Learned>;

/** What another replica has handled is learned within this, in milliseconds; what this one handled at once. */
const pollMs = 500;
/** Some milliseconds of work, between which requests are answered. */
const pageSize = 200;
/** Six half-lives: what is older weighs nothing any more. */
const learnedForMs = 2 * 365 * 86_400_000;

/** Keeps what was bought in memory: learns it from the live generation, follows that, and moves over to the one that takes its place. */
export function learner({ db, clock, log }: { readonly db: Db; readonly clock: Clock; readonly log: Log }): Learner {
  async function begin({ generation, sales }: Live, signal: AbortSignal): Promise<Learned> {
    const startedAt = clock.monotonic();
    const table = learned(db, generation);
    const begun: Learned = { generation, recommender: new Recommender(), products: 0, sales };
    await followProducts(begun, table);
    const since = instant(clock.now() - learnedForMs);
    for (let after: string | null = null; !signal.aborted; ) {
      const page: Sale[] = await table.salesUntil(sales, since, after, pageSize);
      for (const sale of page) begun.recommender.learn(purchaseOf(sale));
      after = page.at(-1)?.orderId ?? null;
      if (page.length < pageSize) break;
    }
    await followSales(begun, table); // what was sold while the pages were read
    const durationMs = Math.round(clock.monotonic() - startedAt);
    log.info("what was bought is learned", {
      version: generation,
      orderCount: begun.recommender.purchases,
      durationMs,
    });
    return begun;
  }

  async function follow(target: Learned, live: Live): Promise<void> {
    const table = learned(db, target.generation);
    // Products first: a sale of one that is not known yet has to wait for it.
    if (target.products < live.products) await followProducts(target, table);
    if (target.sales < live.sales) await followSales(target, table);
  }

  return liveCopy({ clock, log, live: () => livePurchases(db), load: begin, follow, pollMs });
}

type Table = ReturnType<typeof learned>;

async function followProducts(target: Learned, table: Table): Promise<void> {
  for (;;) {
    const page: ProjectedProduct[] = await table.productsSince(target.products, pageSize);
    for (const product of page) {
      target.recommender.put(product);
      target.products = product.revision;
    }
    if (page.length < pageSize) return;
  }
}

async function followSales(target: Learned, table: Table): Promise<void> {
  for (;;) {
    const page = await table.salesSince(target.sales, pageSize);
    for (const sale of page) {
      if (sale.cancelled) target.recommender.unlearn(purchaseOf(sale));
      else target.recommender.learn(purchaseOf(sale));
      target.sales = sale.revision;
    }
    if (page.length < pageSize) return;
  }
}

const purchaseOf = ({ orderId, at, lines }: Sale) => ({ orderId, at: Date.parse(at), lines });
