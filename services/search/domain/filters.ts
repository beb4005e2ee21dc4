import type { CatalogueIndex } from "./catalogue-index.ts";
import type { IntLists } from "./int-lists.ts";
import { type Candidates, keepFlagged, keepPriced, keepSoldIn, keepWhere, keepWithout } from "./narrowing.ts";
import { folded } from "./words.ts";

/** What a shopper has chosen. Values of one kind are alternatives, kinds must all be met; one variant must meet all that variants have. */
export type Choice = {
  /** Slugs or paths; what lies below is included. */
  readonly categories: readonly string[];
  readonly brands: readonly string[];
  /** By option, or attribute that is filtered by: values. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** Minor units, both included. */
  readonly minPrice: number | undefined;
  readonly maxPrice: number | undefined;
  readonly currency: string | undefined;
  /** true: a variant that meets the rest is in stock; false: the product is sold out. */
  readonly inStock: boolean | undefined;
};

/** Kinds of choice, as bits of a set of them. */
export const kinds = { category: 1, brand: 2, price: 4, stock: 8, currency: 16 } as const;
/** The kind of the nth option that is chosen by. */
export const optionKind = (n: number) => firstOption << n;
const firstOption = 32;
/** The options in a set of kinds, as bits from 1 on. */
const optionBits = (asked: number) => asked >> 5;
/** More options than that are not chosen by: as many as a byte has bits. */
const mostOptions = 8;
const nothing = new Uint8Array(0);
const ofVariants = ~(kinds.category | kinds.brand);

/** How many of a product's variants: what its own columns tell without a look at them. */
export const none = 0;
export const some = 1;
export const all = 2;
export type Share = typeof none | typeof some | typeof all;

/** A choice in the numbers of one index. Lives for one question: it holds on to the columns that the index has now. */
export class Filters {
  /** The kinds that something is chosen of. */
  readonly chosen: number;
  readonly categories: readonly number[];
  readonly brands: readonly number[];
  /** By number, in the order of `optionKind`. */
  readonly options: readonly number[];
  readonly inStock: boolean | undefined;
  /** -1 for one that nothing is sold in. */
  readonly currency: number | undefined;
  readonly #choice: Choice;
  readonly #min: number;
  readonly #max: number;
  readonly #inCategory: Uint8Array;
  readonly #ofBrand: Uint8Array;
  /** By combination: a bit for each chosen option, in their order, that it does not meet. */
  readonly #unmet: Uint8Array;
  readonly #index: CatalogueIndex;
  readonly #amount: Uint32Array;
  readonly #currencyOf: Uint32Array;
  readonly #available: Int32Array;
  readonly #lowest: Uint32Array;
  readonly #highest: Uint32Array;
  readonly #onlyCurrency: Int32Array;
  readonly #inStock: Uint8Array;
  readonly #fullyStocked: Uint8Array;
  readonly #optionSet: Uint32Array;
  readonly #attributeSet: Uint32Array;
  readonly #combination: Uint32Array;
  readonly #values: readonly (readonly number[])[];

  constructor(index: CatalogueIndex, choice: Choice) {
    const { minPrice, maxPrice, currency, inStock } = choice;
    this.#index = index;
    this.#amount = index.amount;
    this.#currencyOf = index.currency;
    this.#available = index.available;
    this.#combination = index.combination;
    this.#lowest = index.lowest;
    this.#highest = index.highest;
    this.#onlyCurrency = index.onlyCurrency;
    this.#inStock = index.inStock;
    this.#fullyStocked = index.fullyStocked;
    this.#optionSet = index.optionSet;
    this.#attributeSet = index.attributeSet;
    this.#choice = choice;
    this.inStock = inStock;
    this.categories = choice.categories.flatMap((reference) => index.findCategory(reference) ?? []);
    this.brands = choice.brands.flatMap((brand) => index.brands.find(folded(brand)) ?? []);
    this.#inCategory = choice.categories.length > 0 ? within(index, this.categories) : nothing;
    this.#ofBrand = choice.brands.length > 0 ? new Uint8Array(index.brands.count + 1) : nothing;
    for (const brand of this.brands) this.#ofBrand[brand + 1] = 1;
    this.#min = minPrice ?? 0;
    this.#max = maxPrice ?? Number.POSITIVE_INFINITY;
    this.currency = currency === undefined ? undefined : (index.currencies.find(currency) ?? -1);
    const options = [...choice.options].slice(0, mostOptions);
    this.options = options.map(([name]) => index.options.find(folded(name)) ?? -1);
    this.#values = options.map(([, values], n) =>
      values.flatMap((value) => index.optionValues.find(`${this.options[n]}:${folded(value)}`) ?? []),
    );
    this.#unmet = options.length > 0 ? unmetBy(index, this.#values) : nothing;
    this.chosen =
      (choice.categories.length > 0 ? kinds.category : 0) |
      (choice.brands.length > 0 ? kinds.brand : 0) |
      (minPrice !== undefined || maxPrice !== undefined ? kinds.price : 0) |
      (inStock !== undefined ? kinds.stock : 0) |
      (currency !== undefined ? kinds.currency : 0) |
      options.reduce((bits, _, n) => bits | optionKind(n), 0);
  }

  /** The same for choices that ask the same of these kinds. */
  keyOf(asked: number): string {
    const { categories, brands, options, minPrice, maxPrice, currency, inStock } = this.#choice;
    const its = [
      asked & kinds.category ? categories : 0,
      asked & kinds.brand ? brands : 0,
      asked & kinds.price ? [minPrice, maxPrice] : 0,
      asked & kinds.currency ? currency : 0,
      asked & kinds.stock ? inStock : 0,
      [...options].filter((_, n) => asked & optionKind(n)),
    ];
    return `${[...options.keys()]} ${JSON.stringify(its)}`;
  }

  /** The shortest list that all products must be in that meet what is asked, and what is asked besides. */
  shortest(asked: number): { readonly lists: IntLists; readonly list: number; readonly besides: number } {
    const { everything, inCategory, ofBrand, ofValue } = this.#index;
    let best = { lists: everything, list: 0, besides: asked };
    const offer = (kind: number, lists: IntLists, chosen: readonly number[], besides: number) => {
      const [only] = chosen;
      if ((asked & kind) === 0 || only === undefined || chosen.length > 1) return;
      if (lists.length(only) < best.lists.length(best.list)) best = { lists, list: only, besides };
    };
    offer(kinds.category, inCategory, this.categories, asked & ~kinds.category);
    offer(kinds.brand, ofBrand, this.brands, asked & ~kinds.brand);
    // One variant must have the value and all the rest, so it stays asked for.
    for (const [n, values] of this.#values.entries()) offer(optionKind(n), ofValue, values, asked);
    return best;
  }

  /**
   * Writes those to the beginning of `into` that meet what is asked, and returns how many they are.
   * @param asked the kinds that must be met
   */
  narrow(from: Candidates, asked: number, into: Uint32Array): number {
    const { category, brand } = this.#index;
    let left = from;
    const keep = (kept: number) => {
      left = { products: into, start: 0, end: kept };
    };
    if (asked & kinds.category) keep(keepFlagged(left, category, this.#inCategory, into));
    if (asked & kinds.brand) keep(keepFlagged(left, brand, this.#ofBrand, into));
    if (asked & kinds.stock) keep(keepWhere(left, this.#inStock, this.inStock ? 1 : 0, into));
    if (asked & kinds.price) keep(keepPriced(left, this.#index, { min: this.#min, max: this.#max }, into));
    if (asked & kinds.currency) keep(keepSoldIn(left, this.#onlyCurrency, this.currency ?? -1, into));
    if (asked >= firstOption) {
      const { optionSet, attributeSet } = this.#index;
      keep(keepWithout(left, optionSet, attributeSet, this.#unmet, optionBits(asked), into));
    }
    return this.#needsLook(asked) ? this.#keepMeeting(left, asked, into) : left.end;
  }

  /** Whether a product's own columns do not tell all: one variant must meet everything, and these tell of each kind that some variant does. */
  #needsLook(asked: number): boolean {
    const byVariant = asked & ofVariants & (this.inStock === false ? ~kinds.stock : -1);
    const isOneKind = (byVariant & (byVariant - 1)) === 0;
    return !isOneKind || (byVariant & (kinds.price | kinds.currency)) !== 0;
  }

  #keepMeeting({ products, start, end }: Candidates, asked: number, into: Uint32Array): number {
    let kept = 0;
    for (let i = start; i < end; i++) {
      const product = products[i] ?? 0;
      const share = this.variantsMeet(product, asked);
      if (share === all || (share === some && this.#anyMeets(product, asked))) into[kept++] = product;
    }
    return kept;
  }

  /** How many of a product's variants meet what variants can meet of `asked`; `some` also when only a look at them would tell. */
  variantsMeet(product: number, asked: number): Share {
    let share: Share = all;
    if (asked & kinds.price) {
      const lowest = this.#lowest[product] ?? 0;
      const highest = this.#highest[product] ?? 0;
      if (highest < this.#min || lowest > this.#max) return none;
      if (lowest < this.#min || highest > this.#max) share = some;
    }
    if (asked & kinds.currency) {
      const only = this.#onlyCurrency[product];
      if (only === -1) share = some;
      else if (only !== this.currency) return none;
    }
    if (asked & kinds.stock && this.inStock === true) {
      if (this.#inStock[product] === 0) return none;
      if (this.#fullyStocked[product] === 0) share = some;
    }
    if (asked < firstOption) return share;
    const lacking = this.#lackedBy(product, asked);
    if (lacking === 0) return share;
    return (this.#unmet[this.#optionSet[product] ?? 0] ?? 0) & lacking ? none : some;
  }

  /** Whether a variant of a product meets what variants can meet of `asked`. That nothing is in stock is said of the whole product. */
  variantMeets(product: number, variant: number, asked: number): boolean {
    if (asked & kinds.price) {
      const price = this.#amount[variant] ?? 0;
      if (price < this.#min || price > this.#max) return false;
    }
    if (asked & kinds.currency && this.#currencyOf[variant] !== this.currency) return false;
    if (asked & kinds.stock && this.inStock === true && (this.#available[variant] ?? 0) <= 0) return false;
    return (
      asked < firstOption ||
      ((this.#unmet[this.#combination[variant] ?? 0] ?? 0) & this.#lackedBy(product, asked)) === 0
    );
  }

  /** The chosen options that a product's own attributes do not meet: its variants must. */
  #lackedBy(product: number, asked: number): number {
    return (this.#unmet[this.#attributeSet[product] ?? 0] ?? 0) & optionBits(asked);
  }

  #anyMeets(product: number, asked: number): boolean {
    const first = this.#index.firstVariant[product] ?? 0;
    const end = first + (this.#index.variantCount[product] ?? 0);
    for (let variant = first; variant < end; variant++) if (this.variantMeets(product, variant, asked)) return true;
    return false;
  }
}

/** 1 for each category that is one of those or below one. A category's number is above its parent's. */
function within({ categories }: CatalogueIndex, chosen: readonly number[]): Uint8Array {
  const flags = new Uint8Array(categories.count);
  for (const category of chosen) flags[category] = 1;
  for (const [category, { parent }] of categories.all().entries())
    if (parent !== undefined && flags[parent] === 1) flags[category] = 1;
  return flags;
}

/** @param wanted by chosen option: the values of it that would do */
function unmetBy({ combinations }: CatalogueIndex, wanted: readonly (readonly number[])[]): Uint8Array {
  const unmet = new Uint8Array(combinations.count);
  const members = combinations.all();
  for (const [n, values] of wanted.entries())
    for (let combination = 0; combination < members.length; combination++)
      if (!members[combination]?.some((value) => values.includes(value)))
        unmet[combination] = (unmet[combination] ?? 0) | (1 << n);
  return unmet;
}
