import type { CatalogueIndex } from "./catalogue-index.ts";
import { folded } from "./words.ts";

/** What a shopper has chosen. Values of one kind are alternatives, kinds must all be met; one variant must meet all that variants have. */
export type Choice = {
  /** Slugs or paths; what lies below is included. */
  readonly categories: readonly string[];
  readonly brands: readonly string[];
  /** By option: values. */
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
const none = new Uint8Array(0);
const ofVariants = ~(kinds.category | kinds.brand);

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
  readonly #combination: Uint32Array;

  constructor(index: CatalogueIndex, choice: Choice) {
    const { minPrice, maxPrice, currency, inStock } = choice;
    this.#index = index;
    this.#amount = index.amount;
    this.#currencyOf = index.currency;
    this.#available = index.available;
    this.#combination = index.combination;
    this.#choice = choice;
    this.inStock = inStock;
    this.categories = choice.categories.flatMap((reference) => index.findCategory(reference) ?? []);
    this.brands = choice.brands.flatMap((brand) => index.brands.find(folded(brand)) ?? []);
    this.#inCategory = choice.categories.length > 0 ? within(index, this.categories) : none;
    this.#ofBrand = choice.brands.length > 0 ? new Uint8Array(index.brands.count + 1) : none;
    for (const brand of this.brands) this.#ofBrand[brand + 1] = 1;
    this.#min = minPrice ?? 0;
    this.#max = maxPrice ?? Number.POSITIVE_INFINITY;
    this.currency = currency === undefined ? undefined : (index.currencies.find(currency) ?? -1);
    const options = [...choice.options].slice(0, mostOptions);
    this.options = options.map(([name]) => index.options.find(folded(name)) ?? -1);
    this.#unmet = options.length > 0 ? unmetBy(index, options) : none;
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

  /** @param asked the kinds that must be met */
  meets(product: number, asked: number): boolean {
    const { category, brand, inStock } = this.#index;
    if (asked & kinds.category && this.#inCategory[category[product] ?? 0] === 0) return false;
    if (asked & kinds.brand && this.#ofBrand[brand[product] ?? 0] === 0) return false;
    if (asked & kinds.stock && this.inStock === false && inStock[product] === 1) return false;
    return (asked & ofVariants) === 0 || this.#meetsByVariants(product, asked);
  }

  /** Whether a variant meets what variants can meet of `asked`. That nothing is in stock is said of the whole product. */
  variantMeets(variant: number, asked: number): boolean {
    if (asked & kinds.price) {
      const price = this.#amount[variant] ?? 0;
      if (price < this.#min || price > this.#max) return false;
    }
    if (asked & kinds.currency && this.#currencyOf[variant] !== this.currency) return false;
    if (asked & kinds.stock && this.inStock === true && (this.#available[variant] ?? 0) <= 0) return false;
    return asked < firstOption || ((this.#unmet[this.#combination[variant] ?? 0] ?? 0) & optionBits(asked)) === 0;
  }

  #meetsByVariants(product: number, asked: number): boolean {
    const first = this.#index.firstVariant[product] ?? 0;
    const end = first + (this.#index.variantCount[product] ?? 0);
    for (let variant = first; variant < end; variant++) if (this.variantMeets(variant, asked)) return true;
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

function unmetBy(index: CatalogueIndex, options: readonly (readonly [string, readonly string[]])[]): Uint8Array {
  const unmet = new Uint8Array(index.combinations.count);
  const all = index.combinations.all();
  for (const [n, [name, values]] of options.entries()) {
    const option = index.options.find(folded(name));
    const wanted = values.flatMap((value) => index.optionValues.find(`${option}:${folded(value)}`) ?? []);
    for (let combination = 0; combination < all.length; combination++)
      if (!all[combination]?.some((value) => wanted.includes(value)))
        unmet[combination] = (unmet[combination] ?? 0) | (1 << n);
  }
  return unmet;
}
