import { editDistance } from "./edit-distance.ts";
import { IntLists } from "./int-lists.ts";

export type Stemmer = (word: string) => string;

/** A few typing mistakes are forgiven, in longer words more: in short ones another word is always near. */
const forgiven = (word: string) => (word.length < 4 ? 0 : word.length < 8 ? 1 : 2);
const similarAtMost = 5;
/** So many additions are put in their place one by one; more are sorted in. */
const fewAdded = 64;

/**
 * The words of the catalogue and the terms (stems) they are indexed by. Words are only ever added: one that no product has any more leads
 * to a term without products.
 */
export class Vocabulary {
  readonly #stem: Stemmer;
  readonly #words: string[] = [];
  readonly #termOfWord: number[] = [];
  readonly #wordIndex = new Map<string, number>();
  readonly #terms = new Map<string, number>();
  /** Word indexes in the order of words. */
  #sorted: number[] = [];
  #added: number[] = [];
  /** Words by the three letters that follow each other in them, for finding similar ones. */
  readonly #trigrams = new Map<string, number>();
  readonly #wordsOfTrigram = new IntLists();
  /** By word: how many trigrams it shares with the one that is looked for. All zero between two looks. */
  #shared = new Uint8Array(0);
  #indexed = 0;

  constructor(stem: Stemmer) {
    this.#stem = stem;
  }

  get terms(): number {
    return this.#terms.size;
  }

  /** The term of a word, which is new when it has to be. */
  add(word: string): number {
    const known = this.#wordIndex.get(word);
    if (known !== undefined) return this.#termOfWord[known] ?? 0;
    const stem = this.#stem(word);
    const term = this.#terms.get(stem) ?? this.#terms.size;
    this.#terms.set(stem, term);
    const index = this.#words.length;
    this.#words.push(word);
    this.#termOfWord.push(term);
    this.#wordIndex.set(word, index);
    this.#added.push(index);
    return term;
  }

  /** Undefined when no product ever had the word in any form. */
  termOf(word: string): number | undefined {
    const known = this.#wordIndex.get(word);
    return known === undefined ? this.#terms.get(this.#stem(word)) : this.#termOfWord[known];
  }

  termOfStem(stem: string): number | undefined {
    return this.#terms.get(stem);
  }

  /** Words that begin with `prefix`, in alphabetical order. */
  *startingWith(prefix: string): Generator<{ readonly word: string; readonly term: number }> {
    this.#sort();
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#wordAt(middle) < prefix) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < this.#sorted.length; i++) {
      const word = this.#wordAt(i);
      if (!word.startsWith(prefix)) return;
      yield { word, term: this.#termOfWord[this.#sorted[i] ?? 0] ?? 0 };
    }
  }

  /**
   * What somebody may have meant who mistyped: the words with the fewest mistakes between, the most frequent first.
   * @param frequency in how many products a term stands; a word that is in none is never meant
   */
  similar(word: string, frequency: (term: number) => number): { readonly word: string; readonly term: number }[] {
    const most = forgiven(word);
    if (most === 0 || hasDigit.test(word)) return [];
    this.#indexTrigrams();
    const trigrams = trigramsOf(word);
    // One mistake spoils four trigrams at most: a swap of neighbours.
    const needed = Math.max(1, trigrams.length - 4 * most);
    const found: { word: string; term: number; distance: number }[] = [];
    for (const index of this.#sharing(trigrams, needed)) {
      const other = this.#words[index] ?? "";
      const term = this.#termOfWord[index] ?? 0;
      const distance = editDistance(word, other, most);
      if (distance <= most && frequency(term) > 0) found.push({ word: other, term, distance });
    }
    const nearest = Math.min(...found.map(({ distance }) => distance));
    return found
      .filter(({ distance }) => distance === nearest)
      .sort((a, b) => frequency(b.term) - frequency(a.term))
      .slice(0, similarAtMost);
  }

  /** Words that have at least so many of the trigrams. */
  #sharing(trigrams: readonly string[], least: number): number[] {
    if (this.#shared.length < this.#words.length) this.#shared = new Uint8Array(this.#words.length * 2);
    const shared = this.#shared;
    const { data } = this.#wordsOfTrigram;
    const lists = trigrams.flatMap((trigram) => this.#trigrams.get(trigram) ?? []);
    const found: number[] = [];
    for (const list of lists) {
      const start = this.#wordsOfTrigram.start(list);
      const end = start + this.#wordsOfTrigram.length(list);
      for (let i = start; i < end; i++) {
        const word = data[i] ?? 0;
        const count = (shared[word] ?? 0) + 1;
        shared[word] = count;
        if (count === least) found.push(word);
      }
    }
    for (const list of lists) {
      const start = this.#wordsOfTrigram.start(list);
      const end = start + this.#wordsOfTrigram.length(list);
      for (let i = start; i < end; i++) shared[data[i] ?? 0] = 0;
    }
    return found;
  }

  #wordAt(place: number): string {
    return this.#words[this.#sorted[place] ?? 0] ?? "";
  }

  #sort(): void {
    if (this.#added.length === 0) return;
    const before = (a: number, b: number) => ((this.#words[a] ?? "") < (this.#words[b] ?? "") ? -1 : 1);
    if (this.#added.length > fewAdded) this.#sorted = [...this.#sorted, ...this.#added].sort(before);
    else
      for (const index of this.#added) {
        const word = this.#words[index] ?? "";
        let low = 0;
        let high = this.#sorted.length;
        while (low < high) {
          const middle = (low + high) >>> 1;
          if (this.#wordAt(middle) < word) low = middle + 1;
          else high = middle;
        }
        this.#sorted.splice(low, 0, index);
      }
    this.#added = [];
  }

  #indexTrigrams(): void {
    for (; this.#indexed < this.#words.length; this.#indexed++) {
      const word = this.#words[this.#indexed] ?? "";
      if (hasDigit.test(word) || word.length < 3) continue;
      for (const trigram of trigramsOf(word)) {
        let list = this.#trigrams.get(trigram);
        if (list === undefined) {
          list = this.#wordsOfTrigram.create();
          this.#trigrams.set(trigram, list);
        }
        this.#wordsOfTrigram.insert(list, this.#indexed);
      }
    }
  }
}

const hasDigit = /\p{N}/u;

/** As pg_trgm makes them: two blanks before the word, one behind. */
function trigramsOf(word: string): string[] {
  const padded = `  ${word} `;
  const trigrams = new Set<string>();
  for (let i = 0; i + 3 <= padded.length; i++) trigrams.add(padded.slice(i, i + 3));
  return [...trigrams];
}
