import type { Query } from "./query.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { wordsIn } from "./words.ts";

/** A piece of a product's text and where in it the words stand that were looked for: begin and end, in UTF-16 units. */
export type Highlight = { field: "title" | "description"; text: string; ranges: [number, number][] };

const snippetLength = 160;

/** The terms that a query looks for, in any of its alternatives. */
export const termsOf = ({ clauses }: Query): ReadonlySet<number> =>
  new Set(clauses.flatMap((clause) => clause.flatMap(({ terms }) => terms)));

/** Where a product says what was looked for: in its title, and when it is not all there, in its description. */
export function highlights(
  { title, description }: { readonly title: string; readonly description: string },
  terms: ReadonlySet<number>,
  vocabulary: Vocabulary,
): Highlight[] {
  const rangesIn = (text: string) =>
    wordsIn(text).flatMap((word): [number, number][] => {
      const term = vocabulary.termOf(word.text);
      return term !== undefined && terms.has(term) ? [[word.start, word.end]] : [];
    });
  const inTitle = rangesIn(title);
  if (inTitle.length > 0) return [{ field: "title", text: title, ranges: inTitle }];
  const inDescription = rangesIn(description);
  return inDescription.length > 0 ? [snippet(description, inDescription)] : [];
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
