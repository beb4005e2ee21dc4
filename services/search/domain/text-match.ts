import { type CatalogueIndex, weightBits, weightWidth } from "./catalogue-index.ts";
import { type Candidates, keepMarked } from "./narrowing.ts";
import type { Clause } from "./query.ts";

/** A posting list that is so much longer than what is left to look at is searched instead of read. */
const muchLonger = 16;

/** Products that meet every clause, and how well. Keeps its memory from one query to the next: one at a time. */
export class TextMatch {
  products = new Uint32Array(0);
  count = 0;
  /** By product, of those that matched. */
  score = new Float32Array(0);
  /** By product: how many clauses it has met so far. All zero between queries, but for those that matched. */
  #met = new Uint8Array(0);
  #clauseScore = new Float32Array(0);

  /** Those of the candidates that are among the last query's matches, written to the beginning of `into`. */
  among(candidates: Candidates, into: Uint32Array): Candidates {
    return { products: into, start: 0, end: keepMarked(candidates, this.#met, into) };
  }

  run(index: CatalogueIndex, clauses: readonly Clause[]): void {
    this.#forget();
    this.#fit(index.bound);
    const total = (clause: Clause) => clause.reduce((sum, { terms }) => sum + rarest(index, terms), 0);
    const ordered = clauses.map((clause) => ({ clause, total: total(clause) })).sort((a, b) => a.total - b.total);
    for (const [n, { clause, total }] of ordered.entries()) {
      if (n === 0) this.#begin(index, clause);
      else this.#narrow(index, clause, n, total);
      if (this.count === 0) return;
    }
    // From here on "met" only says which products matched.
  }

  #begin(index: CatalogueIndex, clause: Clause): void {
    for (const { terms, worth } of clause) {
      const [only] = terms;
      if (only === undefined || terms.length > 1)
        this.#eachWith(index, terms, worth, (product, score) => this.#add(product, score));
      else if (this.count === 0) this.#beginWith(index, only, worth);
      else this.#addWith(index, only, worth);
    }
  }

  #add(product: number, score: number): void {
    if (this.#met[product] === 0) {
      this.#met[product] = 1;
      this.score[product] = score;
      this.products[this.count++] = product;
    } else if ((this.score[product] ?? 0) < score) this.score[product] = score;
  }

  /** Adds the products with one term. A loop without a function for each: numbers that are handed over are put into memory first. */
  #addWith({ postings, size }: CatalogueIndex, term: number, worth: number): void {
    const { products, score: best } = this;
    const met = this.#met;
    const { data } = postings;
    const start = postings.start(term);
    const end = start + postings.length(term);
    const value = (worth * rarity(size, end - start)) / 10;
    let { count } = this;
    for (let i = start; i < end; i++) {
      const entry = data[i] ?? 0;
      const product = productOf(entry);
      const score = value * weightOf(entry);
      if (met[product] === 0) {
        met[product] = 1;
        best[product] = score;
        products[count++] = product;
      } else if ((best[product] ?? 0) < score) best[product] = score;
    }
    this.count = count;
  }

  /** The same for the first and mostly only way to meet the first clause: each product comes once. */
  #beginWith({ postings, size }: CatalogueIndex, term: number, worth: number): void {
    const { products, score } = this;
    const met = this.#met;
    const { data } = postings;
    const start = postings.start(term);
    const count = postings.length(term);
    const value = (worth * rarity(size, count)) / 10;
    for (let i = 0; i < count; i++) {
      const entry = data[start + i] ?? 0;
      const product = productOf(entry);
      met[product] = 1;
      score[product] = value * weightOf(entry);
      products[i] = product;
    }
    this.count = count;
  }

  #narrow(index: CatalogueIndex, clause: Clause, n: number, total: number): void {
    const met = this.#met;
    const clauseScore = this.#clauseScore;
    const note = (product: number, score: number) => {
      if (met[product] === n) {
        met[product] = n + 1;
        clauseScore[product] = score;
      } else if (met[product] === n + 1 && (clauseScore[product] ?? 0) < score) clauseScore[product] = score;
    };
    if (total > this.count * muchLonger) {
      for (const alternative of clause) this.#lookUp(index, alternative.terms, alternative.worth, note);
    } else
      for (const { terms, worth } of clause) {
        const [only] = terms;
        if (only !== undefined && terms.length === 1) this.#noteWith(index, only, worth, n);
        else this.#eachWith(index, terms, worth, note);
      }
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const product = this.products[i] ?? 0;
      if (met[product] === n + 1) {
        this.score[product] = (this.score[product] ?? 0) + (clauseScore[product] ?? 0);
        this.products[kept++] = product;
      } else met[product] = 0;
    }
    this.count = kept;
  }

  /** The same as noting each product with the term, without a function for each. */
  #noteWith({ postings, size }: CatalogueIndex, term: number, worth: number, n: number): void {
    const met = this.#met;
    const best = this.#clauseScore;
    const { data } = postings;
    const start = postings.start(term);
    const end = start + postings.length(term);
    const value = (worth * rarity(size, end - start)) / 10;
    for (let i = start; i < end; i++) {
      const entry = data[i] ?? 0;
      const product = productOf(entry);
      const score = value * weightOf(entry);
      if (met[product] === n) {
        met[product] = n + 1;
        best[product] = score;
      } else if (met[product] === n + 1 && (best[product] ?? 0) < score) best[product] = score;
    }
  }

  /** Every product with all the terms. */
  #eachWith(
    { postings, size }: CatalogueIndex,
    terms: readonly number[],
    worth: number,
    visit: (product: number, score: number) => void,
  ): void {
    const [lead = 0, ...others] = terms.toSorted((a, b) => postings.length(a) - postings.length(b));
    const value = (worth * rarity(size, postings.length(lead))) / 10;
    const { data } = postings;
    const start = postings.start(lead);
    const end = start + postings.length(lead);
    for (let i = start; i < end; i++) {
      const entry = data[i] ?? 0;
      const product = productOf(entry);
      if (others.length === 0 || others.every((term) => weightIn(postings, term, product) > 0))
        visit(product, value * weightOf(entry));
    }
  }

  /** The same for the products that are left. */
  #lookUp(
    { postings, size }: CatalogueIndex,
    terms: readonly number[],
    worth: number,
    visit: (product: number, score: number) => void,
  ): void {
    const [lead = 0] = terms.toSorted((a, b) => postings.length(a) - postings.length(b));
    const value = (worth * rarity(size, postings.length(lead))) / 10;
    for (let i = 0; i < this.count; i++) {
      const product = this.products[i] ?? 0;
      const weight = weightIn(postings, lead, product);
      if (weight > 0 && terms.every((term) => term === lead || weightIn(postings, term, product) > 0))
        visit(product, value * weight);
    }
  }

  #forget(): void {
    for (let i = 0; i < this.count; i++) this.#met[this.products[i] ?? 0] = 0;
    this.count = 0;
  }

  #fit(bound: number): void {
    if (this.#met.length >= bound) return;
    const room = Math.max(64, bound * 2);
    this.products = new Uint32Array(room);
    this.score = new Float32Array(room);
    this.#met = new Uint8Array(room);
    this.#clauseScore = new Float32Array(room);
  }
}

const productOf = (posting: number) => posting >>> weightWidth;
const weightOf = (posting: number) => posting & (weightBits - 1);
/** How much a term tells apart that stands in so many of all products (inverse document frequency). */
const rarity = (all: number, having: number) => Math.log(1 + all / Math.max(1, having));
const rarest = ({ postings }: CatalogueIndex, terms: readonly number[]) =>
  Math.min(...terms.map((term) => postings.length(term)));

/** 0 when the product does not have the term. */
function weightIn(postings: CatalogueIndex["postings"], term: number, product: number): number {
  const at = postings.find(term, product * weightBits);
  if (at === postings.length(term)) return 0;
  const entry = postings.data[postings.start(term) + at] ?? 0;
  return productOf(entry) === product ? weightOf(entry) : 0;
}
