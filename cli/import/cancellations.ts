import { cartsOf, type Invoice } from "./online-retail.ts";

/** A line of an invoice that begins with C: so many units came back, of what was sold at this price. */
export type Cancellation = {
  readonly invoice: string;
  readonly at: string;
  readonly customer: string | undefined;
  readonly country: string;
  readonly sku: string;
  readonly quantity: number;
  readonly unitAmount: number;
};
/** Units of a cancellation that reverse units of one sale. `cart` is the one that the sale was ordered in: see `cartKey`. */
export type Reversal = {
  readonly sale: Invoice;
  readonly cart: string;
  readonly cancellation: Cancellation;
  readonly quantity: number;
};
export type Matched = {
  readonly reversals: readonly Reversal[];
  /** Units that reverse nothing in the file: sold before it begins, to somebody else, or at another price. */
  readonly unmatched: readonly Cancellation[];
};

/** What the i-th cart of an invoice is called in the journal. */
export const cartKey = (invoice: string, i: number): string => (i === 0 ? invoice : `${invoice}/${i + 1}`);

type Open = { readonly sale: Invoice; readonly cart: string; left: number };

/**
 * Which sale each cancellation reverses: the same customer's (without one: the same country's), of the same product at the same price, the
 * latest before it that has units left, and then the one before that. Every unit that was sold is reversed once at most.
 * @param invoices in the order of their dates
 */
export function matchCancellations(invoices: readonly Invoice[], cancellations: readonly Cancellation[]): Matched {
  const sold = new Map<string, Open[]>();
  for (const sale of invoices)
    for (const [i, cart] of cartsOf(sale).entries())
      for (const { sku, unitAmount, quantity } of cart) {
        const key = keyOf(sale, sku, unitAmount);
        sold.set(key, [...(sold.get(key) ?? []), { sale, cart: cartKey(sale.number, i), left: quantity }]);
      }

  const reversals: Reversal[] = [];
  const unmatched: Cancellation[] = [];
  for (const cancellation of cancellations.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))) {
    let left = cancellation.quantity;
    const candidates = sold.get(keyOf(cancellation, cancellation.sku, cancellation.unitAmount)) ?? [];
    for (const open of candidates.toReversed()) {
      const quantity = open.sale.at <= cancellation.at ? Math.min(left, open.left) : 0;
      if (quantity === 0) continue;
      open.left -= quantity;
      left -= quantity;
      reversals.push({ sale: open.sale, cart: open.cart, cancellation, quantity });
    }
    if (left > 0) unmatched.push({ ...cancellation, quantity: left });
  }
  return { reversals, unmatched };
}

const keyOf = (who: { customer: string | undefined; country: string }, sku: string, unitAmount: number) =>
  [who.customer ?? `in ${who.country}`, sku, unitAmount].join("|");
