import type { Query } from "./query.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { wordsIn } from "./words.ts";

/** A piece of a product's text and where in it the words stand that were looked for: begin and end, in UTF-16 units. */
export type Highlight = { field: "title" | "description"; text: string; ranges: [number, number][] };

const snippetLength = 160;

/** The terms that a query looks for, in any of its alternatives. */
export const termsOf = ({ clauses }: Query): ReadonlySet<number> =>
  new Set(clauses.flatMap((clause) => clause.flatMap(({ terms }) => terms)));

/** Three numbers for each word: its term, its begin and its end. */
type Marks = Uint32Array;
/** Keeps what has been read of it: the same few products are shown again and again. Texts that are others need another object. */
export type Texts = {
  readonly title: string;
  readonly description: string;
  titleMarks?: Marks;
  descriptionMarks?: Marks;
};

/** Where a product says what was looked for: in its title, and when it is not there, in its description. */
export class Highlighter {
  readonly #vocabulary: Vocabulary;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** @param product which no other highlighter has read */
  of(product: Texts, terms: ReadonlySet<number>): Highlight[] {
    const { title, description } = product;
    product.titleMarks ??= this.#read(title);
    const inTitle = rangesOf(product.titleMarks, terms);
    if (inTitle.length > 0) return [{ field: "title", text: title, ranges: inTitle }];
    product.descriptionMarks ??= this.#read(description);
    const inDescription = rangesOf(product.descriptionMarks, terms);
    return inDescription.length > 0 ? [snippet(description, inDescription)] : [];
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
