import type { ProductFact } from "../contract.ts";

/** A product as its latest event told it, with what older events left out. */
export type WholeProduct = ProductFact & Required<Pick<ProductFact, "categories" | "createdAt" | "updatedAt">>;

/** @param toldAt when the event was published that told it */
export const wholeProduct = (fact: ProductFact, toldAt: string): WholeProduct => ({
  ...fact,
  categories: fact.categories ?? [{ slug: fact.categorySlug, name: fact.category }],
  createdAt: fact.createdAt ?? toldAt,
  updatedAt: fact.updatedAt ?? toldAt,
});
