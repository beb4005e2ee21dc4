import type { CatalogueIndex } from "./catalogue-index.ts";
import { type Filters, kinds, optionKind } from "./filters.ts";
import { priceStep, priceStepCount } from "./price-steps.ts";
import { Selection } from "./selection.ts";
import type { TextMatch } from "./text-match.ts";

export type FacetValue = { value: string; name: string; count: number };
export type Facets = {
  /** With `parent`, so that they can be drawn as a tree; what lies below a category is counted in it. */
  category: (FacetValue & { parent: string | null })[];
  brand: FacetValue[];
  price: { currency: string; ranges: { min: number; max?: number; count: number }[] };
  options: { name: string; values: FacetValue[] }[];
  availability: FacetValue[];
};

const mostValues = 50;
const mostOptions = 20;
const freshMs = 1_000;
/** Fewer matches are counted faster than they are looked up. */
const manyHits = 500;
/** Counts that are remembered, some kilobytes each. */
const mostKnown = 300;

/**
 * How many products each further choice would show. A facet is counted over the answer to the same question without its own choice, so
 * that a shopper sees what else there is. Keeps its memory: one question at a time.
 */
export class FacetCounts {
  readonly #other = new Selection();
  #category = new Uint32Array(0);
  #brand = new Uint32Array(0);
  #value = new Uint32Array(0);
  #valueWanted = new Uint32Array(0);
  #step = new Uint32Array(priceStepCount);
  /** By combination: products whose variants together are that. */
  #set = new Uint32Array(0);
  /** By option value and by combination: the last product it was counted for, plus one. */
  #valueSeen = new Uint32Array(0);
  #combinationSeen = new Uint32Array(0);
  /** In stock, sold out. */
  readonly #stock = new Uint32Array(2);
  readonly #known = new Map<
    string,
    { readonly at: number; readonly changes: number; readonly counts: readonly Uint32Array[] }
  >();

  /**
   * @param hits what meets all choices  @param at milliseconds from any origin: of many hits, what was counted in the last second is not
   * counted again: half the shop looks at the same few shelves and for the same few words
   */
  count(
    index: CatalogueIndex,
    text: TextMatch | undefined,
    filters: Filters,
    hits: Selection,
    { q, at }: { readonly q: string | undefined; readonly at: number },
  ): Facets {
    this.#clear(index);
    const { chosen } = filters;
    const currency = this.#currencyFor(index, filters);
    const own = [
      kinds.category,
      kinds.brand,
      kinds.price,
      kinds.stock,
      ...filters.options.map((_, n) => optionKind(n)),
    ];
    const withChoice = own.filter((kind) => chosen & kind);
    const without = own.filter((kind) => !(chosen & kind)).reduce((bits, kind) => bits | kind, 0);
    const optionsWithChoice = new Map(filters.options.map((option, n) => [option, optionKind(n)]));
    const unwanted = (option: number) => !optionsWithChoice.has(option);
    const isWorthKeeping = text === undefined || text.count >= manyHits;
    const keyOf = (asked: number, wanted: number) =>
      isWorthKeeping ? `${wanted} ${currency} ${filters.keyOf(asked)} ${q ?? ""}` : undefined;
    this.#counted(index, keyOf(chosen, without), at, () =>
      this.#tally(index, filters, hits, chosen, without, currency, unwanted),
    );
    for (const kind of withChoice) {
      const asked = chosen & ~kind;
      const isIt = (option: number) => optionsWithChoice.get(option) === kind;
      this.#counted(index, keyOf(asked, kind), at, () => {
        this.#other.run(index, text, filters, asked);
        this.#tally(index, filters, this.#other, asked, kind, currency, isIt);
      });
    }
    return this.#told(index, filters, currency);
  }

  /** Counts, or remembers what was counted a moment ago under this key. Each count has numbers of its own to add to. */
  #counted(index: CatalogueIndex, key: string | undefined, at: number, tally: () => void): void {
    if (key === undefined) {
      tally();
      return;
    }
    const known = this.#known.get(key);
    if (known && (known.changes === index.changes || at - known.at < freshMs)) {
      for (const [n, counts] of known.counts.entries()) {
        const into = this.#counts()[n];
        for (let i = 0; i < counts.length; i++) if (into) into[i] = (into[i] ?? 0) + (counts[i] ?? 0);
      }
      return;
    }
    const before = this.#counts().map((counts) => counts.slice());
    tally();
    const counts = this.#counts().map((after, n) => {
      const own = after.map((count, i) => count - (before[n]?.[i] ?? 0));
      return own.some((count) => count > 0) ? own : new Uint32Array(0);
    });
    this.#known.delete(key);
    this.#known.set(key, { at, changes: index.changes, counts });
    const [oldest] = this.#known.size > mostKnown ? this.#known.keys() : [];
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  #counts(): Uint32Array<ArrayBuffer>[] {
    return [this.#category, this.#brand, this.#value, this.#step, this.#stock];
  }

  /** The one that is chosen, else the one most things are sold in. */
  #currencyFor({ currencies, currency, bound, firstVariant }: CatalogueIndex, { currency: chosen }: Filters): number {
    if (chosen !== undefined) return chosen;
    if (currencies.count < 2) return 0;
    const counts = new Uint32Array(currencies.count);
    // A sample tells which, and which it is hardly ever changes.
    const stride = Math.max(1, bound >>> 10);
    for (let product = 0; product < bound; product += stride) {
      const its = currency[firstVariant[product] ?? 0] ?? 0;
      counts[its] = (counts[its] ?? 0) + 1;
    }
    return counts.indexOf(Math.max(...counts));
  }

  #tally(
    index: CatalogueIndex,
    filters: Filters,
    { products, count }: Selection,
    asked: number,
    wanted: number,
    money: number,
    wantsOption: (option: number) => boolean,
  ): void {
    const { category, brand, firstVariant, variantCount, available, currency, priceStep, combination } = index;
    const { optionSet, priceSteps, onlyCurrency, inStock: stockedProduct } = index;
    const countCategory = (wanted & kinds.category) !== 0;
    const countBrand = (wanted & kinds.brand) !== 0;
    const countPrice = (wanted & kinds.price) !== 0;
    const countStock = (wanted & kinds.stock) !== 0;
    const combinations = index.combinations.all();
    let countOptions = false;
    for (const [value, { option }] of index.optionValues.all().entries()) {
      const wants = wantsOption(option);
      countOptions ||= wants;
      this.#valueWanted[value] = wants ? 1 : 0;
    }
    const byVariant = countPrice || countStock || countOptions;
    const asks = asked & ~(kinds.category | kinds.brand);
    // Fields of the class are slow to reach in a loop this hot.
    const categoryCounts = this.#category;
    const brandCounts = this.#brand;
    const valueCounts = this.#value;
    const stepCounts = this.#step;
    const valueSeen = this.#valueSeen;
    const valueWanted = this.#valueWanted;
    const combinationSeen = this.#combinationSeen;
    const setCounts = this.#set;
    let inStock = 0;
    let soldOut = 0;
    for (let i = 0; i < count; i++) {
      const product = products[i] ?? 0;
      if (countCategory) bump(categoryCounts, category[product] ?? 0);
      if (countBrand) bump(brandCounts, brand[product] ?? 0);
      if (!byVariant) continue;
      if (asks === 0 && onlyCurrency[product] !== -1) {
        // All its variants count, and together they are known.
        if (countPrice && onlyCurrency[product] === money)
          for (let steps = priceSteps[product] ?? 0; steps !== 0; steps &= steps - 1)
            bump(stepCounts, 31 - Math.clz32(steps & -steps));
        if (stockedProduct[product] === 1) inStock++;
        else soldOut++;
        if (countOptions) bump(setCounts, optionSet[product] ?? 0);
        continue;
      }
      const first = firstVariant[product] ?? 0;
      const end = first + (variantCount[product] ?? 0);
      let steps = 0;
      let stocked = false;
      for (let variant = first; variant < end; variant++) {
        if (asks !== 0 && !filters.variantMeets(variant, asks)) continue;
        if ((available[variant] ?? 0) > 0) stocked = true;
        if (currency[variant] === money) steps |= 1 << (priceStep[variant] ?? 0);
        const its = combination[variant] ?? 0;
        if (!countOptions || combinationSeen[its] === product + 1) continue;
        combinationSeen[its] = product + 1;
        const members = combinations[its];
        if (members === undefined) continue;
        for (let m = 0; m < members.length; m++) {
          const value = members[m] ?? 0;
          if (valueWanted[value] === 0 || valueSeen[value] === product + 1) continue;
          valueSeen[value] = product + 1;
          bump(valueCounts, value);
        }
      }
      if (countPrice) for (; steps !== 0; steps &= steps - 1) bump(stepCounts, 31 - Math.clz32(steps & -steps));
      if (stocked) inStock++;
      else if (stockedProduct[product] === 0) soldOut++;
    }
    if (countStock) {
      this.#stock[0] = (this.#stock[0] ?? 0) + inStock;
      this.#stock[1] = (this.#stock[1] ?? 0) + soldOut;
    }
    if (countOptions)
      for (let set = 0; set < combinations.length; set++) {
        const times = setCounts[set] ?? 0;
        if (times === 0) continue;
        setCounts[set] = 0;
        for (const value of combinations[set] ?? [])
          if (valueWanted[value] === 1) valueCounts[value] = (valueCounts[value] ?? 0) + times;
      }
    // The next selection counts the same products anew.
    this.#combinationSeen.fill(0);
    this.#valueSeen.fill(0);
  }

  #told(index: CatalogueIndex, filters: Filters, money: number): Facets {
    return {
      category: this.#categories(index, filters),
      brand: index.brands
        .all()
        .map((name, brand) => ({
          value: name,
          name,
          count: this.#brand[brand + 1] ?? 0,
          kept: filters.brands.includes(brand),
        }))
        .filter(({ count, kept }) => count > 0 || kept)
        .sort(mostFirst)
        .slice(0, mostValues)
        .map(({ value, name, count }) => ({ value, name, count })),
      price: {
        currency: index.currencies.count > 0 && money >= 0 ? index.currencies.at(money) : "",
        ranges: [...this.#step].flatMap((count, step) => (count > 0 ? [{ ...priceStep(step), count }] : [])),
      },
      options: this.#options(index, filters),
      availability: [
        { value: "in_stock", name: "In stock", count: this.#stock[0] ?? 0 },
        { value: "out_of_stock", name: "Out of stock", count: this.#stock[1] ?? 0 },
      ].filter(({ count }) => count > 0),
    };
  }

  #categories({ categories }: CatalogueIndex, filters: Filters): Facets["category"] {
    const all = categories.all();
    const slugs = [...categories.keys()];
    // A category's number is above its parent's.
    for (let category = all.length - 1; category >= 0; category--) {
      const parent = all[category]?.parent;
      if (parent !== undefined)
        this.#category[parent] = (this.#category[parent] ?? 0) + (this.#category[category] ?? 0);
    }
    return all
      .flatMap(({ path, parent }, category) => {
        const count = this.#category[category] ?? 0;
        if (count === 0 && !filters.categories.includes(category)) return [];
        const value = slugs[category] ?? "";
        return [{ value, name: path, count, parent: parent === undefined ? null : (slugs[parent] ?? null) }];
      })
      .sort(mostFirst);
  }

  #options({ options, optionValues }: CatalogueIndex, filters: Filters): Facets["options"] {
    const byOption = new Map<number, FacetValue[]>();
    for (const [number, { option, value }] of optionValues.all().entries()) {
      const count = this.#value[number] ?? 0;
      if (count === 0) continue;
      const list = byOption.get(option) ?? [];
      byOption.set(option, list);
      list.push({ value, name: value, count });
    }
    const chosenFirst = (option: number) => (filters.options.includes(option) ? 0 : 1);
    const total = (values: readonly FacetValue[]) => values.reduce((sum, { count }) => sum + count, 0);
    return [...byOption]
      .sort(([a, inA], [b, inB]) => chosenFirst(a) - chosenFirst(b) || total(inB) - total(inA) || a - b)
      .slice(0, mostOptions)
      .map(([option, values]) => ({ name: options.at(option), values: values.sort(mostFirst).slice(0, mostValues) }));
  }

  #clear({ categories, brands, optionValues, combinations }: CatalogueIndex): void {
    this.#category = cleared(this.#category, categories.count);
    this.#brand = cleared(this.#brand, brands.count + 1);
    this.#value = cleared(this.#value, optionValues.count);
    this.#valueSeen = cleared(this.#valueSeen, optionValues.count);
    this.#valueWanted = cleared(this.#valueWanted, optionValues.count);
    this.#combinationSeen = cleared(this.#combinationSeen, combinations.count);
    this.#set = cleared(this.#set, combinations.count);
    this.#step.fill(0);
    this.#stock.fill(0);
  }
}

const bump = (counts: Uint32Array, at: number): void => {
  counts[at] = (counts[at] ?? 0) + 1;
};
const cleared = (counts: Uint32Array<ArrayBuffer>, wanted: number): Uint32Array<ArrayBuffer> =>
  counts.length < wanted ? new Uint32Array(wanted * 2) : counts.fill(0);

const mostFirst = (a: FacetValue, b: FacetValue): number => b.count - a.count || (a.value < b.value ? -1 : 1);
