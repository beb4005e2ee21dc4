import { LruCache } from "@souk/kernel";
import type { CatalogueIndex } from "./catalogue-index.ts";
import { valueName } from "./facet-attributes.ts";
import { FacetTally } from "./facet-tally.ts";
import { type Filters, kinds, optionKind } from "./filters.ts";
import { priceStep } from "./price-steps.ts";
import { Selection } from "./selection.ts";
import type { TextMatch } from "./text-match.ts";

export type FacetValue = { value: string; name: string; count: number };
export type Facets = {
  /** With `parent`, so that they can be drawn as a tree; what lies below a category is counted in it. */
  category: (FacetValue & { parent: string | null })[];
  brand: FacetValue[];
  price: { currency: string; ranges: { min: number; max?: number; count: number }[] };
  /** `label`: of an attribute. */
  options: { name: string; label?: string; values: FacetValue[] }[];
  availability: FacetValue[];
};

const mostValues = 50;
const mostOptions = 20;
const freshMs = 1_000;
/** Fewer matches are counted faster than they are looked up. */
const manyHits = 500;
/** Counts that are remembered: some ten kilobytes each. */
const mostKnown = 300;
/** Of so many it is known that they were asked for: what is asked for once is not worth its place. */
const mostAsked = 4_000;

/** A time, and how often the index had changed by then. */
type Moment = { at: number; changes: number };
/** What one count is good for; options in the order of how many products have any value of them. */
type Counted = Partial<Facets>;

/**
 * How many products each further choice would show. A facet is counted over the answer to the same question without its own choice, so
 * that a shopper sees what else there is. Keeps its memory: one question at a time.
 */
export class FacetCounts {
  readonly #other = new Selection();
  readonly #tally = new FacetTally();
  /** When each was asked for last. */
  readonly #asked = new LruCache<Moment>({ most: mostAsked });
  readonly #known = new LruCache<Moment & { readonly counted: Counted }>({ most: mostKnown });

  /**
   * @param hits what meets all choices  @param at milliseconds from any origin: of many hits, what was counted in the last second is not
   * counted again: half the shop looks at the same few shelves and for the same few words
   * @returns lists that are frozen when they may be those of another question too
   */
  count(
    index: CatalogueIndex,
    text: TextMatch | undefined,
    filters: Filters,
    hits: Selection,
    { q, at }: { readonly q: string | undefined; readonly at: number },
  ): Facets {
    const { chosen } = filters;
    const currency = this.#currencyFor(index, filters);
    const ofOptions = filters.options.map((_, n) => optionKind(n));
    const own = [kinds.category, kinds.brand, kinds.price, kinds.stock, ...ofOptions];
    const withChoice = own.filter((kind) => chosen & kind);
    const without = own.filter((kind) => !(chosen & kind)).reduce((bits, kind) => bits | kind, 0);
    const isWorthKeeping = text === undefined || text.count >= manyHits;
    const keyOf = (asked: number, wanted: number) =>
      isWorthKeeping ? `${wanted} ${currency} ${filters.keyOf(asked)} ${q ?? ""}` : undefined;
    const counted = this.#counted(index, keyOf(chosen, without), at, () => {
      this.#tally.count(index, filters, hits, chosen, without, currency, (option) => !filters.options.includes(option));
      return this.#told(index, without, true, currency);
    });
    const facets: Facets = { ...nothingCounted, ...counted };
    const chosenOptions: Facets["options"] = [];
    for (const kind of withChoice) {
      const asked = chosen & ~kind;
      const option = filters.options[ofOptions.indexOf(kind)];
      const { options = [], ...others } = this.#counted(index, keyOf(asked, kind), at, () => {
        this.#other.run(index, text, filters, asked);
        this.#tally.count(index, filters, this.#other, asked, kind, currency, (one) => one === option);
        return this.#told(index, kind, option !== undefined, currency);
      });
      Object.assign(facets, others);
      // An option may be asked for twice, in other letters.
      chosenOptions.push(...options.filter(({ name }) => !chosenOptions.some((one) => one.name === name)));
    }
    if (chosenOptions.length > 0)
      facets.options = [...chosenOptions.sort(mostOfAll), ...facets.options].slice(0, mostOptions);
    return { ...facets, ...withChosen(index, filters, facets) };
  }

  /** Counts, or remembers what was counted a moment ago under this key. */
  #counted(index: CatalogueIndex, key: string | undefined, at: number, count: () => Counted): Counted {
    if (key === undefined) return count();
    const { changes } = index;
    const isFresh = (moment: Moment) => moment.changes === changes || at - moment.at < freshMs;
    const asked = this.#asked.get(key);
    // Had it been kept the last time, it would have been of use now.
    const isWorthKeeping = asked !== undefined && isFresh(asked);
    if (asked) Object.assign(asked, { at, changes });
    else this.#asked.set(key, { at, changes });
    const known = this.#known.get(key);
    if (known && isFresh(known)) return known.counted;
    const counted = count();
    if (isWorthKeeping) {
      for (const facet of Object.values(counted)) Object.freeze(facet);
      this.#known.set(key, { at, changes, counted });
    }
    return counted;
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

  /** What was counted, of the kinds that were. */
  #told(index: CatalogueIndex, wanted: number, options: boolean, money: number): Counted {
    return {
      ...(wanted & kinds.category && { category: this.#categories(index) }),
      ...(wanted & kinds.brand && { brand: this.#brands(index) }),
      ...(wanted & kinds.price && { price: this.#prices(index, money) }),
      ...(options && { options: this.#options(index) }),
      ...(wanted & kinds.stock && { availability: this.#availability() }),
    };
  }

  #brands({ brands }: CatalogueIndex): Facets["brand"] {
    const counts = this.#tally.brand;
    const names = brands.all();
    const found: number[] = [];
    for (let brand = 0; brand < names.length; brand++) if ((counts[brand + 1] ?? 0) > 0) found.push(brand);
    const nameOf = (brand: number) => names[brand] ?? "";
    const mostFirst = (a: number, b: number) =>
      (counts[b + 1] ?? 0) - (counts[a + 1] ?? 0) || (nameOf(a) < nameOf(b) ? -1 : 1);
    return found
      .sort(mostFirst)
      .slice(0, mostValues)
      .map((brand) => ({ value: nameOf(brand), name: nameOf(brand), count: counts[brand + 1] ?? 0 }));
  }

  #prices({ currencies }: CatalogueIndex, money: number): Facets["price"] {
    return {
      currency: currencies.count > 0 && money >= 0 ? currencies.at(money) : "",
      ranges: [...this.#tally.step].flatMap((count, step) => (count > 0 ? [{ ...priceStep(step), count }] : [])),
    };
  }

  #availability(): Facets["availability"] {
    const [inStock = 0, soldOut = 0] = this.#tally.stock;
    return [
      { value: "in_stock", name: "In stock", count: inStock },
      { value: "out_of_stock", name: "Out of stock", count: soldOut },
    ].filter(({ count }) => count > 0);
  }

  #categories({ categories }: CatalogueIndex): Facets["category"] {
    const all = categories.all();
    const slugs = [...categories.keys()];
    const counts = this.#tally.category;
    // A category's number is above its parent's.
    for (let category = all.length - 1; category >= 0; category--) {
      const parent = all[category]?.parent;
      if (parent !== undefined) counts[parent] = (counts[parent] ?? 0) + (counts[category] ?? 0);
    }
    const found: Facets["category"] = [];
    for (let category = 0; category < all.length; category++) {
      const { path = "", parent } = all[category] ?? {};
      const count = counts[category] ?? 0;
      if (count > 0) found.push(categoryValue(slugs, category, path, parent, count));
    }
    return found.sort(mostFirst);
  }

  #options({ options, optionValues, definitions }: CatalogueIndex): Facets["options"] {
    const byOption = new Map<number, FacetValue[]>();
    const all = optionValues.all();
    for (let number = 0; number < all.length; number++) {
      const known = all[number];
      const count = this.#tally.value[number] ?? 0;
      if (known === undefined || count === 0) continue;
      const { option, value } = known;
      const list = byOption.get(option) ?? [];
      byOption.set(option, list);
      list.push({ value, name: valueName(value, definitions.get(option)), count });
    }
    return [...byOption]
      .map(([option, values]) => {
        const label = definitions.get(option)?.label;
        return { name: options.at(option), ...(label !== undefined && { label }), values: values.sort(mostFirst) };
      })
      .sort(mostOfAll)
      .slice(0, mostOptions)
      .map(({ values, ...option }) => ({ ...option, values: values.slice(0, mostValues) }));
  }
}

const nothingCounted: Facets = {
  category: [],
  brand: [],
  price: { currency: "", ranges: [] },
  options: [],
  availability: [],
};

const categoryValue = (
  slugs: readonly string[],
  category: number,
  name: string,
  parent: number | undefined,
  count: number,
) => ({ value: slugs[category] ?? "", name, count, parent: parent === undefined ? null : (slugs[parent] ?? null) });

/** What is chosen is shown also when there is nothing of it, so that it can be taken back. */
function withChosen(
  { categories, brands }: CatalogueIndex,
  filters: Filters,
  { category, brand }: Facets,
): Pick<Facets, "category" | "brand"> {
  const missing = filters.categories.flatMap((number) => {
    const slugs = [...categories.keys()];
    const { path, parent } = categories.at(number);
    const shown = category.some(({ value }) => value === slugs[number]);
    return shown ? [] : [categoryValue(slugs, number, path, parent, 0)];
  });
  const missingBrands = filters.brands.flatMap((number) => {
    const name = brands.at(number);
    return brand.some(({ value }) => value === name) || brand.length === mostValues
      ? []
      : [{ value: name, name, count: 0 }];
  });
  return {
    category: missing.length > 0 ? [...category, ...missing] : category,
    brand: missingBrands.length > 0 ? [...brand, ...missingBrands] : brand,
  };
}

const total = ({ values }: Facets["options"][number]) => values.reduce((sum, { count }) => sum + count, 0);
const mostOfAll = (a: Facets["options"][number], b: Facets["options"][number]): number => total(b) - total(a);
const mostFirst = (a: FacetValue, b: FacetValue): number => b.count - a.count || (a.value < b.value ? -1 : 1);
