import { answer, type Handlers, Written } from "@souk/http";
import type { Clock } from "@souk/kernel";
import type { recommendations } from "./contract.ts";
import { errors } from "./errors.ts";
import type { PurchaseGenerations } from "./generations.ts";
import type { Learned, Learner } from "./learner.ts";
import { recommendedText } from "./shown-product.ts";

type RouteDeps = {
  readonly clock: Clock;
  readonly learner: Learner;
  readonly generations: PurchaseGenerations;
};

export const routes = ({ clock, learner, generations }: RouteDeps): Handlers<typeof recommendations> => {
  const current = (): Learned => {
    const known = learner.current();
    if (!known) throw errors.NotBuilt({});
    return known;
  };

  async function recommend(
    { shown, recommender }: Learned,
    asked: { products: readonly string[]; category?: string | undefined; limit: number },
  ): Promise<Written> {
    const found = recommender.recommend({ ...asked, at: clock.now() });
    const products = await shown.of(found.map(({ productId }) => productId));
    const texts = found.flatMap(({ reason }, i) => {
      const product = products[i];
      return product ? [recommendedText(product, reason)] : [];
    });
    return new Written(`{"data":[${texts.join(",")}]}`);
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
