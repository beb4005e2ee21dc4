import { phraseKey, type Synonyms } from "./query.ts";
import type { Stemmer } from "./vocabulary.ts";

export type Synonym = { readonly phrase: string; readonly means: readonly string[]; readonly bothWays: boolean };

/** As queries look them up. */
export function synonymsOf(synonyms: readonly Synonym[], stem: Stemmer): Synonyms {
  const meanings = new Map<string, string[][]>();
  const add = (from: string, to: string) => {
    const key = phraseKey(from, stem);
    const meant = phraseKey(to, stem);
    if (key === "" || meant === "" || key === meant) return;
    const known = meanings.get(key) ?? [];
    meanings.set(key, known);
    known.push(meant.split(" "));
  };
  for (const { phrase, means, bothWays } of synonyms)
    for (const meant of means) {
      add(phrase, meant);
      if (bothWays) add(meant, phrase);
    }
  return meanings;
}
