import type { Instant } from "@souk/kernel";
import { type Cart, type Offer, type PriceableLine, type Problem, quote } from "./cart.ts";
import { type Priced, price } from "./pricing.ts";
import { isOver, type Obstacle } from "./pricing-promotions.ts";
import type { LivePromotion, Shopper, TaxRate } from "./pricing-rules.ts";
import type { Destination } from "./pricing-tax.ts";

export type Terms = {
  readonly at: Instant;
  /** Those that apply by themselves. */
  readonly promotions: readonly LivePromotion[];
  readonly taxRates: readonly TaxRate[];
  readonly shopper: Shopper;
  /** Of the code in the cart; undefined when no promotion has it. */
  readonly coupon: LivePromotion | undefined;
  readonly destination?: Destination | undefined;
  /** What shipping would cost; undefined while no method is chosen. */
  readonly shipping?: ((lines: readonly PriceableLine[]) => { method: string; amount: number } | undefined) | undefined;
};

export type CouponState = {
  readonly code: string;
  readonly applied: boolean;
  readonly reason?: Obstacle;
  readonly message?: string;
};

export type PricedCart = {
  readonly lines: readonly PriceableLine[];
  readonly problems: readonly Problem[];
  readonly priced: Priced;
  readonly shippingAmount: number;
  readonly coupon: CouponState | undefined;
};

/** A cart at today's prices, as it is looked at and as it is ordered: the same terms give the same answer. */
export function priceCart(cart: Cart, offers: readonly Offer[], terms: Terms): PricedCart {
  const { at, taxRates, shopper, destination, coupon } = terms;
  const { lines, problems } = quote(cart, offers);
  const shipping = terms.shipping?.(lines);
  const promotions = coupon ? [...terms.promotions, coupon] : terms.promotions;
  const priced = price({ currency: cart.currency, lines, at, promotions, taxRates, shopper, destination, shipping });
  const shippingAmount = shipping?.amount ?? 0;
  if (cart.coupon === null) return { lines, problems, priced, shippingAmount, coupon: undefined };
  const reason = coupon ? priced.obstacleOf(coupon.promotionId) : "ended";
  const message = reason && says[reason](cart.coupon);
  if (reason && message && isOver(reason))
    problems.push({ kind: "promotion_expired", sku: "", code: cart.coupon, message });
  const state = { code: cart.coupon, applied: reason === undefined, ...(reason && message && { reason, message }) };
  return { lines, problems, priced, shippingAmount, coupon: state };
}

/** What a shopper is told of a coupon that does not count. */
const says: Readonly<Record<Obstacle, (code: string) => string>> = {
  ended: (code) => `The coupon ${code} is not valid any more; take it out of the cart.`,
  not_started: (code) => `The coupon ${code} is not valid yet.`,
  used_up: (code) => `The coupon ${code} has been used up; take it out of the cart.`,
  already_used: (code) => `You have used the coupon ${code} already; take it out of the cart.`,
  budget_too_small: (code) =>
    `What is left for the coupon ${code} is less than it would take off this cart; take it out, or order less.`,
  subtotal_too_small: (code) => `The coupon ${code} needs a larger order.`,
  quantity_too_small: (code) => `The coupon ${code} needs more of the things it is for.`,
  no_matching_item: (code) => `Nothing in the cart is what the coupon ${code} is for.`,
  other_group: (code) => `The coupon ${code} is for other customers.`,
  not_first_order: (code) => `The coupon ${code} is for a first order.`,
  sign_in: (code) => `Sign in to use the coupon ${code}.`,
  other_currency: (code) => `The coupon ${code} is for another currency.`,
  other_shipping: (code) => `The coupon ${code} is for another shipping method.`,
  another_is_better: (code) => `Another promotion saves more than the coupon ${code}.`,
};
