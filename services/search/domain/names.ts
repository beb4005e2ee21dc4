/** Numbers things by a key, from 0, for as long as the index lives. What is known of a key is what was said first. */
export class Names<T> {
  readonly #numbers = new Map<string, number>();
  readonly #things: T[] = [];

  get count(): number {
    return this.#things.length;
  }
  number(key: string, thing: T): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#things.length);
    return this.#things.push(thing) - 1;
  }
  find(key: string): number | undefined {
    return this.#numbers.get(key);
  }
  /** @throws Error for a number that was never given */
  at(number: number): T {
    const thing = this.#things[number];
    if (thing === undefined) throw new Error(`nothing has the number ${number}`);
    return thing;
  }
  /** In the order of numbers. */
  all(): readonly T[] {
    return this.#things;
  }
  keys(): IterableIterator<string> {
    return this.#numbers.keys();
  }
}
