import type { Stemmer, Vocabulary } from "./vocabulary.ts";
import { stopWords, wordsIn } from "./words.ts";

/** One way to meet a clause: a product that has all these terms, and how much of their weight that is worth. */
export type Alternative = { readonly terms: readonly number[]; readonly worth: number };
/** A word of the query with all that would do in its place. */
export type Clause = readonly Alternative[];
export type Correction = { readonly from: string; readonly to: string };
export type Query = {
  /** A product must meet all of them. */
  readonly clauses: readonly Clause[];
  /** Words that were taken for mistyped. */
  readonly corrections: readonly Correction[];
};

/** What else is looked for, by the stems of what is typed, joined by blanks; each as its stems. */
export type Synonyms = ReadonlyMap<string, readonly (readonly string[])[]>;

const mostWords = 12;
const mostCompletions = 50;
/** Longer phrases have no synonyms. */
export const longestPhrase = 4;
const worth = { asTyped: 1, synonym: 0.8, begun: 0.7, mistyped: 0.5 };

/** How a phrase is written where synonyms are looked up. */
export const phraseKey = (text: string, stem: Stemmer): string =>
  wordsIn(text)
    .map((word) => stem(word.text))
    .join(" ");

/**
 * What a shopper typed, as terms. The last word may be only begun. A word that the catalogue does not have may be the beginning of one,
 * or mistyped.
 */
export function readQuery(
  typed: string,
  vocabulary: Vocabulary,
  frequency: (term: number) => number,
  stem: Stemmer,
  synonyms: Synonyms,
): Query {
  const all = wordsIn(typed).map(({ text }) => text);
  const telling = all.filter((word) => !stopWords.has(word));
  const words = (telling.length > 0 ? telling : all).slice(0, mostWords);
  const stems = words.map(stem);
  const corrections: Correction[] = [];
  const clauses: Clause[] = [];
  for (let at = 0; at < words.length; ) {
    const phrase = phraseAt(stems, at, synonyms);
    const length = phrase?.length ?? 1;
    const alternatives: Alternative[] =
      length === 1
        ? wordAlternatives(words[at] ?? "", at === words.length - 1)
        : together(stems.slice(at, at + length), worth.asTyped);
    for (const meant of phrase?.means ?? []) alternatives.push(...together(meant, worth.synonym));
    clauses.push(alternatives);
    at += length;
  }
  return { clauses, corrections };

  function wordAlternatives(word: string, isLast: boolean): Alternative[] {
    const exact = vocabulary.termOf(word);
    const known = exact !== undefined && frequency(exact) > 0;
    const found = new Map<number, number>();
    if (known) found.set(exact, worth.asTyped);
    if ((isLast && word.length > 1) || !known)
      for (const term of completions(word)) if (!found.has(term)) found.set(term, worth.begun);
    if (found.size === 0) {
      const similar = vocabulary.similar(word, frequency);
      const [nearest] = similar;
      if (nearest) corrections.push({ from: word, to: nearest.word });
      for (const { term } of similar) found.set(term, worth.mistyped);
    }
    return [...found].map(([term, value]) => ({ terms: [term], worth: value }));
  }

  function completions(prefix: string): number[] {
    const terms = new Set<number>();
    for (const { term } of vocabulary.startingWith(prefix)) if (frequency(term) > 0) terms.add(term);
    return [...terms].sort((a, b) => frequency(b) - frequency(a)).slice(0, mostCompletions);
  }

  /** [] when the catalogue lacks one of them. */
  function together(wanted: readonly string[], value: number): Alternative[] {
    const terms = wanted.map((one) => vocabulary.termOfStem(one));
    const all = terms.filter((term) => term !== undefined && frequency(term) > 0);
    // as: as many as were asked for, so none is undefined
    return all.length === wanted.length ? [{ terms: all as number[], worth: value }] : [];
  }
}

/** The longest phrase from here on that has synonyms. */
function phraseAt(stems: readonly string[], at: number, synonyms: Synonyms) {
  for (let length = Math.min(longestPhrase, stems.length - at); length > 0; length--) {
    const means = synonyms.get(stems.slice(at, at + length).join(" "));
    if (means) return { length, means };
  }
  return undefined;
}
