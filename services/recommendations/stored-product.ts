import type { ProductFact } from "@souk/products/contract";

/** A product as it was told last, with what older events left out. */
export type StoredProduct = ProductFact & Required<Pick<ProductFact, "categories" | "createdAt" | "updatedAt">>;

/** @param toldAt when the event was published that told it */
export const storedProduct = (fact: ProductFact, toldAt: string): StoredProduct => ({
  ...fact,
  categories: fact.categories ?? [{ slug: fact.categorySlug, name: fact.category }],
  createdAt: fact.createdAt ?? toldAt,
  updatedAt: fact.updatedAt ?? toldAt,
});
