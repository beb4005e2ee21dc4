import { answer, type Handlers } from "@souk/http";
import type { Clock, Money } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Recommended, recommendations } from "./contract.ts";
import { learned, type ShownProduct } from "./db/projection.ts";
import { errors } from "./errors.ts";
import type { PurchaseGenerations } from "./generations.ts";
import type { Learned, Learner } from "./learner.ts";

type RouteDeps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly learner: Learner;
  readonly generations: PurchaseGenerations;
};

export const routes = ({ db, clock, learner, generations }: RouteDeps): Handlers<typeof recommendations> => {
  const current = (): Learned => {
    const known = learner.current();
    if (!known) throw errors.NotBuilt({});
    return known;
  };

  async function recommend(
    { generation, recommender }: Learned,
    asked: { products: readonly string[]; category?: string | undefined; limit: number },
  ): Promise<{ data: Recommended[] }> {
    const found = recommender.recommend({ ...asked, at: clock.now() });
    if (found.length === 0) return { data: [] };
    const shown = await learned(db, generation).products(found.map(({ productId }) => productId));
    const byId = new Map(shown.map((product) => [product.document.productId, product]));
    return {
      data: found.flatMap(({ productId, reason }) => {
        const product = byId.get(productId);
        return product ? [{ ...shownOf(product), reason }] : [];
      }),
    };
  }

  return {
    async forProduct({ params: { id }, query: { limit = 10 } }) {
      const known = current();
      if (!known.recommender.has(id)) throw errors.ProductNotFound({ productId: id });
      return recommend(known, { products: [id], limit });
    },

    async forCart({ query: { product = [], category, limit = 10 } }) {
      return recommend(current(), { products: product, category, limit });
    },

    rebuild: async () => answer(202, await generations.begin()),
    build: generations.state,
  };
};

function shownOf({ document, available }: ShownProduct): Omit<Recommended, "reason"> {
  const { productId, categories: _, ...product } = document;
  const variants = product.variants.map((variant, i) => {
    const units = available[i] ?? 0;
    return { ...variant, available: units, inStock: units > 0 };
  });
  return {
    ...product,
    id: productId,
    variants,
    inStock: variants.some(({ inStock }) => inStock),
    priceRange: priceRange(variants.map(({ price }) => price)),
  };
}

/** In the first variant's currency. */
function priceRange(prices: readonly Money[]): { min: Money; max: Money } {
  const currency = prices[0]?.currency;
  if (currency === undefined) throw new Error("a product has a variant, and a variant a price");
  const amounts = prices.filter((price) => price.currency === currency).map(({ amount }) => amount);
  return { min: { amount: Math.min(...amounts), currency }, max: { amount: Math.max(...amounts), currency } };
}
