import type { Chance } from "@souk/kernel";

/** How long things take, in milliseconds. */
export type Delays = {
  /** One way to PostgreSQL. */
  readonly database: () => number;
  /** One way to another process. */
  readonly network: () => number;
  /** Whether somebody else is let in between two statements that arrived together. */
  readonly yields: () => boolean;
};

/** Everything takes its usual time: for enumerations, where only the faults differ. */
export const steady: Delays = { database: () => 0.2, network: () => 0.3, yields: () => false };

/** Mostly quick, now and then slow, so that everything happens before everything else in some run. */
export function jittery(chance: Chance): Delays {
  const around = (usual: number) => {
    const drawn = chance();
    if (drawn < 0.02) return usual * 500 * chance();
    return drawn < 0.15 ? usual * 20 * chance() : usual * (0.5 + chance());
  };
  return { database: () => around(0.2), network: () => around(0.3), yields: () => chance() < 0.2 };
}
