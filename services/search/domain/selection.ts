import type { CatalogueIndex } from "./catalogue-index.ts";
import type { Filters } from "./filters.ts";
import type { Candidates } from "./narrowing.ts";
import type { TextMatch } from "./text-match.ts";

/** Products that were selected, in no order. Keeps its memory: one selection at a time. */
export class Selection {
  /** Those before `count`. May be the matches of a query themselves, or a list of the index: nobody else writes into it. */
  products: Uint32Array = new Uint32Array(0);
  count = 0;
  #own: Uint32Array = new Uint32Array(0);

  /**
   * Selects what meets the kinds in `asked`. Begins with the shortest list that all must be in, and looks only at that.
   * @param text undefined: whatever their words
   */
  run(index: CatalogueIndex, text: TextMatch | undefined, filters: Filters, asked: number): void {
    if (this.#own.length < index.bound) this.#own = new Uint32Array(Math.max(64, index.bound * 2));
    const { lists, list, besides } = filters.shortest(asked);
    if (text && text.count <= lists.length(list)) {
      this.#choose({ products: text.products, start: 0, end: text.count }, filters, asked);
      return;
    }
    const start = lists.start(list);
    const its = { products: lists.data, start, end: start + lists.length(list) };
    this.#choose(text ? text.among(its, this.#own) : its, filters, besides);
  }

  #choose(from: Candidates, filters: Filters, asked: number): void {
    const { products, start, end } = from;
    if (asked === 0) {
      this.products = start === 0 ? products : products.subarray(start, end);
      this.count = end - start;
    } else {
      this.products = this.#own;
      this.count = filters.narrow(from, asked, this.#own);
    }
  }
}
