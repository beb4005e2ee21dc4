import type { Instant } from "@souk/kernel";
import {
  type Circumstances,
  isOfLines,
  isOfOrder,
  lineDiscounts,
  type Obstacle,
  obstacle,
  orderDiscounts,
  type PromotedLine,
} from "./pricing-promotions.ts";
import { isLimited, type LivePromotion, type Promotion, type Shopper, type TaxRate } from "./pricing-rules.ts";
import { type Destination, type TaxPart, taxation, taxesOn } from "./pricing-tax.ts";

/** One thing in a cart or an order, priced; amounts are minor units of the cart's currency. */
export type PricedLine = { readonly sku: string; readonly quantity: number; readonly unitAmount: number };
export type PricingLine = PromotedLine & { readonly taxClass?: string };

/** What a promotion takes off one part. */
export type Discount = {
  readonly promotionId: string;
  /** The coupon; null for a promotion that applies by itself. */
  readonly code: string | null;
  readonly name: string;
  readonly amount: number;
};

/** What is taken off a line or off shipping, and the taxes on it; none when left out. */
export type Parts = { readonly discounts?: readonly Discount[]; readonly taxes?: readonly TaxPart[] };

/** `total = subtotal − discount + shipping + tax`; taxes inside the prices are in none of them apart. */
export type Totals = {
  readonly subtotal: number;
  readonly discount: number;
  readonly shipping: number;
  readonly tax: number;
  readonly total: number;
};

export type Basket = {
  readonly currency: string;
  readonly lines: readonly PricingLine[];
  readonly at: Instant;
  /** Those that apply by themselves, and the coupon's. */
  readonly promotions: readonly LivePromotion[];
  readonly taxRates: readonly TaxRate[];
  readonly shopper: Shopper;
  /** Undefined while nobody knows where it goes: there is no tax yet. */
  readonly destination?: Destination | undefined;
  /** Undefined while no method is chosen. */
  readonly shipping?: { readonly method: string; readonly amount: number } | undefined;
};

export type Priced = {
  /** One for each line, in its place. */
  readonly lines: readonly Parts[];
  readonly shipping: Parts;
  readonly totals: Totals;
  /** What was used of promotions whose use is counted, in the order of their ids. */
  readonly limited: readonly { readonly promotion: Promotion; readonly amount: number }[];
  /** Why a promotion takes nothing off. */
  readonly obstacleOf: (promotionId: string) => Obstacle | undefined;
};

/** Tax inside a price that this shopper does not owe is taken off it, like a promotion. */
const taxExempt = { promotionId: "tax-exempt", code: null, name: "Tax exempt" } as const;

const nothing: Parts = {};
const unhindered = () => undefined;
const add = (a: number, b: number) => a + b;
const amountsOf = (parts: readonly { readonly amount: number }[] = []) =>
  parts.reduce((sum, { amount }) => sum + amount, 0);

export const goodsOf = ({ unitAmount, quantity }: PricedLine): number => unitAmount * quantity;
export const discountOf = ({ discounts }: Parts): number => amountsOf(discounts);
/** What is added; taxes inside the price are not. */
export const addedTaxOf = ({ taxes }: Parts): number => amountsOf(taxes?.filter(({ included }) => !included));

/**
 * The one pricing function, shared by the cart that is looked at and the order that is placed: variant price → line promotions → subtotal →
 * at most one order promotion, prorated → shipping → tax. The parts add up to the total, to the minor unit, and none of them depends on the
 * order of the lines.
 */
export function price(basket: Basket): Priced {
  const { lines, promotions, taxRates, shipping, destination } = basket;
  if (promotions.length === 0 && (taxRates.length === 0 || !destination)) {
    const plain = lines.map(() => nothing);
    return {
      lines: plain,
      shipping: nothing,
      totals: sumUp(lines, plain, shipping?.amount ?? 0, nothing),
      limited: [],
      obstacleOf: unhindered,
    };
  }
  // Ties in prorating go to the earlier line: in an order of their own, whatever order they came in.
  const places = lines.map((_, index) => index).toSorted((a, b) => bySku(lines[a], lines[b]));
  const sorted = places.flatMap((place) => lines[place] ?? []);
  const promoted = promote({ ...basket, lines: sorted }, promotions);
  const taxed = withTaxes(basket, sorted, promoted);
  const parts: Parts[] = [];
  for (const [index, place] of places.entries()) parts[place] = taxed.lines[index] ?? nothing;
  return {
    lines: parts,
    shipping: taxed.shipping,
    totals: sumUp(lines, parts, shipping?.amount ?? 0, taxed.shipping),
    limited: [...promoted.applied.values()].filter(({ promotion }) => isLimited(promotion)).toSorted(byId),
    obstacleOf: promoted.obstacleOf,
  };
}

function bySku(a: PricingLine | undefined, b: PricingLine | undefined): number {
  if (!a || !b) return 0;
  return a.sku < b.sku ? -1 : a.sku > b.sku ? 1 : a.unitAmount - b.unitAmount || a.quantity - b.quantity;
}

type Applied = { readonly promotion: Promotion; amount: number };
const byId = (a: { promotion: Promotion }, b: { promotion: Promotion }) =>
  a.promotion.promotionId < b.promotion.promotionId ? -1 : 1;

/** What saves alike: first what is not counted, then what needs no coupon, then by id. */
const preference = (a: Promotion, b: Promotion): number =>
  Number(isLimited(a)) - Number(isLimited(b)) ||
  Number(a.code !== null) - Number(b.code !== null) ||
  (a.promotionId < b.promotionId ? -1 : 1);

type Promoted = {
  readonly lines: readonly (readonly Discount[])[];
  readonly shipping: readonly Discount[];
  readonly applied: ReadonlyMap<string, Applied>;
  readonly obstacleOf: (promotionId: string) => Obstacle | undefined;
};

/** The best of those that nothing stands in the way of. One that would cost more than is left of its budget is left out. */
function promote(facts: Circumstances, promotions: readonly LivePromotion[]): Promoted {
  const obstacles = new Map(promotions.map((promotion) => [promotion.promotionId, obstacle(promotion, facts)]));
  let open = promotions.filter(({ promotionId }) => obstacles.get(promotionId) === undefined).toSorted(preference);
  for (;;) {
    const chosen = choose(facts, open);
    const broke = open.find(
      ({ promotionId, limits, usage }) =>
        limits.budget !== undefined &&
        (usage?.spent ?? 0) + (chosen.applied.get(promotionId)?.amount ?? 0) > limits.budget.amount,
    );
    if (!broke) {
      for (const { promotionId, effect } of open) {
        const waits = effect.kind === "free_shipping" && !facts.shipping;
        if (!waits && !chosen.applied.has(promotionId)) obstacles.set(promotionId, "another_is_better");
      }
      return { ...chosen, obstacleOf: (promotionId) => obstacles.get(promotionId) };
    }
    obstacles.set(broke.promotionId, "budget_too_small");
    open = open.filter((promotion) => promotion !== broke);
  }
}

function choose({ lines, shipping }: Circumstances, open: readonly Promotion[]): Omit<Promoted, "obstacleOf"> {
  const applied = new Map<string, Applied>();
  const off = (promotion: Promotion, amount: number): Discount[] => {
    if (amount === 0) return [];
    const { promotionId, code, name } = promotion;
    const so = applied.get(promotionId) ?? { promotion, amount: 0 };
    so.amount += amount;
    applied.set(promotionId, so);
    return [{ promotionId, code, name, amount }];
  };

  const offers = open.filter(isOfLines).map((promotion) => ({ promotion, discounts: lineDiscounts(promotion, lines) }));
  const discounts = lines.map((_, index) => {
    const best = mostOf(offers, ({ discounts }) => discounts[index] ?? 0);
    return best ? off(best.promotion, best.discounts[index] ?? 0) : [];
  });

  const values = lines.map((line, index) => goodsOf(line) - amountsOf(discounts[index]));
  const wholes = open
    .filter(isOfOrder)
    .map((promotion) => ({ promotion, shares: orderDiscounts(promotion, lines, values) }));
  const whole = mostOf(wholes, ({ shares }) => shares.reduce(add, 0));
  const both = discounts.map((own, index) =>
    whole ? [...own, ...off(whole.promotion, whole.shares[index] ?? 0)] : own,
  );

  const free = open.find(({ effect }) => effect.kind === "free_shipping");
  return { lines: both, shipping: free && shipping ? off(free, shipping.amount) : [], applied };
}

/** The first of the largest. */
function mostOf<T>(candidates: readonly T[], amount: (candidate: T) => number): T | undefined {
  let best: T | undefined;
  for (const candidate of candidates) if (!best || amount(candidate) > amount(best)) best = candidate;
  return best;
}

function withTaxes(
  { destination, taxRates, shopper, shipping }: Basket,
  lines: readonly PricingLine[],
  promoted: Promoted,
): { lines: Parts[]; shipping: Parts } {
  const here = destination && taxRates.length > 0 ? taxation(taxRates, destination) : undefined;
  const taxed = (amount: number, discounts: readonly Discount[], rates: readonly TaxRate[]): Parts => {
    const { taxes, exempted } = taxesOn(amount - amountsOf(discounts), rates, shopper.groups);
    const all = exempted === 0 ? discounts : [...discounts, { ...taxExempt, amount: exempted }];
    return { ...(all.length > 0 && { discounts: all }), ...(taxes.length > 0 && { taxes }) };
  };
  return {
    lines: lines.map((line, index) =>
      taxed(goodsOf(line), promoted.lines[index] ?? [], here?.ofClass(line.taxClass ?? "standard") ?? []),
    ),
    shipping: shipping ? taxed(shipping.amount, promoted.shipping, here?.ofShipping ?? []) : nothing,
  };
}

function sumUp(lines: readonly PricedLine[], parts: readonly Parts[], shipping: number, shippingParts: Parts): Totals {
  const subtotal = lines.reduce((sum, line) => sum + goodsOf(line), 0);
  const discount = parts.reduce((sum, part) => sum + discountOf(part), discountOf(shippingParts));
  const tax = parts.reduce((sum, part) => sum + addedTaxOf(part), addedTaxOf(shippingParts));
  return { subtotal, discount, shipping, tax, total: subtotal - discount + shipping + tax };
}
