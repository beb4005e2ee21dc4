/** What happened in a run: a hash of all of it, and, when somebody wants to read it, the lines. */
export class Trace {
  #a = 0x811c9dc5;
  #b = 0x9dc5811c;
  readonly #lines: string[] | undefined;
  readonly #now: () => number;

  /** @param now of the run, in milliseconds; only for the lines */
  constructor({ readable, now }: { readonly readable: boolean; readonly now: () => number }) {
    this.#lines = readable ? [] : undefined;
    this.#now = now;
  }

  get isReadable(): boolean {
    return this.#lines !== undefined;
  }

  /** Two numbers that say what happened. */
  note(what: number, detail: number): void {
    this.#a = Math.imul(this.#a ^ what, 0x01000193);
    this.#b = Math.imul(this.#b ^ detail ^ (this.#a >>> 15), 0x85ebca6b);
  }

  /** A line; made only when somebody reads it. */
  say(line: () => string): void {
    this.#lines?.push(`${this.#now().toFixed(1).padStart(9)} ms  ${line()}`);
  }

  get hash(): string {
    const hex = (n: number) => (n >>> 0).toString(16).padStart(8, "0");
    return hex(this.#a) + hex(this.#b);
  }

  get lines(): readonly string[] {
    return this.#lines ?? [];
  }
}

/** Most words come again in every run: names of processes, of edges, of statements. */
const hashes = new Map<string, number>();
const mostHashes = 4_096;

/** FNV-1a, for words that are noted. */
export function hashOf(text: string): number {
  const known = hashes.get(text);
  if (known !== undefined) return known;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash >>>= 0;
  if (hashes.size >= mostHashes) hashes.clear();
  hashes.set(text, hash);
  return hash;
}
