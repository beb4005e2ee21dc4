import { type Basket, CoPurchases } from "./co-purchases.ts";
import { Trends } from "./trends.ts";

/** Why something is recommended: it is bought together with what was asked about, it sells in the same category, it sells. */
export type Reason = "bought_together" | "category" | "trending";
export type Recommendation = { readonly productId: string; readonly reason: Reason };

/** What must be known of a product to recommend it. */
export type Candidate = {
  readonly id: string;
  readonly skus: readonly string[];
  /** Slugs, from the root down. */
  readonly categories: readonly string[];
  readonly active: boolean;
  readonly inStock: boolean;
};
/** An order that was confirmed. */
export type Purchase = {
  readonly orderId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** In the order in which they were put into the cart. */
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
};
type Asked = {
  /** Products, in the order in which they were put into the cart. */
  readonly products: readonly string[];
  /** Slug of a category that everything must be in. */
  readonly category?: string | undefined;
  readonly limit: number;
  /** Now, in milliseconds since the epoch. */
  readonly at: number;
};
type Entry = Candidate & { readonly number: number };
/** What sells best of what stands in all these categories, best first. */
type Best = { readonly slugs: readonly string[]; readonly numbers: number[] };

/** More units of one thing in one order are one big customer, no trend. */
const mostUnits = 5;
/** What sells best is looked up among so many: as many as can be asked for, when all that were given are among them. */
const mostBest = 200;
/** Lists of what sells best that are remembered, some kilobytes each. */
const mostLists = 1_000;

/** Recommends products, from purchases that it learns one by one. */
export class Recommender {
  readonly #together = new CoPurchases();
  readonly #trends = new Trends();
  readonly #byId = new Map<string, Entry>();
  readonly #entries: Entry[] = [];
  readonly #bySku = new Map<string, number>();
  readonly #inCategory = new Map<string, Set<number>>();
  /** Purchases of SKUs that no product has yet: the product's own event is on its way. */
  readonly #waiting = new Map<string, Map<string, Purchase>>();
  /** What sells best, by where. Looking at each product takes longer than all the rest of an answer. */
  readonly #best = new Map<string, Best>();
  /** That were learned and not taken back. */
  purchases = 0;

  has(productId: string): boolean {
    return this.#byId.has(productId);
  }

  /** Adds a product or replaces what was known of it. */
  put(candidate: Candidate): void {
    this.#best.clear();
    const before = this.#byId.get(candidate.id);
    const entry = { ...candidate, number: before?.number ?? this.#entries.length };
    this.#byId.set(candidate.id, entry);
    this.#entries[entry.number] = entry;
    for (const category of before?.categories ?? []) this.#inCategory.get(category)?.delete(entry.number);
    for (const category of candidate.categories) {
      const there = this.#inCategory.get(category) ?? new Set();
      this.#inCategory.set(category, there);
      there.add(entry.number);
    }
    const added = candidate.skus.filter((sku) => this.#bySku.get(sku) !== entry.number);
    const again = new Map(added.flatMap((sku) => [...(this.#waiting.get(sku) ?? [])]));
    for (const purchase of again.values()) this.unlearn(purchase);
    for (const sku of added) this.#bySku.set(sku, entry.number);
    for (const purchase of again.values()) this.learn(purchase);
  }

  /** Once for each purchase. */
  learn(purchase: Purchase): void {
    this.purchases++;
    const basket = this.#count(purchase, 1);
    this.#together.learn(basket);
    for (const thing of basket.things) this.#rise(thing);
    for (const { sku } of purchase.lines) if (!this.#bySku.has(sku)) this.#waitFor(sku, purchase);
  }

  /** It was learned, and then cancelled. */
  unlearn(purchase: Purchase): void {
    this.#best.clear();
    this.purchases--;
    this.#together.unlearn(this.#count(purchase, -1));
    for (const { sku } of purchase.lines) {
      this.#waiting.get(sku)?.delete(purchase.orderId);
      if (this.#waiting.get(sku)?.size === 0) this.#waiting.delete(sku);
    }
  }

  /** What goes with the products, and when that is not enough, what sells in their category, and what sells at all. */
  recommend({ products, category, limit, at }: Asked): Recommendation[] {
    const asked = products.flatMap((id) => this.#byId.get(id) ?? []);
    const given = new Set(asked.map(({ number }) => number));
    const isWanted = (number: number): boolean => {
      const entry = this.#entries[number];
      return (
        entry?.active === true &&
        entry.inStock &&
        !given.has(number) &&
        (category === undefined || entry.categories.includes(category))
      );
    };
    const found: Recommendation[] = [];
    const add = (numbers: Iterable<number>, reason: Reason) => {
      for (const number of numbers) {
        if (found.length === limit) return;
        const productId = this.#entries[number]?.id;
        if (productId === undefined) continue;
        given.add(number);
        found.push({ productId, reason });
      }
    };
    const numbers = asked.map(({ number }) => number);
    add(this.#together.together(numbers, at, limit, isWanted), "bought_together");
    // From the narrowest category of the last product outwards.
    for (const slug of asked.at(-1)?.categories.toReversed() ?? []) {
      if (found.length === limit) break;
      add(this.#selling([slug, category]).filter(isWanted), "category");
    }
    if (found.length < limit) add(this.#selling([category]).filter(isWanted), "trending");
    return found;
  }

  /**
   * Those that sell best these days; of those that do not sell the newest, whose ids are the highest.
   * @param within slugs of categories that they are all in
   */
  #selling(within: readonly (string | undefined)[]): readonly number[] {
    const slugs = within.filter((slug) => slug !== undefined);
    const key = slugs.join("\n");
    const known = this.#best.get(key);
    if (known) return known.numbers; // all fade alike, so that time does not change their order
    const best: Best = { slugs, numbers: [] };
    const [first] = slugs;
    for (const number of first === undefined ? this.#entries.keys() : (this.#inCategory.get(first) ?? []))
      this.#place(best, number);
    if (this.#best.size === mostLists) this.#best.clear(); // anybody can ask for a category that is none
    this.#best.set(key, best);
    return best.numbers;
  }

  /** It sells better than before. */
  #rise(number: number): void {
    for (const best of this.#best.values()) {
      const place = best.numbers.indexOf(number);
      if (place !== -1) best.numbers.splice(place, 1);
      this.#place(best, number);
    }
  }

  /** Puts a product in its place among the best, unless it is not for sale there or there are enough better ones. */
  #place({ slugs, numbers }: Best, number: number): void {
    const entry = this.#entries[number];
    if (!entry?.active || !entry.inStock || !slugs.every((slug) => entry.categories.includes(slug))) return;
    const isBetterThan = (other = number) => this.#sellsBetter(number, other);
    if (numbers.length === mostBest && !isBetterThan(numbers.at(-1))) return;
    let place = numbers.length;
    while (place > 0 && isBetterThan(numbers[place - 1])) place--;
    numbers.splice(place, 0, number);
    if (numbers.length > mostBest) numbers.pop();
  }

  /** Of two that sell alike the newer one, whose id is higher. */
  #sellsBetter(one: number, other: number): boolean {
    const difference = this.#trends.compare(one, other);
    return difference === 0 ? (this.#entries[one]?.id ?? "") > (this.#entries[other]?.id ?? "") : difference > 0;
  }

  /** @returns what is known of it, each thing once */
  #count({ at, lines }: Purchase, sign: 1 | -1): Basket {
    const things = new Set<number>();
    for (const { sku, quantity } of lines) {
      const number = this.#bySku.get(sku);
      if (number === undefined) continue;
      things.add(number);
      this.#trends.add(number, sign * Math.min(quantity, mostUnits), at);
    }
    return { things: [...things], at };
  }

  #waitFor(sku: string, purchase: Purchase): void {
    const waiting = this.#waiting.get(sku) ?? new Map<string, Purchase>();
    this.#waiting.set(sku, waiting);
    waiting.set(purchase.orderId, purchase);
  }
}
