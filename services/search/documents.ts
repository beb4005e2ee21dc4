import type { CatalogueIndex } from "./domain/catalogue-index.ts";
import { type ShownProduct, shownProduct, sizeOf } from "./shown-product.ts";
import type { StoredProduct } from "./stored-product.ts";

/** Fetches documents by the ids of their products. */
export type Fetch = (ids: readonly string[]) => Promise<ReadonlyMap<string, StoredProduct>>;

/**
 * The products that were looked at last, as they are shown. The index holds what is searched and counted; what is only shown stays in the
 * database, or a million SKUs would need a gigabyte.
 */
export class Documents {
  readonly #kept = new Map<string, { readonly product: ShownProduct; readonly size: number }>();
  readonly #most: number;
  readonly #fetch: Fetch;
  #size = 0;
  /** Of each fetch under way: what has changed since it began, and must not be kept. */
  readonly #changed = new Set<Set<string>>();

  /** @param most bytes of memory that what is kept may need, roughly */
  constructor(most: number, fetch: Fetch) {
    this.#most = most;
    this.#fetch = fetch;
  }

  /** In the order asked for; what is gone meanwhile is left out. */
  async of(index: CatalogueIndex, products: readonly number[]): Promise<ShownProduct[]> {
    const ids = products.map((product) => index.ids[product] ?? "");
    // Before the fetch, which may take the place of some of them.
    const known = ids.map((id) => this.#used(id));
    const missing = ids.filter((_, i) => known[i] === undefined);
    if (missing.length === 0) return known.filter((product) => product !== undefined);
    const fetched = await this.#fetched(missing);
    return ids.flatMap((id, i) => known[i] ?? fetched.get(id) ?? []);
  }

  /** It has changed. */
  forget(id: string): void {
    for (const changed of this.#changed) changed.add(id);
    this.#drop(id);
  }

  async #fetched(ids: readonly string[]): Promise<ReadonlyMap<string, ShownProduct>> {
    const changed = new Set<string>();
    this.#changed.add(changed);
    try {
      const documents = await this.#fetch(ids);
      const products = new Map([...documents].map(([id, document]) => [id, shownProduct(document)]));
      for (const [id, product] of products) if (!changed.has(id)) this.#keep(id, product);
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

  #keep(id: string, product: ShownProduct): void {
    const size = sizeOf(product);
    this.#drop(id);
    this.#kept.set(id, { product, size });
    this.#size += size;
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= this.#most) break;
      this.#drop(oldest);
    }
  }

  #drop(id: string): void {
    this.#size -= this.#kept.get(id)?.size ?? 0;
    this.#kept.delete(id);
  }
}
