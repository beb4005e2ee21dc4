import { allocate, type Instant } from "@souk/kernel";
import { type LivePromotion, type Promotion, type Shopper, usesPerCustomer } from "./pricing-rules.ts";
import { million, partsPerMillion, share } from "./pricing-share.ts";

/** What promotions look at; lines are in an order that does not depend on how they came. */
export type PromotedLine = {
  readonly sku: string;
  readonly quantity: number;
  readonly unitAmount: number;
  readonly categories?: readonly string[];
  /** Set by a merchandiser: promotions leave it alone. */
  readonly fixed?: true;
};

export type Circumstances = {
  readonly lines: readonly PromotedLine[];
  readonly currency: string;
  readonly at: Instant;
  readonly shopper: Shopper;
  /** Undefined while no method is chosen. */
  readonly shipping?: { readonly method: string; readonly amount: number } | undefined;
};

/** Why a promotion does not count. */
export type Obstacle =
  | "ended"
  | "not_started"
  | "used_up"
  | "already_used"
  | "budget_too_small"
  | "subtotal_too_small"
  | "quantity_too_small"
  | "no_matching_item"
  | "other_group"
  | "not_first_order"
  | "sign_in"
  | "other_currency"
  | "other_shipping"
  | "another_is_better";

const over: ReadonlySet<Obstacle> = new Set(["ended", "used_up", "already_used", "budget_too_small"]);
/** What will not come right by putting more into the cart. */
export const isOver = (obstacle: Obstacle): boolean => over.has(obstacle);

const totalOf = ({ unitAmount, quantity }: PromotedLine) => unitAmount * quantity;

function appliesTo({ conditions: { skus, categories } }: Promotion, line: PromotedLine): boolean {
  if (line.fixed) return false;
  if (!skus && !categories) return true;
  return (skus?.includes(line.sku) || line.categories?.some((slug) => categories?.includes(slug))) ?? false;
}

/**
 * Undefined when nothing stands in its way. The least subtotal is compared with the goods at their listed prices, before any promotion:
 * so no promotion can take another one away, and taking the best of each kind is the best altogether.
 */
export function obstacle(promotion: LivePromotion, facts: Circumstances): Obstacle | undefined {
  const { conditions, status } = promotion;
  const { at, lines, currency } = facts;
  if (status === "archived" || (conditions.endsAt !== undefined && at >= conditions.endsAt)) return "ended";
  if (conditions.startsAt !== undefined && at < conditions.startsAt) return "not_started";
  if (currenciesOf(promotion).some((wanted) => wanted !== currency)) return "other_currency";
  const spent = limitReached(promotion, facts.shopper);
  if (spent) return spent;
  const person = whoMayNot(promotion, facts.shopper);
  if (person) return person;
  const matching = lines.filter((line) => appliesTo(promotion, line));
  if (matching.length === 0) return "no_matching_item";
  if (lines.reduce((sum, line) => sum + totalOf(line), 0) < (conditions.minSubtotal?.amount ?? 0))
    return "subtotal_too_small";
  const units = matching.reduce((sum, { quantity }) => sum + quantity, 0);
  if (units < leastUnits(promotion)) return "quantity_too_small";
  const { effect } = promotion;
  const excluded =
    effect.kind === "free_shipping" && facts.shipping && effect.methods?.includes(facts.shipping.method) === false;
  return excluded ? "other_shipping" : undefined;
}

const currenciesOf = ({ conditions, limits, effect }: Promotion): string[] =>
  [
    conditions.currency,
    conditions.minSubtotal?.currency,
    limits.budget?.currency,
    effect.kind === "fixed" ? effect.amount.currency : undefined,
  ].filter((currency) => currency !== undefined);

function limitReached(promotion: LivePromotion, shopper: Shopper): Obstacle | undefined {
  const { limits, usage = { uses: 0, spent: 0 }, promotionId } = promotion;
  if (usage.uses >= (limits.uses ?? Number.POSITIVE_INFINITY)) return "used_up";
  if (usage.spent >= (limits.budget?.amount ?? Number.POSITIVE_INFINITY)) return "used_up";
  const most = usesPerCustomer(promotion) ?? Number.POSITIVE_INFINITY;
  return (shopper.uses[promotionId] ?? 0) >= most ? "already_used" : undefined;
}

function whoMayNot({ conditions: { groups, firstOrder } }: Promotion, shopper: Shopper): Obstacle | undefined {
  if ((groups || firstOrder) && !shopper.isSignedIn) return "sign_in";
  if (groups && !shopper.groups.some((group) => groups.includes(group))) return "other_group";
  return firstOrder && !shopper.isFirstOrder ? "not_first_order" : undefined;
}

const leastUnits = ({ conditions: { minQuantity = 1 }, effect }: Promotion): number =>
  effect.kind === "buy_x_get_y" ? Math.max(minQuantity, effect.buy + effect.get) : minQuantity;

/** What each line would save with a line promotion; 0 for those that it does not apply to. */
export function lineDiscounts(promotion: Promotion, lines: readonly PromotedLine[]): number[] {
  const { effect } = promotion;
  switch (effect.kind) {
    case "percentage":
      return lines.map((line) =>
        appliesTo(promotion, line) ? share(totalOf(line), partsPerMillion(effect.percent), million) : 0,
      );
    case "fixed":
      return lines.map((line) =>
        appliesTo(promotion, line) ? Math.min(line.unitAmount, effect.amount.amount) * line.quantity : 0,
      );
    case "buy_x_get_y": {
      const units = unitsGiven(promotion, lines, effect.buy, effect.get);
      const parts = partsPerMillion(effect.percent ?? 100);
      return lines.map(({ unitAmount }, index) => share(unitAmount * (units[index] ?? 0), parts, million));
    }
    case "free_shipping":
      return lines.map(() => 0);
  }
}

/**
 * How many units of each line are given. The dearest `buy + get` units make the first group, and of each group the cheapest `get` are
 * given: nobody could group them better for the shopper.
 */
function unitsGiven(promotion: Promotion, lines: readonly PromotedLine[], buy: number, get: number): number[] {
  const given = lines.map(() => 0);
  const byPrice = lines
    .map((line, index) => ({ ...line, index }))
    .filter((line) => appliesTo(promotion, line))
    .toSorted((a, b) => b.unitAmount - a.unitAmount || a.index - b.index);
  const group = buy + get;
  const all = byPrice.reduce((sum, { quantity }) => sum + quantity, 0);
  const grouped = all - (all % group);
  /** Given among the first `n` units. */
  const among = (n: number) => {
    const counted = Math.min(n, grouped);
    return Math.floor(counted / group) * get + Math.max(0, (counted % group) - buy);
  };
  let before = 0;
  for (const { index, quantity } of byPrice) {
    given[index] = among(before + quantity) - among(before);
    before += quantity;
  }
  return given;
}

/** What each line would save of its `values` (after line promotions) with a promotion of the order: largest remainder. */
export function orderDiscounts(
  promotion: Promotion,
  lines: readonly PromotedLine[],
  values: readonly number[],
): number[] {
  const { effect } = promotion;
  const weights = lines.map((line, index) => (appliesTo(promotion, line) ? (values[index] ?? 0) : 0));
  const base = weights.reduce((sum, weight) => sum + weight, 0);
  if (base === 0) return weights;
  switch (effect.kind) {
    case "percentage":
      return allocate(share(base, partsPerMillion(effect.percent), million), weights);
    case "fixed":
      return allocate(Math.min(base, effect.amount.amount), weights);
    default:
      return lines.map(() => 0);
  }
}

export const isOfLines = ({ effect }: Promotion): boolean =>
  effect.kind === "buy_x_get_y" || ("of" in effect && effect.of === "lines");
export const isOfOrder = ({ effect }: Promotion): boolean => "of" in effect && effect.of === "order";
