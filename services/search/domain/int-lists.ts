/** Small lists share one array; a list that outgrows its place moves to one twice as large, and leaves its old one to others. */
const smallest = 4;
const classes = 30;

/**
 * Many growing lists of whole numbers below 2^32 in one typed array: an object for each of a million lists would cost ten times what is
 * in them.
 */
export class IntLists {
  data = new Uint32Array(1_024);
  #used = 0;
  #start = new Uint32Array(256);
  #length = new Uint32Array(256);
  /** Capacity is `smallest << size`; lists without a place have size 0 and capacity 0. */
  #size = new Uint8Array(256);
  #count = 0;
  /** Places that were left, by size. */
  readonly #free: number[][] = Array.from({ length: classes }, () => []);

  /** A new, empty list. */
  create(): number {
    if (this.#count === this.#start.length) {
      this.#start = grown(this.#start);
      this.#length = grown(this.#length);
      this.#size = grown(this.#size);
    }
    return this.#count++;
  }

  get count(): number {
    return this.#count;
  }
  /** Where the list begins in `data`, until the next change of any list. */
  start(list: number): number {
    return this.#start[list] ?? 0;
  }
  length(list: number): number {
    return this.#length[list] ?? 0;
  }

  /** Adds a value to an ascending list; one that is there already stays once. */
  insert(list: number, value: number): void {
    const length = this.length(list);
    const at =
      length === 0 || (this.data[this.start(list) + length - 1] ?? 0) < value ? length : this.find(list, value);
    const start = this.start(list);
    if (at < length && this.data[start + at] === value) return;
    this.#reserve(list, length + 1);
    const moved = this.start(list);
    if (at < length) this.data.copyWithin(moved + at + 1, moved + at, moved + length);
    this.data[moved + at] = value;
    this.#length[list] = length + 1;
  }

  /** Removes a value from an ascending list. */
  remove(list: number, value: number): void {
    const at = this.find(list, value);
    const start = this.start(list);
    const length = this.length(list);
    if (at === length || this.data[start + at] !== value) return;
    this.data.copyWithin(start + at, start + at + 1, start + length);
    this.#length[list] = length - 1;
  }

  /** Replaces the whole list. */
  set(list: number, values: readonly number[]): void {
    this.#reserve(list, values.length);
    this.data.set(values, this.start(list));
    this.#length[list] = values.length;
  }

  /** The index within an ascending list of the first value that is not below `value`. */
  find(list: number, value: number): number {
    const start = this.start(list);
    let low = 0;
    let high = this.length(list);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.data[start + middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #reserve(list: number, wanted: number): void {
    const size = this.#size[list] ?? 0;
    if (wanted <= capacityOf(size)) return;
    let next = Math.max(1, size);
    while (capacityOf(next) < wanted) next++;
    const from = this.start(list);
    const to = this.#free[next]?.pop() ?? this.#take(capacityOf(next));
    this.data.copyWithin(to, from, from + this.length(list));
    if (size > 0) this.#free[size]?.push(from);
    this.#start[list] = to;
    this.#size[list] = next;
  }

  #take(capacity: number): number {
    while (this.#used + capacity > this.data.length) this.data = grown(this.data);
    this.#used += capacity;
    return this.#used - capacity;
  }
}

const capacityOf = (size: number) => (size === 0 ? 0 : smallest << (size - 1));

/** A copy with twice the room. */
export function grown<A extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(array: A): A {
  // as: the constructor of an array makes arrays of its own kind
  const copy = new (array.constructor as new (length: number) => A)(array.length * 2);
  copy.set(array);
  return copy;
}
