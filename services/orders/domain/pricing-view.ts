import type { Money } from "@souk/kernel";
import { addedTaxOf, type Discount, discountOf, goodsOf, type Parts, type PricedLine, type Totals } from "./pricing.ts";
import type { TaxPart } from "./pricing-tax.ts";

type Amounts<T> = Omit<T, "amount"> & { amount: Money };

const inMoney = <T extends { readonly amount: number }>(parts: readonly T[] = [], currency: string): Amounts<T>[] =>
  parts.map((part) => ({ ...part, amount: { amount: part.amount, currency } }));

/** What of the total belongs to one part of an order that costs `amount` before discounts and taxes. */
export function partsView(amount: number, parts: Parts, currency: string) {
  const money = (amount: number): Money => ({ amount, currency });
  const discount = discountOf(parts);
  const tax = addedTaxOf(parts);
  return {
    discount: money(discount),
    tax: money(tax),
    payable: money(amount - discount + tax),
    discounts: inMoney(parts.discounts, currency),
    taxes: inMoney(parts.taxes, currency),
  };
}

/** A line as carts and orders show it. */
export const lineView = (line: PricedLine & Parts & { readonly title: string }, currency: string) => ({
  sku: line.sku,
  title: line.title,
  quantity: line.quantity,
  unitPrice: { amount: line.unitAmount, currency },
  total: { amount: goodsOf(line), currency },
  ...partsView(goodsOf(line), line, currency),
});

/** Discounts by promotion and taxes by rate, over everything. */
export function summed(parts: readonly Parts[]): { discounts: Discount[]; taxes: TaxPart[] } {
  const discounts = new Map<string, Discount>();
  const taxes = new Map<string, TaxPart>();
  for (const part of parts) {
    for (const discount of part.discounts ?? []) into(discounts, discount.promotionId, discount);
    for (const tax of part.taxes ?? []) into(taxes, `${tax.code} ${tax.percent} ${tax.included}`, tax);
  }
  return { discounts: [...discounts.values()], taxes: [...taxes.values()] };
}

function into<T extends { readonly amount: number }>(sums: Map<string, T>, key: string, part: T): void {
  const before = sums.get(key);
  sums.set(key, before ? { ...before, amount: before.amount + part.amount } : part);
}

export function totalsView(totals: Totals, parts: readonly Parts[], currency: string) {
  const money = (amount: number): Money => ({ amount, currency });
  const { discounts, taxes } = summed(parts);
  return {
    subtotal: money(totals.subtotal),
    discount: money(totals.discount),
    shipping: money(totals.shipping),
    tax: money(totals.tax),
    total: money(totals.total),
    discounts: inMoney(discounts, currency),
    taxes: inMoney(taxes, currency),
  };
}
