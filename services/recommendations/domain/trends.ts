import { grown } from "./co-purchases.ts";

/** A sale counts half as much so many milliseconds later. */
const halfLifeMs = 3 * 86_400_000;

/** What sells these days: sales that fade quickly. A sum like all that is learned: order does not matter, and a sale can be taken back. */
export class Trends {
  /** By thing: what it was worth at that time, in milliseconds since the epoch. */
  #worth = new Float64Array(64);
  #at = new Float64Array(64);

  /** @param by units, below zero to take them back  @param at when they were sold */
  add(thing: number, by: number, at: number): void {
    while (thing >= this.#worth.length) {
      this.#worth = grown(this.#worth);
      this.#at = grown(this.#at);
    }
    const since = this.#at[thing] ?? 0;
    const until = Math.max(since, at);
    this.#worth[thing] = this.of(thing, until) + by * faded(until - at);
    this.#at[thing] = until;
  }

  /** Above zero when `one` sells better than `other`: at any time, because all fade alike. */
  compare(one: number, other: number): number {
    const now = Math.max(this.#at[one] ?? 0, this.#at[other] ?? 0);
    return this.of(one, now) - this.of(other, now);
  }

  of(thing: number, now: number): number {
    return (this.#worth[thing] ?? 0) * faded(now - (this.#at[thing] ?? 0));
  }
}

const faded = (elapsedMs: number): number => 2 ** (-elapsedMs / halfLifeMs);
