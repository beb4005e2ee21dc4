import type { Units } from "./after-sale.ts";

/** Some of what an order was promised has come; `outstanding`: units that it still waits for after that, of all its SKUs. */
export type Fill = Units & { readonly outstanding: number };

/** What was not in stock when an order was reserved, and what has come of it since. */
export type Backorder = { readonly promised: readonly Units[]; readonly fills: readonly Fill[] };

export const filled = ({ promised, fills }: Backorder, { sku, quantity, outstanding }: Fill): Backorder => ({
  promised,
  fills: [...fills, { sku, quantity, outstanding }],
});

const sum = (units: readonly Units[]): number => units.reduce((n, { quantity }) => n + quantity, 0);

/**
 * Whether a fill takes something off what was promised. Stock may come before the promise is answered, or is answered again: the answer
 * then leaves out what had come. Each fill leaves less outstanding than there was, so one that leaves as much as was promised, or more,
 * is older than the promise.
 */
export const isOfPromise = ({ promised }: Backorder, { outstanding }: Fill): boolean => outstanding < sum(promised);

/** What an order still waits for, by SKU; empty when nothing. */
export function awaited(backorder: Backorder): readonly Units[] {
  if (backorder.promised.length === 0) return [];
  const come = backorder.fills.filter((fill) => isOfPromise(backorder, fill));
  const bySku = Map.groupBy(backorder.promised, ({ sku }) => sku);
  return [...bySku].flatMap(([sku, units]) => {
    const quantity = sum(units) - sum(come.filter((fill) => fill.sku === sku));
    return quantity > 0 ? [{ sku, quantity }] : [];
  });
}
