import { type AttributeDefinition, facetAttributes } from "./facet-attributes.ts";
import { indexedWords } from "./indexed-words.ts";
import { grown, IntLists } from "./int-lists.ts";
import { Names } from "./names.ts";
import { priceStepOf } from "./price-steps.ts";
import { type Stemmer, Vocabulary } from "./vocabulary.ts";
import { folded } from "./words.ts";

/** A product as it is found: what its latest event said, of all that is on sale. */
export type Listed = {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly brand?: string;
  /** From the root down; the last one is where it stands. */
  readonly categories: readonly { readonly slug: string; readonly name: string }[];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** How its category defines them, where it does. */
  readonly attributeDefinitions?: readonly AttributeDefinition[];
  readonly variants: readonly {
    readonly sku: string;
    readonly title: string;
    readonly options: Readonly<Record<string, string>>;
    readonly price: { readonly amount: number; readonly currency: string };
  }[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
};
/** What changes more often than the product itself. */
export type Figures = {
  /** Of each variant, in their order. */
  readonly available: readonly number[];
  /** How well it sells: grows with each sale, and faster with a recent one. */
  readonly popularity: number;
};

export type Category = { readonly name: string; readonly path: string; readonly parent: number | undefined };
export type OptionValue = { readonly option: number; readonly value: string };

/** A product shares one number with a weight of 4 bits, so that a posting is a number that sorts by product. */
export const weightWidth = 4;
export const weightBits = 1 << weightWidth;

/**
 * The catalogue as search sees it, in columns: products and their variants are numbered, and a column holds one property of all of them.
 * A scan over 10,000 products then reads a few hundred kilobytes and allocates nothing.
 */
export class CatalogueIndex {
  readonly vocabulary: Vocabulary;
  /** By term: `product × 16 + weight`, ascending. */
  readonly postings = new IntLists();
  readonly categories = new Names<Category>();
  /** By category: the products in it and below it. */
  readonly inCategory = new IntLists();
  readonly brands = new Names<string>();
  readonly ofBrand = new IntLists();
  /** By option value: the products that have it, in any variant or themselves. */
  readonly ofValue = new IntLists();
  /** One list: all products. */
  readonly everything = new IntLists();
  /** What variants differ in, and the attributes that are filtered by just so. */
  readonly options = new Names<string>();
  /** Those of them that are attributes, as they were defined last. */
  readonly definitions = new Map<number, AttributeDefinition>();
  readonly optionValues = new Names<OptionValue>();
  /** What a variant is in all its options, all variants of a product together, or the product itself: few combinations are shared by many. */
  readonly combinations = new Names<readonly number[]>();
  readonly currencies = new Names<string>();

  /** By product. A number that is free has no variants. */
  readonly ids: string[] = [];
  /** Folded. */
  readonly titles: string[] = [];
  category = new Uint32Array(64);
  /** Counted from 1; 0 is none. */
  brand = new Uint32Array(64);
  createdAt = new Float64Array(64);
  popularity = new Float64Array(64);
  /** The binary logarithm of its popularity: -Infinity when it never sold. */
  demand = new Float64Array(64);
  firstVariant = new Uint32Array(64);
  variantCount = new Uint16Array(64);
  /** 1 when any variant is in stock. */
  inStock = new Uint8Array(64);
  /** 1 when all variants are. */
  fullyStocked = new Uint8Array(64);
  /** The option values of all its variants, as a combination. */
  optionSet = new Uint32Array(64);
  /** What the product says of itself that is filtered by, as a combination. None of these options is one of its variants. */
  attributeSet = new Uint32Array(64);
  /** A bit for each step of the ladder that a variant's price stands on. */
  priceSteps = new Uint32Array(64);
  /** The currency of all its variants, or -1 when they have several. */
  onlyCurrency = new Int32Array(64);
  /** Of its variants, in whatever currency. */
  lowest = new Uint32Array(64);
  highest = new Uint32Array(64);

  /** By variant. */
  amount = new Uint32Array(256);
  currency = new Uint32Array(256);
  available = new Int32Array(256);
  combination = new Uint32Array(256);
  /** The step of the ladder of prices it stands on. */
  priceStep = new Uint8Array(256);

  /** How many products there are. */
  size = 0;
  /** Grows with every change. */
  changes = 0;
  mostPopular = 0;
  readonly #byPath = new Map<string, number>();
  readonly #byId = new Map<string, number>();
  readonly #freeProducts: number[] = [];
  #variants = 0;
  /** Places of variants that nobody uses any more. */
  #unusedVariants = 0;
  /** By product: `term × 16 + weight`. */
  readonly #terms = new IntLists();

  constructor(stem: Stemmer) {
    this.vocabulary = new Vocabulary(stem);
    this.everything.create();
  }

  /** Products are numbered below this. */
  get bound(): number {
    return this.ids.length;
  }
  find(id: string): number | undefined {
    return this.#byId.get(id);
  }
  /** @param reference its slug, or its path: `Home > Kitchen` */
  findCategory(reference: string): number | undefined {
    return this.categories.find(reference) ?? this.#byPath.get(pathKey(reference));
  }
  /** In how many products a term stands. */
  readonly frequency = (term: number): number => this.postings.length(term);

  /** Adds a product, or replaces what was known of it. */
  put(listed: Listed, figures: Figures): void {
    const known = this.#byId.get(listed.id);
    if (known !== undefined) this.#unlink(known);
    const product = known ?? this.#number(listed.id);
    this.titles[product] = folded(listed.title);
    this.createdAt[product] = listed.createdAt;
    this.category[product] = this.#linkCategories(listed, product);
    this.brand[product] = this.#linkBrand(listed, product);
    this.#linkWords(listed, product);
    this.#placeVariants(listed, product);
    this.#linkAttributes(listed, product);
    this.setFigures(product, figures);
  }

  /** Stock and sales of a product that is there. */
  setFigures(product: number, { available, popularity }: Figures): void {
    const first = this.firstVariant[product] ?? 0;
    const count = this.variantCount[product] ?? 0;
    let stocked = 0;
    for (let i = 0; i < count; i++) {
      const units = available[i] ?? 0;
      this.available[first + i] = units;
      if (units > 0) stocked++;
    }
    this.inStock[product] = stocked > 0 ? 1 : 0;
    this.fullyStocked[product] = stocked === count ? 1 : 0;
    this.popularity[product] = popularity;
    this.demand[product] = Math.log2(popularity);
    this.mostPopular = Math.max(this.mostPopular, popularity);
    this.changes++;
  }

  /** Takes a product off; one that is not there stays so. */
  remove(id: string): void {
    const product = this.#byId.get(id);
    if (product === undefined) return;
    this.#unlink(product);
    this.#unusedVariants += this.variantCount[product] ?? 0;
    this.variantCount[product] = 0;
    this.everything.remove(0, product);
    this.#byId.delete(id);
    this.#freeProducts.push(product);
    this.size--;
    this.changes++;
  }

  #number(id: string): number {
    const product = this.#freeProducts.pop() ?? this.ids.length;
    this.ids[product] = id;
    this.#byId.set(id, product);
    this.size++;
    while (product >= this.category.length) {
      this.category = grown(this.category);
      this.brand = grown(this.brand);
      this.createdAt = grown(this.createdAt);
      this.popularity = grown(this.popularity);
      this.demand = grown(this.demand);
      this.firstVariant = grown(this.firstVariant);
      this.variantCount = grown(this.variantCount);
      this.inStock = grown(this.inStock);
      this.fullyStocked = grown(this.fullyStocked);
      this.optionSet = grown(this.optionSet);
      this.attributeSet = grown(this.attributeSet);
      this.priceSteps = grown(this.priceSteps);
      this.onlyCurrency = grown(this.onlyCurrency);
      this.lowest = grown(this.lowest);
      this.highest = grown(this.highest);
    }
    while (this.#terms.count <= product) this.#terms.create();
    this.variantCount[product] = 0;
    this.everything.insert(0, product);
    return product;
  }

  #unlink(product: number): void {
    const start = this.#terms.start(product);
    for (let i = start; i < start + this.#terms.length(product); i++) {
      const entry = this.#terms.data[i] ?? 0;
      this.postings.remove(entry >>> weightWidth, product * weightBits + (entry % weightBits));
    }
    this.#terms.set(product, []);
    const brand = this.brand[product] ?? 0;
    if (brand > 0) this.ofBrand.remove(brand - 1, product);
    for (let at: number | undefined = this.category[product]; at !== undefined; at = this.categories.at(at).parent)
      this.inCategory.remove(at, product);
    for (const set of [this.optionSet, this.attributeSet])
      for (const value of this.combinations.at(set[product] ?? 0)) this.ofValue.remove(value, product);
  }

  #linkCategories({ categories }: Listed, product: number): number {
    let parent: number | undefined;
    let path = "";
    for (const { slug, name } of categories) {
      path = path === "" ? name : `${path} > ${name}`;
      const category = this.categories.number(slug, { name, path, parent });
      this.#byPath.set(pathKey(path), category);
      this.#listFor(this.inCategory, category);
      this.inCategory.insert(category, product);
      parent = category;
    }
    if (parent === undefined) throw new Error("a product stands in a category");
    return parent;
  }

  #linkBrand({ brand }: Listed, product: number): number {
    if (brand === undefined) return 0;
    const number = this.brands.number(folded(brand), brand);
    this.#listFor(this.ofBrand, number);
    this.ofBrand.insert(number, product);
    return number + 1;
  }

  #linkWords(listed: Listed, product: number): void {
    const weights = new Map<number, number>();
    for (const [word, weight] of indexedWords(listed)) {
      const term = this.vocabulary.add(word);
      this.#listFor(this.postings, term);
      weights.set(term, Math.max(weights.get(term) ?? 0, weight));
    }
    const entries: number[] = [];
    for (const [term, weight] of weights) {
      this.postings.insert(term, product * weightBits + weight);
      entries.push(term * weightBits + weight);
    }
    this.#terms.set(product, entries);
  }

  #listFor(lists: IntLists, number: number): void {
    while (lists.count <= number) lists.create();
  }

  #placeVariants({ variants }: Listed, product: number): void {
    const before = this.variantCount[product] ?? 0;
    if (variants.length > before) {
      this.#unusedVariants += before;
      if (this.#unusedVariants > this.#variants / 2 + 1_000) this.#packVariants(product);
      this.firstVariant[product] = this.#variants;
      this.#variants += variants.length;
      this.#growVariants(this.#variants);
    } else this.#unusedVariants += before - variants.length;
    this.variantCount[product] = variants.length;
    const first = this.firstVariant[product] ?? 0;
    let steps = 0;
    const currencies = new Set<number>();
    const values = new Set<number>();
    let lowest = Number.POSITIVE_INFINITY;
    let highest = 0;
    for (const [i, { price, options }] of variants.entries()) {
      const step = priceStepOf(price.amount);
      const currency = this.currencies.number(price.currency, price.currency);
      const its = this.#valuesOf(options);
      steps |= 1 << step;
      lowest = Math.min(lowest, price.amount);
      highest = Math.max(highest, price.amount);
      currencies.add(currency);
      for (const value of its) values.add(value);
      this.amount[first + i] = price.amount;
      this.priceStep[first + i] = step;
      this.currency[first + i] = currency;
      this.combination[first + i] = this.#combinationOf(its);
      this.available[first + i] = 0;
    }
    const [only = -1] = currencies;
    this.priceSteps[product] = steps;
    this.onlyCurrency[product] = currencies.size === 1 ? only : -1;
    this.lowest[product] = lowest;
    this.highest[product] = highest;
    this.optionSet[product] = this.#linkValues(values, product);
  }

  #linkAttributes(listed: Listed, product: number): void {
    const its = new Set<number>();
    for (const { definition, values } of facetAttributes(listed)) {
      this.definitions.set(this.options.number(folded(definition.name), definition.name), definition);
      for (const value of values) its.add(this.#valueOf(definition.name, value));
    }
    this.attributeSet[product] = this.#linkValues(its, product);
  }

  #linkValues(values: ReadonlySet<number>, product: number): number {
    for (const value of values) {
      this.#listFor(this.ofValue, value);
      this.ofValue.insert(value, product);
    }
    return this.#combinationOf([...values]);
  }

  #growVariants(wanted: number): void {
    while (wanted > this.amount.length) {
      this.amount = grown(this.amount);
      this.currency = grown(this.currency);
      this.available = grown(this.available);
      this.combination = grown(this.combination);
      this.priceStep = grown(this.priceStep);
    }
  }

  /** Moves all variants but those of one product together, in place: each moves down or stays. */
  #packVariants(except: number): void {
    const products = this.ids.map((_, product) => product).filter((product) => (this.variantCount[product] ?? 0) > 0);
    products.sort((a, b) => (this.firstVariant[a] ?? 0) - (this.firstVariant[b] ?? 0));
    let to = 0;
    for (const product of products) {
      if (product === except) continue;
      const first = this.firstVariant[product] ?? 0;
      const end = first + (this.variantCount[product] ?? 0);
      for (const column of [this.amount, this.currency, this.available, this.combination, this.priceStep])
        column.copyWithin(to, first, end);
      this.firstVariant[product] = to;
      to += end - first;
    }
    this.#variants = to;
    this.#unusedVariants = 0;
  }

  #valuesOf(options: Readonly<Record<string, string>>): number[] {
    return Object.entries(options).map(([name, value]) => this.#valueOf(name, value));
  }

  #valueOf(name: string, value: string): number {
    const option = this.options.number(folded(name), name);
    return this.optionValues.number(`${option}:${folded(value)}`, { option, value });
  }

  #combinationOf(values: readonly number[]): number {
    const sorted = values.toSorted((a, b) => a - b);
    return this.combinations.number(sorted.join(), sorted);
  }
}

const pathKey = (path: string): string =>
  path
    .split(">")
    .map((name) => folded(name).trim().replace(/\s+/g, " "))
    .join(">");
