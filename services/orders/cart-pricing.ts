import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import { type ShippingMethod, type ShippingObstacle, shippingAmount, shippingObstacle } from "@souk/shipping/contract";
import type { StoredCart } from "./db/carts.ts";
import type { PricingRules } from "./db/pricing-rules.ts";
import { type ShopperFacts, shopperFacts } from "./db/shoppers.ts";
import type { Offer } from "./domain/cart.ts";
import { type PricedCart, priceCart } from "./domain/cart-price.ts";
import { goodsOf } from "./domain/pricing.ts";
import { stranger } from "./domain/pricing-rules.ts";
import type { Destination } from "./domain/pricing-tax.ts";

export type Wanted = {
  readonly at: Instant;
  readonly destination?: Destination | undefined;
  readonly method?: ShippingMethod | undefined;
};

const unasked: ShopperFacts = { shopper: stranger, coupon: undefined };

/** Asks who buys only when a price could depend on it. @param key see `shopperFacts` */
export async function factsFor(
  sql: Sql,
  { customerId, coupon }: StoredCart,
  { promotions, taxRates }: PricingRules,
  key: string | null = customerId,
): Promise<ShopperFacts> {
  const depends =
    coupon !== null ||
    (customerId !== null &&
      (taxRates.some(({ exemptGroups }) => exemptGroups.length > 0) ||
        promotions.some(
          ({ conditions, limits }) => conditions.groups || conditions.firstOrder || limits.usesPerCustomer,
        ))) ||
    (key !== null && promotions.some(({ limits }) => limits.usesPerCustomer));
  if (depends) return shopperFacts(sql, { customerId, key, code: coupon });
  return customerId === null ? unasked : { ...unasked, shopper: { ...stranger, isSignedIn: true } };
}

/** The cart at today's prices: what is looked at, and what is ordered. `obstacle`: why the method does not go there with it. */
export function pricedCart(
  { cart, offers }: { cart: StoredCart; offers: readonly Offer[] },
  { rates, promotions, taxRates }: PricingRules,
  { shopper, coupon }: ShopperFacts,
  { at, destination, method }: Wanted,
): PricedCart & { readonly obstacle: ShippingObstacle | undefined } {
  const { currency } = cart;
  let obstacle: ShippingObstacle | undefined;
  const result = priceCart(cart, offers, {
    at,
    promotions,
    taxRates,
    shopper,
    coupon,
    destination,
    shipping:
      destination && method
        ? (lines) => {
            const weightGrams = lines.reduce((grams, line) => grams + line.weightGrams * line.quantity, 0);
            const value = lines.reduce((sum, line) => sum + goodsOf(line), 0);
            const { country } = destination;
            const parcel = { method, country, currency, weightGrams, value };
            const amount = shippingAmount(rates, parcel);
            if (amount !== undefined) return { method, amount };
            obstacle = shippingObstacle(rates, parcel);
            return undefined;
          }
        : undefined,
  });
  return { ...result, obstacle };
}
