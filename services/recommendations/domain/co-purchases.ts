import { Neighbours } from "./neighbours.ts";

/**
 * How it was bought: things in the order in which they were put into the cart, each once.
 * @param at milliseconds since the epoch
 */
export type Basket = { readonly things: readonly number[]; readonly at: number };

// Chosen on baskets that came before those which `souk bench recommendations` measures on; its README says what each is worth.
/** A purchase counts half as much so many milliseconds later. */
const halfLifeMs = 120 * 86_400_000;
/** Things further apart in a basket than this have nothing to do with each other, and a basket of thousands stays cheap. */
const window = 30;
/** What was put in together belongs together: a pair counts by its distance. */
const nearness = Array.from({ length: window + 1 }, (_, distance) => distance ** -0.3);
/** What came before is suggested with what came after it, but less than the other way round. */
const backwards = 0.5;
/** A basket of everything says little about any pair in it. */
const tellingOf = (things: number) => things ** -0.75;
/** What is bought with everything anyway is held back by its own popularity; more than the square root would hide good sellers. */
const ofOwn = 0.5;
const ofOther = 0.4;
/** As if each pair had been seen apart so often: few purchases are no proof. */
const shrinkage = 5;
/** The last thing put into the cart says most about the next. */
const recency = (place: number) => (place + 1) ** -1.3;
const mostAsked = 30;
/** Weights grow from here on instead of decaying ever since: only what they are in relation to each other counts. */
const epoch = Date.UTC(2026, 0, 1);
const growth = (at: number) => 2 ** ((at - epoch) / halfLifeMs);

/**
 * What is bought together: item-to-item co-purchase with shrinkage and time decay, kept up to date purchase by purchase. What is learned is
 * a sum, so that the order of purchases does not matter and one can be taken back.
 */
export class CoPurchases {
  readonly #neighbours: Neighbours[] = [];
  #bought = new Float64Array(64);
  #score = new Float64Array(64);

  learn(basket: Basket): void {
    this.#add(basket, growth(basket.at));
  }
  /** What was learned of it before: it was cancelled. */
  unlearn(basket: Basket): void {
    this.#add(basket, -growth(basket.at));
  }

  /**
   * What goes with things in a cart, best first; none of them.
   * @param things in the order in which they were put in; the last 30 count
   * @param at now, in milliseconds since the epoch
   */
  together(things: readonly number[], at: number, limit: number, isWanted: (thing: number) => boolean): number[] {
    const now = growth(at);
    const asked = things.slice(-mostAsked);
    const touched: number[] = [];
    for (const [i, thing] of asked.entries()) {
      const neighbours = this.#neighbours[thing];
      if (!neighbours) continue;
      const worth = recency(asked.length - 1 - i);
      const own = this.#share(thing, now) ** ofOwn;
      for (let n = 0; n < neighbours.count; n++) {
        const other = neighbours.things[n] ?? 0;
        const strength = (neighbours.weights[n] ?? 0) / now;
        const before = this.#score[other] ?? 0;
        if (before === 0) touched.push(other);
        this.#score[other] = before + (worth * strength) / (own * this.#share(other, now) ** ofOther + shrinkage);
      }
    }
    const scored = touched.map((thing) => ({ thing, score: this.#score[thing] ?? 0 }));
    for (const thing of touched) this.#score[thing] = 0;
    const given = new Set(things);
    return scored
      .filter(({ thing }) => !given.has(thing) && isWanted(thing))
      .sort((a, b) => b.score - a.score || a.thing - b.thing)
      .slice(0, limit)
      .map(({ thing }) => thing);
  }

  #share(thing: number, now: number): number {
    return (this.#bought[thing] ?? 0) / now;
  }

  #add({ things }: Basket, weight: number): void {
    const telling = weight * tellingOf(things.length);
    for (const [i, thing] of things.entries()) {
      this.#fit(thing);
      this.#bought[thing] = Math.max(0, (this.#bought[thing] ?? 0) + weight);
      const end = Math.min(things.length, i + 1 + window);
      for (let j = i + 1; j < end; j++) {
        const later = things[j] ?? 0;
        const pair = telling * (nearness[j - i] ?? 0);
        this.#of(thing).add(later, pair);
        this.#of(later).add(thing, pair * backwards);
      }
    }
  }

  #of(thing: number): Neighbours {
    let neighbours = this.#neighbours[thing];
    if (!neighbours) {
      neighbours = new Neighbours();
      this.#neighbours[thing] = neighbours;
    }
    return neighbours;
  }

  #fit(thing: number): void {
    while (thing >= this.#bought.length) {
      this.#bought = grown(this.#bought);
      this.#score = grown(this.#score);
    }
  }
}

export function grown(array: Float64Array): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(array.length * 2);
  copy.set(array);
  return copy;
}
