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
  /** How often it has been passed. */
  readonly passed: () => number;
};

export class Faults {
  readonly #plan: FaultPlan;
  readonly #sites = new Map<string, Site>();
  readonly #taken: string[] = [];
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

  /** Every site, with how often it was passed: all the faults that a run without any could have had. */
  get sites(): readonly Site[] {
    return [...this.#sites.values()];
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
    const take = (n: number): true => {
      const fault = `${name} #${n}`;
      this.#taken.push(fault);
      this.#happened(fault);
      return true;
    };
    if (plan.by === "name") {
      const wanted = this.#wanted;
      const numbers = new Set<number>();
      for (const one of wanted) if (one.startsWith(`${name} #`)) numbers.add(Number(one.slice(name.length + 2)));
      const happens = () => {
        const n = passed++;
        return numbers.size > 0 && !this.isHealed && numbers.has(n) && take(n);
      };
      return { name, happens, passed: () => passed };
    }
    const rate = plan.rates[kindOf(name)] ?? 0;
    const threshold = rate * 2 ** 32;
    // Most kinds do not happen in most runs.
    if (threshold === 0) {
      const never = () => {
        passed++;
        return false;
      };
      return { name, happens: never, passed: () => passed };
    }
    const base = Math.imul(plan.seed ^ hashOf(name), 0x9e3779b1);
    const happens = () => {
      const n = passed++;
      if (this.isHealed || mixed(base + n) >= threshold) return false;
      return this.#taken.length < plan.most && take(n);
    };
    return { name, happens, passed: () => passed };
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
