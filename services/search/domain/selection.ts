import type { CatalogueIndex } from "./catalogue-index.ts";
import { type Filters, kinds } from "./filters.ts";
import type { IntLists } from "./int-lists.ts";
import type { TextMatch } from "./text-match.ts";

/** Products that were selected, in no order. Keeps its memory: one selection at a time. */
export class Selection {
  /** Those before `count`. May be the matches of a query themselves: nobody else writes into it. */
  products = new Uint32Array(0);
  count = 0;
  #own = new Uint32Array(0);

  /**
   * Selects what meets the kinds in `asked`. Begins with the shortest list that all must be in, and looks only at that.
   * @param text undefined: whatever their words
   */
  run(index: CatalogueIndex, text: TextMatch | undefined, filters: Filters, asked: number): void {
    if (this.#own.length < index.bound) this.#own = new Uint32Array(Math.max(64, index.bound * 2));
    this.products = this.#own;
    this.count = 0;
    const lists: { lists: IntLists; chosen: readonly number[]; kind: number; total: number }[] = [];
    const offer = (kind: number, list: IntLists, chosen: readonly number[]) => {
      if (asked & kind)
        lists.push({ lists: list, chosen, kind, total: chosen.reduce((sum, one) => sum + list.length(one), 0) });
    };
    offer(kinds.category, index.inCategory, filters.categories);
    offer(kinds.brand, index.ofBrand, filters.brands);
    const [shortest] = lists.sort((a, b) => a.total - b.total);
    if (text && (!shortest || text.count <= shortest.total)) this.#ofMatches(text, filters, asked);
    else if (shortest?.chosen.length === 1)
      this.#ofList(shortest.lists, shortest.chosen[0] ?? 0, text, filters, asked & ~shortest.kind);
    else this.#ofAll(index, text, filters, asked);
  }

  #ofMatches({ products, count }: TextMatch, filters: Filters, asked: number): void {
    if (asked === 0) {
      this.products = products;
      this.count = count;
      return;
    }
    const own = this.#own;
    let selected = 0;
    for (let i = 0; i < count; i++) {
      const product = products[i] ?? 0;
      if (filters.meets(product, asked)) own[selected++] = product;
    }
    this.count = selected;
  }

  #ofList(lists: IntLists, list: number, text: TextMatch | undefined, filters: Filters, asked: number): void {
    const own = this.#own;
    const { data } = lists;
    const start = lists.start(list);
    const end = start + lists.length(list);
    let selected = 0;
    for (let i = start; i < end; i++) {
      const product = data[i] ?? 0;
      if (text && !text.has(product)) continue;
      if (asked === 0 || filters.meets(product, asked)) own[selected++] = product;
    }
    this.count = selected;
  }

  #ofAll({ bound, variantCount }: CatalogueIndex, text: TextMatch | undefined, filters: Filters, asked: number): void {
    const own = this.#own;
    let selected = 0;
    for (let product = 0; product < bound; product++) {
      if (variantCount[product] === 0 || (text && !text.has(product))) continue;
      if (asked === 0 || filters.meets(product, asked)) own[selected++] = product;
    }
    this.count = selected;
  }
}
