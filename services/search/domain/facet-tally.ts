import type { CatalogueIndex } from "./catalogue-index.ts";
import { all, type Filters, kinds } from "./filters.ts";
import { priceStepCount } from "./price-steps.ts";
import type { Selection } from "./selection.ts";

/** Counts of one selection, by the numbers of the index. Keeps its memory: one count at a time. */
export class FacetTally {
  /** By category: the products that stand in it itself. */
  category = new Uint32Array(0);
  /** By brand, counted from 1; 0 is none. */
  brand = new Uint32Array(0);
  /** By option value. */
  value = new Uint32Array(0);
  /** By step of the ladder of prices. */
  readonly step = new Uint32Array(priceStepCount);
  /** In stock, sold out. */
  readonly stock = new Uint32Array(2);
  #valueWanted = new Uint32Array(0);
  /** By combination: products whose variants together are that, or that are it themselves. */
  #set = new Uint32Array(0);
  /** By option value and by combination: the last product it was counted for, plus one. */
  #valueSeen = new Uint32Array(0);
  #combinationSeen = new Uint32Array(0);

  /** @param asked what variants must meet to count  @param wanted the kinds that are counted */
  count(
    index: CatalogueIndex,
    filters: Filters,
    selection: Selection,
    asked: number,
    wanted: number,
    money: number,
    wantsOption: (option: number) => boolean,
  ): void {
    this.#clear(index);
    if (wanted & kinds.category) each(selection, index.category, this.category);
    if (wanted & kinds.brand) each(selection, index.brand, this.brand);
    let countOptions = false;
    const values = index.optionValues.all();
    for (let value = 0; value < values.length; value++) {
      const wants = wantsOption(values[value]?.option ?? -1);
      countOptions ||= wants;
      this.#valueWanted[value] = wants ? 1 : 0;
    }
    // Whatever of a product's variants counts, what it says of itself does.
    if (countOptions && index.definitions.size > 0) each(selection, index.attributeSet, this.#set);
    const asks = asked & ~(kinds.category | kinds.brand);
    const countPrice = (wanted & kinds.price) !== 0;
    const countStock = (wanted & kinds.stock) !== 0;
    if (asks === 0) {
      // All variants count, and together they are known.
      if (countPrice) this.#priceOfAll(index, selection, money);
      if (countStock) this.#stockOfAll(index, selection);
      if (countOptions) this.#optionsOfAll(index, selection);
    } else if (countPrice || countStock || countOptions)
      this.#byVariant(index, filters, selection, asks, money, { countPrice, countStock, countOptions });
  }

  #priceOfAll(index: CatalogueIndex, { products, count }: Selection, money: number): void {
    for (let i = 0; i < count; i++) bumpAll(this.step, stepsOf(index, products[i] ?? 0, money));
  }

  #stockOfAll({ inStock }: CatalogueIndex, { products, count }: Selection): void {
    let any = 0;
    for (let i = 0; i < count; i++) any += inStock[products[i] ?? 0] ?? 0;
    this.stock[0] = any;
    this.stock[1] = count - any;
  }

  #optionsOfAll(index: CatalogueIndex, selection: Selection): void {
    each(selection, index.optionSet, this.#set);
    this.#countSets(index);
  }

  /** Counts for each value the products that are a combination which has it. */
  #countSets({ combinations }: CatalogueIndex): void {
    const sets = this.#set;
    const members = combinations.all();
    for (let set = 0; set < members.length; set++) {
      const times = sets[set] ?? 0;
      if (times === 0) continue;
      sets[set] = 0;
      const its = members[set] ?? none;
      for (let m = 0; m < its.length; m++) {
        const value = its[m] ?? 0;
        if (this.#valueWanted[value] === 1) this.value[value] = (this.value[value] ?? 0) + times;
      }
    }
  }

  /** Counts what those variants are that meet what is asked of variants. */
  #byVariant(
    index: CatalogueIndex,
    filters: Filters,
    { products, count }: Selection,
    asks: number,
    money: number,
    { countPrice, countStock, countOptions }: Readonly<Record<"countPrice" | "countStock" | "countOptions", boolean>>,
  ): void {
    const { firstVariant, variantCount, available, currency, priceStep, combination, inStock: stockedProduct } = index;
    const { optionSet } = index;
    const sets = this.#set;
    const combinations = index.combinations.all();
    // Fields of the class are slow to reach in a loop this hot.
    const valueCounts = this.value;
    const stepCounts = this.step;
    const valueSeen = this.#valueSeen;
    const valueWanted = this.#valueWanted;
    const combinationSeen = this.#combinationSeen;
    let inStock = 0;
    let soldOut = 0;
    for (let i = 0; i < count; i++) {
      const product = products[i] ?? 0;
      if (filters.variantsMeet(product, asks) === all) {
        // As its own columns say.
        if (countPrice) bumpAll(stepCounts, stepsOf(index, product, money));
        if (countOptions) bump(sets, optionSet[product] ?? 0);
        if (stockedProduct[product] === 1) inStock++;
        else soldOut++;
        continue;
      }
      const first = firstVariant[product] ?? 0;
      const end = first + (variantCount[product] ?? 0);
      let steps = 0;
      let stocked = false;
      for (let variant = first; variant < end; variant++) {
        if (!filters.variantMeets(product, variant, asks)) continue;
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
      if (countPrice) bumpAll(stepCounts, steps);
      if (stocked) inStock++;
      else if (stockedProduct[product] === 0) soldOut++;
    }
    if (countOptions) this.#countSets(index);
    if (countStock) {
      this.stock[0] = inStock;
      this.stock[1] = soldOut;
    }
  }

  #clear({ categories, brands, optionValues, combinations }: CatalogueIndex): void {
    this.category = cleared(this.category, categories.count);
    this.brand = cleared(this.brand, brands.count + 1);
    this.value = cleared(this.value, optionValues.count);
    this.#valueSeen = cleared(this.#valueSeen, optionValues.count);
    this.#valueWanted = cleared(this.#valueWanted, optionValues.count);
    this.#combinationSeen = cleared(this.#combinationSeen, combinations.count);
    this.#set = cleared(this.#set, combinations.count);
    this.step.fill(0);
    this.stock.fill(0);
  }
}

/** A bit for each step on which a variant stands that is sold in this currency. */
function stepsOf(index: CatalogueIndex, product: number, money: number): number {
  const only = index.onlyCurrency[product];
  if (only === money) return index.priceSteps[product] ?? 0;
  if (only !== -1) return 0;
  const first = index.firstVariant[product] ?? 0;
  const end = first + (index.variantCount[product] ?? 0);
  let steps = 0;
  for (let variant = first; variant < end; variant++)
    if (index.currency[variant] === money) steps |= 1 << (index.priceStep[variant] ?? 0);
  return steps;
}

const none: readonly number[] = [];
const bump = (counts: Uint32Array, at: number): void => {
  counts[at] = (counts[at] ?? 0) + 1;
};
/** @param steps a bit for each */
function bumpAll(counts: Uint32Array, steps: number): void {
  for (let left = steps; left !== 0; left &= left - 1) bump(counts, 31 - Math.clz32(left & -left));
}
/** Counts what a column has of the products. */
function each({ products, count }: Selection, column: Uint32Array, counts: Uint32Array): void {
  for (let i = 0; i < count; i++) bump(counts, column[products[i] ?? 0] ?? 0);
}
const cleared = (counts: Uint32Array<ArrayBuffer>, wanted: number): Uint32Array<ArrayBuffer> =>
  counts.length < wanted ? new Uint32Array(wanted * 2) : counts.fill(0);
