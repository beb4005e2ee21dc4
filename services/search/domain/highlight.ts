import type { Query } from "./query.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { wordsIn } from "./words.ts";

/** A piece of a product's text and where in it the words stand that were looked for: begin and end, in UTF-16 units. */
export type Highlight = { field: "title" | "description"; text: string; ranges: [number, number][] };

const snippetLength = 160;

/** The terms that a query looks for, in any of its alternatives. */
export const termsOf = ({ clauses }: Query): ReadonlySet<number> =>
  new Set(clauses.flatMap((clause) => clause.flatMap(({ terms }) => terms)));

type Texts = { readonly title: string; readonly description: string };
/** Three numbers for each word: its term, its begin and its end. */
type Marks = Uint32Array;

/** Where a product says what was looked for: in its title, and when it is not there, in its description. */
export class Highlighter {
  readonly #vocabulary: Vocabulary;
  /** Of products that were shown and are still kept: the same few are shown again and again. */
  readonly #marks = new WeakMap<Texts, { readonly title: Marks; readonly description: Marks }>();

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** @param product is remembered: another object when its texts are others */
  of(product: Texts, terms: ReadonlySet<number>): Highlight[] {
    const { title, description } = product;
    const marks = this.#marksOf(product);
    const inTitle = rangesOf(marks.title, terms);
    if (inTitle.length > 0) return [{ field: "title", text: title, ranges: inTitle }];
    const inDescription = rangesOf(marks.description, terms);
    return inDescription.length > 0 ? [snippet(description, inDescription)] : [];
  }

  #marksOf(product: Texts): { readonly title: Marks; readonly description: Marks } {
    const known = this.#marks.get(product);
    if (known) return known;
    const marks = { title: this.#read(product.title), description: this.#read(product.description) };
    this.#marks.set(product, marks);
    return marks;
  }

  #read(text: string): Marks {
    const numbers = wordsIn(text).flatMap(({ text: word, start, end }) => {
      const term = this.#vocabulary.termOf(word);
      return term === undefined ? [] : [term, start, end];
    });
    return new Uint32Array(numbers);
  }
}

function rangesOf(marks: Marks, terms: ReadonlySet<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (let i = 0; i < marks.length; i += 3)
    if (terms.has(marks[i] ?? 0)) ranges.push([marks[i + 1] ?? 0, marks[i + 2] ?? 0]);
  return ranges;
}

/** From the beginning of a word shortly before the first range on. */
function snippet(text: string, ranges: readonly [number, number][]): Highlight {
  const first = ranges[0]?.[0] ?? 0;
  const from = text.length <= snippetLength || first < snippetLength / 2 ? 0 : text.indexOf(" ", first - 40) + 1;
  const cut = from + snippetLength < text.length ? text.lastIndexOf(" ", from + snippetLength) : text.length;
  const to = Math.max(cut, ranges[0]?.[1] ?? 0);
  return {
    field: "description",
    text: text.slice(from, to),
    ranges: ranges
      .filter(([start, end]) => start >= from && end <= to)
      .map(([start, end]) => [start - from, end - from]),
  };
}
