import type { FaultPlan, Passed } from "../../platform/testing/simulation/faults.ts";

export type RunOptions = {
  readonly seed: number;
  readonly faults: FaultPlan;
  /** With chance in how long things take, or always the same. */
  readonly weather: "jittery" | "steady";
  /** Keeps a line of everything that happens. */
  readonly readable?: boolean;
};

export type Verdict = {
  /** What is wrong; nothing in a good run. */
  readonly problems: readonly string[];
  /** Of everything that happened. */
  readonly hash: string;
  readonly steps: number;
  /** How much time went by in the run. */
  readonly virtualMs: number;
  /** The faults that happened, by name. */
  readonly faults: readonly string[];
  /** Every place where one could have happened, with how often. */
  readonly sites: readonly Passed[];
  readonly lines: readonly string[];
};

export type Scenario = {
  readonly name: string;
  readonly describe: string;
  /** How likely each kind of fault is, by the seed: runs differ in what goes wrong, not only in when. */
  readonly rates: (seed: number) => Readonly<Record<string, number>>;
  readonly run: (options: RunOptions) => Promise<Verdict>;
};
