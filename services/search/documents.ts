import type { CatalogueIndex } from "./domain/catalogue-index.ts";
import type { StoredProduct } from "./stored-product.ts";

/** Fetches documents by the ids of their products. */
export type Fetch = (ids: readonly string[]) => Promise<ReadonlyMap<string, StoredProduct>>;

/**
 * The documents that were looked at last. The index holds what is searched and counted; what is only shown stays in the database, or a
 * million SKUs would need gigabytes.
 */
export class Documents {
  readonly #kept = new Map<string, StoredProduct>();
  readonly #most: number;
  readonly #fetch: Fetch;

  /** @param most documents that are kept: some 4 KB each */
  constructor(most: number, fetch: Fetch) {
    this.#most = most;
    this.#fetch = fetch;
  }

  /** In the order asked for; what is gone meanwhile is left out. */
  async of(index: CatalogueIndex, products: readonly number[]): Promise<StoredProduct[]> {
    const ids = products.map((product) => index.ids[product] ?? "");
    const missing = ids.filter((id) => !this.#kept.has(id));
    const fetched = missing.length > 0 ? await this.#fetch(missing) : undefined;
    return ids.flatMap((id) => {
      const document = this.#kept.get(id) ?? fetched?.get(id);
      if (document === undefined) return [];
      this.#keep(id, document);
      return [document];
    });
  }

  /** It has changed. */
  forget(id: string): void {
    this.#kept.delete(id);
  }

  #keep(id: string, document: StoredProduct): void {
    // The one that was used last is the last in the order of insertion.
    this.#kept.delete(id);
    this.#kept.set(id, document);
    if (this.#kept.size <= this.#most) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}
