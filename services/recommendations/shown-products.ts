import type { ProjectedDocument } from "./db/projection.ts";
import { type ShownProduct, shownProduct, sizeOf } from "./shown-product.ts";

/** Those that are there, in no order. */
export type Fetch = (ids: readonly string[]) => Promise<readonly ProjectedDocument[]>;

/** The products of one generation that were recommended last, as they are shown. The others are fetched when they are needed. */
export class ShownProducts {
  readonly #kept = new Map<string, { readonly product: ShownProduct; readonly size: number }>();
  readonly #bySku = new Map<string, ShownProduct>();
  readonly #most: number;
  readonly #fetch: Fetch;
  #size = 0;
  /** Of each fetch under way: the products and SKUs that have changed since it began; it may have missed that. */
  readonly #changed = new Set<Set<string>>();

  /** @param most bytes of memory that what is kept may need, roughly */
  constructor(most: number, fetch: Fetch) {
    this.#most = most;
    this.#fetch = fetch;
  }

  /** By their ids, without those that there are none of. */
  async of(ids: readonly string[]): Promise<ReadonlyMap<string, ShownProduct>> {
    const found = new Map<string, ShownProduct>();
    const missing: string[] = [];
    for (const id of ids) {
      const known = this.#used(id);
      if (known) found.set(id, known);
      else missing.push(id);
    }
    if (missing.length > 0) for (const product of await this.#fetched(missing)) found.set(product.id, product);
    return found;
  }

  productChanged(id: string): void {
    for (const changed of this.#changed) changed.add(id);
    this.#drop(id);
  }

  stockChanged(sku: string, available: number): void {
    for (const changed of this.#changed) changed.add(sku);
    const product = this.#bySku.get(sku);
    const variant = product?.skus.indexOf(sku) ?? -1;
    if (product && variant !== -1) product.available[variant] = available;
  }

  async #fetched(ids: readonly string[]): Promise<readonly ShownProduct[]> {
    const changed = new Set<string>();
    this.#changed.add(changed);
    try {
      const products = (await this.#fetch(ids)).map(shownProduct);
      for (const product of products)
        if (![product.id, ...product.skus].some((name) => changed.has(name))) this.#keep(product);
      return products;
    } finally {
      this.#changed.delete(changed);
    }
  }

  /** The one that was used last is the last in the order of insertion. */
  #used(id: string): ShownProduct | undefined {
    const known = this.#kept.get(id);
    if (known === undefined) return undefined;
    this.#kept.delete(id);
    this.#kept.set(id, known);
    return known.product;
  }

  #keep(product: ShownProduct): void {
    this.#drop(product.id);
    for (const sku of product.skus) {
      const other = this.#bySku.get(sku);
      if (other) this.#drop(other.id); // the SKU moved here, and the news of that is on its way
      this.#bySku.set(sku, product);
    }
    const size = sizeOf(product);
    this.#kept.set(product.id, { product, size });
    this.#size += size;
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= this.#most) break;
      this.#drop(oldest);
    }
  }

  #drop(id: string): void {
    const known = this.#kept.get(id);
    if (known === undefined) return;
    this.#kept.delete(id);
    this.#size -= known.size;
    for (const sku of known.product.skus) this.#bySku.delete(sku);
  }
}
