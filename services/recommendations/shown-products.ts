import { ReadThrough } from "@souk/kernel";
import type { ProjectedDocument } from "./db/projection.ts";
import { type ShownProduct, shownProduct, sizeOf } from "./shown-product.ts";

/** Those that are there, in no order. */
export type Fetch = (ids: readonly string[]) => Promise<readonly ProjectedDocument[]>;

/** The products of one generation that were recommended last, as they are shown. The others are fetched when they are needed. */
export class ShownProducts {
  readonly #kept: ReadThrough<ShownProduct>;
  /** Of those that are kept. */
  readonly #bySku = new Map<string, ShownProduct>();

  /** @param most bytes of memory that what is kept may need, roughly */
  constructor(most: number, fetch: Fetch) {
    this.#kept = new ReadThrough({
      ...{ most, sizeOf, namesOf: ({ skus }) => skus },
      fetch: async (ids) => new Map((await fetch(ids)).map(shownProduct).map((product) => [product.id, product])),
      keeping: (product) => this.#takeSkus(product),
      dropped: ({ skus }) => {
        for (const sku of skus) this.#bySku.delete(sku);
      },
    });
  }

  /** For each id the product, if there is one. */
  of(ids: readonly string[]): Promise<readonly (ShownProduct | undefined)[]> {
    return this.#kept.of(ids);
  }

  productChanged(id: string): void {
    this.#kept.forget(id);
  }

  stockChanged(sku: string, available: number): void {
    this.#kept.noteChange(sku);
    const product = this.#bySku.get(sku);
    const variant = product?.skus.indexOf(sku) ?? -1;
    if (product && variant !== -1) product.available[variant] = available;
  }

  #takeSkus(product: ShownProduct): void {
    this.#kept.forget(product.id); // before its successor has the same SKUs
    for (const sku of product.skus) {
      const other = this.#bySku.get(sku);
      if (other) this.#kept.forget(other.id); // the SKU moved here, and the news of that is on its way
      this.#bySku.set(sku, product);
    }
  }
}
