import type { CatalogueIndex } from "./catalogue-index.ts";
import { all, type Filters, kinds } from "./filters.ts";
import type { Selection } from "./selection.ts";
import type { TextMatch } from "./text-match.ts";

export const sorts = ["relevance", "newest", "bestselling", "price", "-price", "title", "-title"] as const;
export type Sort = (typeof sorts)[number];

/** What sells best counts by this much more than what never sold. */
const popularityBonus = 0.25;
/** What sells half as well as the best has nine tenths of the bonus, a thousandth none. */
const halvingsUntilNothing = 10;
const soldOutPenalty = 0.7;

/** Puts selected products in order. Keeps its memory: one page at a time. */
export class Ranking {
  #key = new Float64Array(0);

  /** @returns the products at `from` (counted from 0) up to, not including, `to`, in order */
  page(
    index: CatalogueIndex,
    text: TextMatch | undefined,
    filters: Filters,
    { products, count }: Selection,
    { sort, from, to }: { readonly sort: Sort; readonly from: number; readonly to: number },
  ): number[] {
    if (from >= count) return [];
    if (this.#key.length < count) this.#key = new Float64Array(Math.max(64, count * 2));
    const key = this.#key;
    if (sort === "relevance") byRelevance(index, text, products, count, key);
    else if (sort === "price" || sort === "-price") byPrice(index, filters, products, count, key, sort === "price");
    else byColumn(columnOf(index, sort), products, count, key);
    const { createdAt, ids, titles } = index;
    const direction = sort === "-title" ? -1 : 1;
    /** Whether the match at place `a` comes before that at `b`. */
    const before = (a: number, b: number): boolean => {
      const keyA = key[a] ?? 0;
      const keyB = key[b] ?? 0;
      if (keyA !== keyB) return keyA > keyB;
      const one = products[a] ?? 0;
      const other = products[b] ?? 0;
      if (sort === "title" || sort === "-title") {
        const titleOne = titles[one] ?? "";
        const titleOther = titles[other] ?? "";
        if (titleOne !== titleOther) return titleOne < titleOther === direction > 0;
      }
      const newer = (createdAt[one] ?? 0) - (createdAt[other] ?? 0);
      return newer === 0 ? (ids[one] ?? "") > (ids[other] ?? "") : newer > 0;
    };
    return firstOf(key, count, Math.min(to, count), before)
      .slice(from)
      .map((place) => products[place] ?? 0);
  }
}

// Each writes what the products are sorted by, the highest first; equal ones are sorted further. A loop of its own for each way: one that
// asks a function for every product takes three times as long.

const columnOf = ({ createdAt, popularity }: CatalogueIndex, sort: Sort): Float64Array | undefined =>
  sort === "newest" ? createdAt : sort === "bestselling" ? popularity : undefined;

function byColumn(column: Float64Array | undefined, products: Uint32Array, count: number, key: Float64Array): void {
  if (column) for (let i = 0; i < count; i++) key[i] = column[products[i] ?? 0] ?? 0;
  else key.fill(0, 0, count);
}

function byRelevance(
  { demand, inStock, mostPopular }: CatalogueIndex,
  text: TextMatch | undefined,
  products: Uint32Array,
  count: number,
  key: Float64Array,
): void {
  const most = Math.log2(mostPopular);
  const score = text?.score;
  for (let i = 0; i < count; i++) {
    const product = products[i] ?? 0;
    const share = 1 + ((demand[product] ?? 0) - most) / halvingsUntilNothing;
    // Not a number when nothing ever sold.
    const wanted = (share > 0 ? 1 + popularityBonus * share : 1) * (inStock[product] === 1 ? 1 : soldOutPenalty);
    key[i] = score === undefined ? wanted : (score[product] ?? 0) * wanted;
  }
}

function byPrice(
  { lowest, amount, firstVariant, variantCount }: CatalogueIndex,
  filters: Filters,
  products: Uint32Array,
  count: number,
  key: Float64Array,
  ascending: boolean,
): void {
  const sign = ascending ? -1 : 1;
  const asked = filters.chosen & ~(kinds.category | kinds.brand);
  for (let i = 0; i < count; i++) {
    const product = products[i] ?? 0;
    let price = lowest[product] ?? 0;
    if (asked !== 0 && filters.variantsMeet(product, asked) !== all) {
      price = Number.POSITIVE_INFINITY;
      const first = firstVariant[product] ?? 0;
      const end = first + (variantCount[product] ?? 0);
      for (let variant = first; variant < end; variant++)
        if (filters.variantMeets(product, variant, asked)) price = Math.min(price, amount[variant] ?? 0);
    }
    key[i] = sign * price;
  }
}

/** The first `wanted` of so many places, in order. @param key whatever has a lower one comes later */
function firstOf(
  key: Float64Array,
  count: number,
  wanted: number,
  before: (a: number, b: number) => boolean,
): number[] {
  const compare = (a: number, b: number) => (before(a, b) ? -1 : 1);
  if (wanted * 8 > count)
    return Array.from({ length: count }, (_, place) => place)
      .sort(compare)
      .slice(0, wanted);
  // A heap of the best so far with the worst of them on top. Backwards, because the newest were numbered last.
  const heap: number[] = [];
  /** Of the worst one: most places are below it, and need no closer look. */
  let least = Number.NEGATIVE_INFINITY;
  for (let place = count - 1; place >= 0; place--) {
    if ((key[place] ?? 0) < least) continue;
    if (heap.length < wanted) {
      heap.push(place);
      for (let at = heap.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (!before(heap[parent] ?? 0, heap[at] ?? 0)) break;
        swap(heap, at, parent);
        at = parent;
      }
    } else if (before(place, heap[0] ?? 0)) {
      heap[0] = place;
      sink(heap, before);
    }
    if (heap.length === wanted) least = key[heap[0] ?? 0] ?? 0;
  }
  return heap.sort(compare);
}

function sink(heap: number[], before: (a: number, b: number) => boolean): void {
  for (let at = 0; ; ) {
    let worst = at;
    for (const child of [2 * at + 1, 2 * at + 2])
      if (child < heap.length && before(heap[worst] ?? 0, heap[child] ?? 0)) worst = child;
    if (worst === at) return;
    swap(heap, at, worst);
    at = worst;
  }
}

function swap(heap: number[], a: number, b: number): void {
  const kept = heap[a] ?? 0;
  heap[a] = heap[b] ?? 0;
  heap[b] = kept;
}
