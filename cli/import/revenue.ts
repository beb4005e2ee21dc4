import type { Reversal } from "./cancellations.ts";
import type { Invoice } from "./online-retail.ts";

/** Pence by day, country and product; what was sold less what came back, each on its own day. */
export type Revenue = {
  readonly day: Map<string, number>;
  readonly country: Map<string, number>;
  readonly product: Map<string, number>;
};
export const noRevenue = (): Revenue => ({ day: new Map(), country: new Map(), product: new Map() });

export function book(
  revenue: Revenue,
  { at, country, sku, amount }: { at: string; country: string; sku: string; amount: number },
): void {
  const places = [
    [revenue.day, at.slice(0, 10)],
    [revenue.country, country],
    [revenue.product, sku],
  ] as const;
  for (const [sums, key] of places) sums.set(key, (sums.get(key) ?? 0) + amount);
}

/** What a plain pass over the file's sales, and the cancellations that reverse them, says. */
export function revenueOfFile(invoices: readonly Invoice[], reversals: readonly Reversal[]): Revenue {
  const revenue = noRevenue();
  for (const { at, country, sales } of invoices)
    for (const { sku, quantity, unitAmount } of sales)
      book(revenue, { at, country, sku, amount: quantity * unitAmount });
  for (const { sale, cancellation, quantity } of reversals) {
    const { at, sku, unitAmount } = cancellation;
    book(revenue, { at, country: sale.country, sku, amount: -quantity * unitAmount });
  }
  return revenue;
}

export const total = ({ country }: Revenue): number => [...country.values()].reduce((sum, amount) => sum + amount, 0);

/** How many days, countries and products differ; 0 is as it should be. */
export const differences = (file: Revenue, shop: Revenue) => ({
  days: differing(file.day, shop.day),
  countries: differing(file.country, shop.country),
  products: differing(file.product, shop.product),
});
const differing = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number =>
  new Set([...a.keys(), ...b.keys()].filter((key) => (a.get(key) ?? 0) !== (b.get(key) ?? 0))).size;
