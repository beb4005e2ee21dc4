import type { Handlers } from "@souk/http";
import type { orders } from "./contract.ts";
import { usageOf } from "./db/promotion-usage.ts";
import { isLimited } from "./domain/pricing-rules.ts";
import { errors } from "./errors.ts";
import type { RouteDeps } from "./routes.ts";

export const promotionRoutes = ({ db }: RouteDeps): Pick<Handlers<typeof orders>, "promotionUsage"> => ({
  async promotionUsage({ params: { promotionId } }) {
    const found = await usageOf(db, promotionId);
    if (!found) throw errors.PromotionNotFound({ promotionId });
    const { rule, uses, spent, returned, customers, lastUsedAt } = found;
    const { uses: most, budget } = rule.limits;
    return {
      ...{ promotionId, counted: isLimited(rule), uses, returned, customers, lastUsedAt },
      // A limit may have been set lower than what was used by then.
      ...(most !== undefined && { usesLeft: Math.max(0, most - uses) }),
      ...(budget && {
        spent: { amount: spent, currency: budget.currency },
        budgetLeft: { amount: Math.max(0, budget.amount - spent), currency: budget.currency },
      }),
    };
  },
});
