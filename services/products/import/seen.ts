/**
 * Which keys came before, in 16 bytes each instead of the key: an import remembers every SKU of its file. Two keys are taken for one with a
 * chance of n² / 2^54: one in two million for a file of 100,000 lines.
 */
export class Seen {
  #slots = new Float64Array(2 ** 12);
  #size = 0;

  /** Returns false when it was there already. */
  add(key: string): boolean {
    if (!put(this.#slots, hash53(key))) return false;
    if (++this.#size * 2 > this.#slots.length) {
      const larger = new Float64Array(this.#slots.length * 2);
      for (const hash of this.#slots) if (hash !== 0) put(larger, hash);
      this.#slots = larger;
    }
    return true;
  }
}

/** Open addressing, linear probing; 0 marks a free slot, and `slots.length` is a power of two. */
function put(slots: Float64Array, hash: number): boolean {
  for (let at = hash % slots.length; ; at = (at + 1) % slots.length) {
    if (slots[at] === hash) return false;
    if (slots[at] === 0) {
      slots[at] = hash;
      return true;
    }
  }
}

/** Two rounds of FNV-1a (Fowler, Noll, Vo) with different offsets, each finished by a murmur mix; never 0. */
function hash53(key: string): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
  }
  return (mix(high) & 0x1fffff) * 2 ** 32 + (mix(low) || 1);
}

function mix(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
