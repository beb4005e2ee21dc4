import { CoPurchases } from "./co-purchases.ts";

export type Result = {
  readonly name: string;
  /** Share of the hidden things that were among the ten suggested ones. */
  readonly hitRate: number;
  /** Share of all things that were suggested to anybody. */
  readonly coverage: number;
  /** Baskets that were asked about. */
  readonly asked: number;
};
/** Suggests ten things to somebody who has these in the cart. */
type Model = {
  readonly name: string;
  readonly suggest: (things: readonly number[], at: number) => readonly number[];
  readonly learn: (things: readonly number[], at: number) => void;
};

const suggested = 10;
const shareToLearn = 0.8;
/** The file has no dates; it is taken for one year. */
const spanMs = 365 * 86_400_000;
const beginsAt = Date.UTC(2026, 0, 1);

/**
 * Hides the last thing of each of the final 20 % of baskets, in the order in which they were bought, and looks whether it is suggested.
 * `learning`: each of these baskets is learned after it was asked about, as the service does it; otherwise what is known stays what the
 * first 80 % taught.
 */
export function evaluate(baskets: readonly (readonly string[])[]): Result[] {
  const numbers = new Map<string, number>();
  const all = baskets.map((basket) => [...new Set(basket)].map((thing) => numberOf(numbers, thing)));
  return [
    measure(popularity("popularity"), all, numbers.size, false),
    measure(coPurchases("co-purchase"), all, numbers.size, false),
    measure(popularity("popularity, learning"), all, numbers.size, true),
    measure(coPurchases("co-purchase, learning"), all, numbers.size, true),
    measure(lastOnly(coPurchases("co-purchase of the last thing alone, learning")), all, numbers.size, true),
  ];
}

function numberOf(numbers: Map<string, number>, thing: string): number {
  const known = numbers.get(thing);
  if (known !== undefined) return known;
  numbers.set(thing, numbers.size);
  return numbers.size - 1;
}

function measure(model: Model, baskets: readonly (readonly number[])[], things: number, learning: boolean): Result {
  const taught = Math.floor(baskets.length * shareToLearn);
  const timeOf = (place: number) => beginsAt + (place / baskets.length) * spanMs;
  const covered = new Set<number>();
  let hits = 0;
  let asked = 0;
  for (const [place, basket] of baskets.entries()) {
    const hidden = basket.at(-1);
    if (place >= taught && basket.length > 1 && hidden !== undefined) {
      const found = model.suggest(basket.slice(0, -1), timeOf(learning ? place : taught));
      asked++;
      if (found.includes(hidden)) hits++;
      for (const thing of found) covered.add(thing);
    }
    if (place < taught || learning) model.learn(basket, timeOf(place));
  }
  return { name: model.name, hitRate: hits / asked, coverage: covered.size / things, asked };
}

function coPurchases(name: string): Model {
  const known = new CoPurchases();
  return {
    name,
    suggest: (things, at) => known.together(things, at, suggested, () => true),
    learn: (things, at) => known.learn({ things, at }),
  };
}

const lastOnly = (model: Model): Model => ({ ...model, suggest: (things, at) => model.suggest(things.slice(-1), at) });

/** What most baskets had so far. */
function popularity(name: string): Model {
  const counts: number[] = [];
  return {
    name,
    suggest(things) {
      const given = new Set(things);
      const best: number[] = [];
      for (const [thing, times] of counts.entries()) {
        if (given.has(thing) || (best.length === suggested && times <= (counts[best.at(-1) ?? 0] ?? 0))) continue;
        best.push(thing);
        best.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b);
        if (best.length > suggested) best.pop();
      }
      return best;
    },
    learn(things) {
      for (const thing of things) {
        while (counts.length <= thing) counts.push(0);
        counts[thing] = (counts[thing] ?? 0) + 1;
      }
    },
  };
}
