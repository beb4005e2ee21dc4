import type { CatalogueIndex } from "./catalogue-index.ts";
import { type Choice, Filters } from "./filters.ts";
import type { Query } from "./query.ts";
import { Ranking } from "./ranking.ts";
import { Selection } from "./selection.ts";
import { TextMatch } from "./text-match.ts";
import { folded, wordsIn } from "./words.ts";

export type Suggestion =
  | { readonly kind: "query" | "brand"; readonly text: string }
  | { readonly kind: "category"; readonly text: string; readonly slug: string }
  /** Its number in the index. */
  | { readonly kind: "product"; readonly product: number };

/** So many words are tried that may be meant, the most frequent first. */
const mostTried = 12;
const mostOfOneKind = 3;
const anything: Choice = {
  categories: [],
  brands: [],
  options: new Map(),
  minPrice: undefined,
  maxPrice: undefined,
  currency: undefined,
  inStock: undefined,
};

/** Suggests what somebody is typing. Keeps its memory: one at a time. */
export class Suggester {
  readonly #text = new TextMatch();
  readonly #hits = new Selection();
  readonly #ranking = new Ranking();

  /**
   * Queries that would find something, categories and brands of that name, and the products it finds already.
   * @param read turns what is typed into a query
   */
  suggest(index: CatalogueIndex, typed: string, limit: number, read: (typed: string) => Query): Suggestion[] {
    const words = wordsIn(typed).map(({ text }) => text);
    const last = words.at(-1);
    if (last === undefined) return [];
    const named = [...this.#categories(index, words), ...this.#brands(index, words)];
    const queries = this.#queries(index, words.slice(0, -1), last, read);
    const found = this.#products(index, read(typed), limit);
    const others = [...queries, ...named].slice(0, Math.max(limit - found.length, Math.ceil(limit / 2)));
    return [...others, ...found].slice(0, limit);
  }

  #queries(
    index: CatalogueIndex,
    before: readonly string[],
    last: string,
    read: (typed: string) => Query,
  ): Suggestion[] {
    const { vocabulary, frequency } = index;
    const byTerm = new Map<number, string>();
    for (const { word, term } of vocabulary.startingWith(last)) {
      const known = byTerm.get(term);
      // Of several forms of a word the shortest, unless it is only what was typed.
      if (frequency(term) > 0 && (known === undefined || word.length < known.length)) byTerm.set(term, word);
    }
    const likely = [...byTerm].sort(([a], [b]) => frequency(b) - frequency(a)).slice(0, mostTried);
    const lead = before.length === 0 ? [] : read(before.join(" ")).clauses;
    const tried = likely.map(([term, word]) => {
      if (lead.length === 0) return { word, count: frequency(term) };
      this.#text.run(index, [...lead, [{ terms: [term], worth: 1 }]]);
      return { word, count: this.#text.count };
    });
    return tried
      .filter(({ count, word }) => count > 0 && (word !== last || before.length > 0))
      .sort((a, b) => b.count - a.count)
      .slice(0, mostOfOneKind)
      .map(({ word }) => ({ kind: "query", text: [...before, word].join(" ") }));
  }

  #categories({ categories, inCategory }: CatalogueIndex, words: readonly string[]): Suggestion[] {
    const slugs = [...categories.keys()];
    return categories
      .all()
      .flatMap(({ name, path }, category) => {
        const count = inCategory.length(category);
        return count > 0 && isCalled(name, words) ? [{ path, slug: slugs[category] ?? "", count }] : [];
      })
      .sort((a, b) => b.count - a.count)
      .slice(0, mostOfOneKind)
      .map(({ path, slug }) => ({ kind: "category", text: path, slug }));
  }

  #brands({ brands, ofBrand }: CatalogueIndex, words: readonly string[]): Suggestion[] {
    return brands
      .all()
      .flatMap((name, brand) => {
        const count = ofBrand.length(brand);
        return count > 0 && isCalled(name, words) ? [{ name, count }] : [];
      })
      .sort((a, b) => b.count - a.count)
      .slice(0, mostOfOneKind)
      .map(({ name }) => ({ kind: "brand", text: name }));
  }

  #products(index: CatalogueIndex, { clauses }: Query, limit: number): Suggestion[] {
    this.#text.run(index, clauses);
    const filters = new Filters(index, anything);
    this.#hits.run(index, this.#text, filters, 0);
    return this.#ranking
      .page(index, this.#text, filters, this.#hits, { sort: "relevance", from: 0, to: limit })
      .map((product) => ({ kind: "product", product }));
  }
}

/** Whether each word that is typed begins one of the name's. */
function isCalled(name: string, words: readonly string[]): boolean {
  const its = folded(name).split(/[^\p{L}\p{N}]+/u);
  return words.every((word) => its.some((one) => one.startsWith(word)));
}
