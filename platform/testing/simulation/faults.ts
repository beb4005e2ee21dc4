import { hashOf } from "./trace.ts";

/**
 * Which faults happen. Every place where one could is a site with a name, and each time it is passed has a number: `crash orders-1
 * #17`. A run's faults are the list of those names, so that they can be replayed, left out one by one, and enumerated.
 */
export type FaultPlan =
  /** By chance: `rates` per kind of fault (the first word of its site), 0 ≤ rate < 1; at most `most` in all. */
  | {
      readonly by: "chance";
      readonly seed: number;
      readonly rates: Readonly<Record<string, number>>;
      readonly most: number;
    }
  /** These and no others. */
  | { readonly by: "name"; readonly names: readonly string[] };

/** A place where a fault of one kind can happen. */
export type Site = {
  readonly name: string;
  /** Passes it. @returns whether the fault happens now */
  readonly happens: () => boolean;
  /** How often it has been passed before everything was healed. */
  readonly passed: () => number;
  /** How often it had been passed when the last fault of the run happened: what comes from there on could follow it. */
  readonly before: () => number;
};

/** A site when the run is over. */
export type Passed = { readonly name: string; readonly passed: number; readonly before: number };

export class Faults {
  readonly #plan: FaultPlan;
  readonly #sites = new Map<string, Site>();
  readonly #taken: string[] = [];
  /** As often as each site had been passed when the last fault happened. */
  readonly #passed = new Map<string, number>();
  readonly #wanted: ReadonlySet<string>;
  /** Once healed nothing happens any more. */
  isHealed = false;
  readonly #happened: (name: string) => void;

  /** @param happened told of each fault as it happens */
  constructor(plan: FaultPlan, happened: (name: string) => void = () => {}) {
    this.#plan = plan;
    this.#happened = happened;
    this.#wanted = new Set(plan.by === "name" ? plan.names : []);
  }

  /** Those that happened, in order. */
  get taken(): readonly string[] {
    return this.#taken;
  }

  /** Every site, with how often it was passed: all the faults that the run could have had. */
  get sites(): readonly Passed[] {
    return [...this.#sites.values()].map(({ name, passed, before }) => ({ name, passed: passed(), before: before() }));
  }

  site(name: string): Site {
    const known = this.#sites.get(name);
    if (known) return known;
    const site = this.#make(name);
    this.#sites.set(name, site);
    return site;
  }

  #make(name: string): Site {
    const plan = this.#plan;
    let passed = 0;
    const site = (happens: () => boolean): Site => ({
      name,
      happens,
      passed: () => passed,
      before: () => this.#passed.get(name) ?? 0,
    });
    const take = (n: number): true => {
      const fault = `${name} #${n}`;
      this.#taken.push(fault);
      for (const one of this.#sites.values()) this.#passed.set(one.name, one.passed());
      this.#happened(fault);
      return true;
    };
    if (plan.by === "name") {
      const wanted = this.#wanted;
      const numbers = new Set<number>();
      for (const one of wanted) if (one.startsWith(`${name} #`)) numbers.add(Number(one.slice(name.length + 2)));
      return site(() => {
        if (this.isHealed) return false;
        const n = passed++;
        return numbers.size > 0 && numbers.has(n) && take(n);
      });
    }
    const rate = plan.rates[kindOf(name)] ?? 0;
    const threshold = rate * 2 ** 32;
    // Most kinds do not happen in most runs.
    if (threshold === 0) {
      return site(() => {
        passed++;
        return false;
      });
    }
    const base = Math.imul(plan.seed ^ hashOf(name), 0x9e3779b1);
    return site(() => {
      const n = passed++;
      if (this.isHealed || mixed(base + n) >= threshold) return false;
      return this.#taken.length < plan.most && take(n);
    });
  }
}

const kinds = new Map<string, string>();

/** The first word of a site's name, of which there are few. */
function kindOf(name: string): string {
  const known = kinds.get(name);
  if (known !== undefined) return known;
  const kind = name.split(" ", 1)[0] ?? "";
  if (kinds.size < 4_096) kinds.set(name, kind);
  return kind;
}

/** 32 bits in which each bit depends on all of `n`'s (the finaliser of MurmurHash3). */
function mixed(n: number): number {
  let h = n ^ (n >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
