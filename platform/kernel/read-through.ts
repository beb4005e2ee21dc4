import { LruCache } from "./lru-cache.ts";

export type ReadThroughOptions<V> = {
  /** Bytes of memory that what is kept may need, roughly. */
  readonly most: number;
  readonly sizeOf: (value: V) => number;
  /** Those that are there, by their keys. */
  readonly fetch: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  /** Under what else its changes are told. */
  readonly namesOf?: (value: V) => readonly string[];
  /** It will be kept from now on. */
  readonly keeping?: (value: V) => void;
  readonly dropped?: (value: V) => void;
};

const noNames: readonly string[] = [];

/**
 * What was read last of something that changes. Whoever learns of a change says so, and what a fetch under way brings that may have missed
 * it is shown to those who wait for it, but not kept.
 */
export class ReadThrough<V> {
  readonly #kept: LruCache<V>;
  readonly #fetch: ReadThroughOptions<V>["fetch"];
  readonly #namesOf: (value: V) => readonly string[];
  readonly #keeping: (value: V) => void;
  /** Of each fetch under way: what has changed since it began. */
  readonly #changed = new Set<Set<string>>();

  constructor({ most, sizeOf, fetch, namesOf = () => noNames, keeping = () => {}, dropped }: ReadThroughOptions<V>) {
    this.#kept = new LruCache({ most, sizeOf, ...(dropped && { dropped }) });
    this.#fetch = fetch;
    this.#namesOf = namesOf;
    this.#keeping = keeping;
  }

  /** For each key what is there under it. */
  async of(keys: readonly string[]): Promise<readonly (V | undefined)[]> {
    // Before the fetch, which may take the place of some of them.
    const known = this.known(keys);
    const missing = keys.filter((_, i) => known[i] === undefined);
    if (missing.length === 0) return known;
    const fetched = await this.#fetched(missing);
    return keys.map((key, i) => known[i] ?? fetched.get(key));
  }

  /** The same, as far as it needs no fetch. */
  known(keys: readonly string[]): readonly (V | undefined)[] {
    return keys.map((key) => this.#kept.get(key));
  }

  /** Something has changed: what is kept under this key is wrong now. */
  forget(key: string): void {
    this.noteChange(key);
    this.#kept.delete(key);
  }

  /** Something has changed, and what is kept of it has been changed with it. */
  noteChange(name: string): void {
    for (const changed of this.#changed) changed.add(name);
  }

  async #fetched(keys: readonly string[]): Promise<ReadonlyMap<string, V>> {
    const changed = new Set<string>();
    this.#changed.add(changed);
    try {
      const fetched = await this.#fetch(keys);
      for (const [key, value] of fetched) {
        if (changed.has(key) || this.#namesOf(value).some((name) => changed.has(name))) continue;
        this.#keeping(value);
        this.#kept.set(key, value);
      }
      return fetched;
    } finally {
      this.#changed.delete(changed);
    }
  }
}
