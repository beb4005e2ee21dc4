/** So many are kept of a thing: the strongest. They are picked out when there are twice as many, so that newcomers have a chance. */
const most = 256;
const tooMany = 2 * most;

/** What is left of a sum when all of it was taken back is a rounding error. */
const negligible = 1e-9;

/** What goes with one thing, and how strongly: numbers in ascending order beside their weights. */
export class Neighbours {
  count = 0;
  things = new Uint32Array(4);
  weights = new Float64Array(4);

  /** Nothing falls below zero, and what is zero is forgotten. */
  add(thing: number, weight: number): void {
    const at = this.#find(thing);
    if (at < this.count && this.things[at] === thing) {
      const sum = (this.weights[at] ?? 0) + weight;
      if (sum > Math.abs(weight) * negligible) this.weights[at] = sum;
      else this.#remove(at);
    } else if (weight > 0) this.#insert(at, thing, weight);
  }

  #find(thing: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.things[middle] ?? 0) < thing) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(at: number, thing: number, weight: number): void {
    if (this.count === this.things.length) this.#grow();
    this.things.copyWithin(at + 1, at, this.count);
    this.weights.copyWithin(at + 1, at, this.count);
    this.things[at] = thing;
    this.weights[at] = weight;
    this.count++;
    if (this.count > tooMany) this.#keepStrongest();
  }

  #remove(at: number): void {
    this.things.copyWithin(at, at + 1, this.count);
    this.weights.copyWithin(at, at + 1, this.count);
    this.count--;
  }

  #keepStrongest(): void {
    const least = this.weights.slice(0, this.count).sort()[this.count - most] ?? 0;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const weight = this.weights[i] ?? 0;
      if (weight < least) continue;
      this.things[kept] = this.things[i] ?? 0;
      this.weights[kept++] = weight;
    }
    this.count = kept;
  }

  #grow(): void {
    const things = new Uint32Array(this.things.length * 2);
    things.set(this.things);
    this.things = things;
    const weights = new Float64Array(this.weights.length * 2);
    weights.set(this.weights);
    this.weights = weights;
  }
}
