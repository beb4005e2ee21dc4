import { useSyncExternalStore } from "react";
import type { Product } from "../api/search.ts";
import { stored } from "../api/stored.ts";

/** What is needed to draw and to find a product again where the shop only names a SKU. */
export type Seen = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly category: string;
  readonly variant: string;
  readonly weightGrams: number;
  readonly options: Readonly<Record<string, string>>;
  readonly attributes: Product["attributes"];
};

const most = 120;
const seen = stored<{ readonly bySku: Readonly<Record<string, Seen>>; readonly recent: readonly string[] }>(
  "souk.seen",
  { bySku: {}, recent: [] },
);

const variantOf = ({ options, weightGrams }: Product["variants"][number]) => ({ options, weightGrams });

/** Of something that was put into a cart. */
export function rememberItem(product: Product, sku: string): void {
  const variant = product.variants.find((one) => one.sku === sku);
  if (!variant) return;
  const { id, slug, title, category, attributes } = product;
  const entry: Seen = { id, slug, title, category, attributes, variant: variant.title, ...variantOf(variant) };
  const { bySku, recent } = seen.get();
  const others = Object.entries(bySku).filter(([other]) => other !== sku);
  seen.set({ bySku: Object.fromEntries([...others.slice(1 - most), [sku, entry]]), recent });
}

/** Of a product that was looked at. */
export function rememberLook({ id }: Product): void {
  const { bySku, recent } = seen.get();
  if (recent[0] === id) return;
  seen.set({ bySku, recent: [id, ...recent.filter((other) => other !== id)].slice(0, 12) });
}

export const seenNow = (sku: string): Seen | undefined => seen.get().bySku[sku];
export const useSeen = (sku: string): Seen | undefined =>
  useSyncExternalStore(seen.subscribe, () => seen.get().bySku[sku]);
export const useRecent = (): readonly string[] => useSyncExternalStore(seen.subscribe, () => seen.get().recent);
