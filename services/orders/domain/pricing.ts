import { type Money, sum, times, zero } from "@souk/kernel";

/** One thing in a cart or an order, priced; amounts are minor units of the cart's currency. */
export type PricedLine = { readonly sku: string; readonly quantity: number; readonly unitAmount: number };

/** `total = subtotal − discount + shipping + tax`. Prices include tax; no promotion is running. */
export type Totals = {
  readonly subtotal: number;
  readonly discount: number;
  readonly shipping: number;
  readonly tax: number;
  readonly total: number;
};

export const lineTotal = ({ unitAmount, quantity }: PricedLine, currency: string): Money =>
  times({ amount: unitAmount, currency }, quantity);

/**
 * The one pricing function, shared by the cart that is looked at and the order that is placed.
 * @param shippingAmount minor units; 0 while no method is chosen
 */
export function price(lines: readonly PricedLine[], shippingAmount: number, currency: string): Totals {
  const subtotal = sum(
    lines.map((line) => lineTotal(line, currency)),
    currency,
  ).amount;
  return { subtotal, discount: 0, shipping: shippingAmount, tax: 0, total: subtotal + shippingAmount };
}

export const totalsAsMoney = (totals: Totals, currency: string) => {
  const money = (amount: number): Money => ({ ...zero(currency), amount });
  return {
    subtotal: money(totals.subtotal),
    discount: money(totals.discount),
    shipping: money(totals.shipping),
    tax: money(totals.tax),
    total: money(totals.total),
  };
};
