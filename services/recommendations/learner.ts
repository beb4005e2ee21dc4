import { type LiveCopy, liveCopy } from "@souk/event-store";
import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/service";
import { type Live, learned, livePurchases, type ProjectedProduct, type Sale } from "./db/projection.ts";
import { Recommender } from "./domain/recommender.ts";
import { ShownProducts } from "./shown-products.ts";

/** What one generation has taught. */
export type Learned = {
  readonly recommender: Recommender;
  readonly shown: ShownProducts;
  /** Up to where it has followed the products, their stock and the sales. */
  products: number;
  stock: number;
  sales: number;
};

export type Learner = LiveCopy<Learned>;

/** What any replica has handled is learned, and shown, within this; in milliseconds. */
const pollMs = 500;
/** Some milliseconds of work, between which requests are answered. */
const pageSize = 200;
/** Six half-lives: what is older weighs nothing any more. */
const learnedForMs = 2 * 365 * 86_400_000;

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  /** How much memory products may need that are kept as they are shown. */
  readonly documentBytes: number;
};

/** Keeps what was bought in memory: learns it from the live generation, follows that, and moves over to the one that takes its place. */
export function learner({ db, clock, log, documentBytes }: Deps): Learner {
  async function begin({ generation, stock, sales }: Live, signal: AbortSignal): Promise<Learned> {
    const startedAt = clock.monotonic();
    const table = learned(db, generation);
    const shown = new ShownProducts(documentBytes, (ids) => table.documents(ids));
    const begun: Learned = { recommender: new Recommender(), shown, products: 0, stock, sales };
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
    const table = learned(db, live.generation);
    // Products first: a sale of one that is not known yet has to wait for it.
    if (target.products < live.products) await followProducts(target, table);
    if (target.stock < live.stock) await followStock(target, table);
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
      target.shown.productChanged(product.id);
      target.products = product.revision;
    }
    if (page.length < pageSize) return;
  }
}

async function followStock(target: Learned, table: Table): Promise<void> {
  for (;;) {
    const page = await table.stockSince(target.stock, pageSize);
    for (const { sku, available, revision } of page) {
      target.shown.stockChanged(sku, available);
      target.stock = revision;
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
