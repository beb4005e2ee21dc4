export type LruCacheOptions<V> = {
  /** What its values may need together, in whatever `sizeOf` counts. */
  readonly most: number;
  /** Default: each is 1. */
  readonly sizeOf?: (value: V) => number;
  /** It is in the cache no longer: it was deleted, had to make room, or another has taken its place. */
  readonly dropped?: (value: V) => void;
};

type Entry<V> = { readonly value: V; readonly size: number; used: boolean };

/** So many are passed over in search of one to drop. Without an end, the first search after a rush would go through all of them. */
const sparedAtMost = 32;

/**
 * Keeps values as long as there is room, and those longest that are used. A value that was used since it came, or since it was last passed
 * over, is passed over once when room is needed ("second chance"): using one costs a look-up and no more.
 */
export class LruCache<V> {
  readonly #most: number;
  readonly #sizeOf: (value: V) => number;
  readonly #dropped: (value: V) => void;
  /** In the order in which they came or were passed over. */
  readonly #entries = new Map<string, Entry<V>>();
  #size = 0;

  constructor({ most, sizeOf = () => 1, dropped = () => {} }: LruCacheOptions<V>) {
    this.#most = most;
    this.#sizeOf = sizeOf;
    this.#dropped = dropped;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.used = true;
    return entry.value;
  }

  set(key: string, value: V): void {
    this.delete(key);
    const entry = { value, size: this.#sizeOf(value), used: false };
    this.#size += entry.size;
    this.#makeRoom();
    this.#entries.set(key, entry);
    if (this.#size > this.#most) this.delete(key); // it alone is too large
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#size -= entry.size;
    this.#dropped(entry.value);
  }

  clear(): void {
    for (const key of this.#entries.keys()) this.delete(key);
  }

  #makeRoom(): void {
    let spared = 0;
    for (const [key, entry] of this.#entries) {
      if (this.#size <= this.#most) return;
      if (entry.used && spared < sparedAtMost) {
        spared++;
        entry.used = false;
        this.#entries.delete(key);
        this.#entries.set(key, entry); // comes again at the end of this loop, if need be
      } else this.delete(key);
    }
  }
}
