import { CatalogueIndex } from "./catalogue-index.ts";
import { FacetCounts, type Facets } from "./facets.ts";
import { type Choice, Filters } from "./filters.ts";
import { Highlighter, termsOf } from "./highlight.ts";
import { type Correction, type Query, readQuery, type Synonyms } from "./query.ts";
import { Ranking, type Sort } from "./ranking.ts";
import { Selection } from "./selection.ts";
import { TextMatch } from "./text-match.ts";
import type { Stemmer } from "./vocabulary.ts";

export type Question = Choice & {
  readonly q: string | undefined;
  readonly sort: Sort;
  /** Counted from 0. */
  readonly from: number;
  /** Not included. */
  readonly to: number;
};
export type Found = {
  readonly total: number;
  /** Numbers of products, in order. */
  readonly products: readonly number[];
  readonly facets: Facets;
  readonly corrections: readonly Correction[];
  /** What was looked for in the texts. */
  readonly terms: ReadonlySet<number>;
};

const nothing: ReadonlySet<number> = new Set();

/** Answers questions about a catalogue, one after the other. */
export class Searcher {
  readonly index: CatalogueIndex;
  readonly highlighter: Highlighter;
  readonly #stem: Stemmer;
  readonly #text = new TextMatch();
  readonly #hits = new Selection();
  readonly #counts = new FacetCounts();
  readonly #ranking = new Ranking();
  /** Whoever looks for a key finds its meanings too. */
  synonyms: Synonyms = new Map();

  constructor(stem: Stemmer) {
    this.#stem = stem;
    this.index = new CatalogueIndex(stem);
    this.highlighter = new Highlighter(this.index.vocabulary);
  }

  /** @param at now, in milliseconds from any origin */
  search(question: Question, at: number): Found {
    const { index } = this;
    const query = question.q === undefined ? undefined : this.read(question.q);
    const text = query && this.#match(query);
    const filters = new Filters(index, question);
    this.#hits.run(index, text, filters, filters.chosen);
    const products = this.#ranking.page(index, text, filters, this.#hits, question);
    const total = this.#hits.count;
    const facets = this.#counts.count(index, text, filters, this.#hits, { q: question.q, at });
    return {
      total,
      products,
      facets,
      corrections: query?.corrections ?? [],
      terms: query ? termsOf(query) : nothing,
    };
  }

  /** What is meant by something typed. */
  read(typed: string): Query {
    return readQuery(typed, this.index.vocabulary, this.index.frequency, this.#stem, this.synonyms);
  }

  #match({ clauses }: Query): TextMatch {
    // A query without a single word asks for nothing that could be found.
    this.#text.run(this.index, clauses);
    return this.#text;
  }
}
