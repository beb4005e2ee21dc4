import type { ScenarioName } from "./scenarios.ts";

/** A run in which something was wrong once. Its bug is mended, and it is run again with every test. */
export type Found = {
  readonly scenario: ScenarioName;
  readonly seed: number;
  readonly faults: readonly string[];
  readonly found: string;
};

export const corpus: readonly Found[] = [
  {
    scenario: "view",
    seed: 296,
    faults: ["cut seller-1>seller #23"],
    found:
      "a projector that lost its connection before the commit believed the batch done, and stood still until the next append",
  },
  {
    scenario: "letter",
    seed: 10_196,
    faults: ["throw reader #0", "reorder bus>reader #0"],
    found:
      "an event that was parked behind one that had failed was handled right after it, although the one between them was still on its way",
  },
  {
    scenario: "letter",
    seed: 5_904,
    faults: ["throw reader #0", "reorder bus>reader #1"],
    found: "the same with another event handled in time before it",
  },
];
