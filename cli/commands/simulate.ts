import type { Options, Run } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { runProgram } from "../program.ts";

export const summary = "Run the core in virtual time through thousands of random failures, each by its seed";
export const usage = `souk simulate
souk simulate --scenario saga --schedules 100000
souk simulate --scenario order --seed 17               (tells what happens, step by step)
souk simulate --scenario order --seed 17 --faults "crash seller-1 #40,drop bus>reader #2"
souk simulate --scenario order --enumerate             (one order, every crash, every one and two messages lost or doubled)
souk simulate --scenario order --deaths                (one order, every two processes die, each wherever it can)
souk simulate --mutant "skip the inbox"                (plants a fault in the core, and must find it)
souk simulate --postgres 2000                          (compares the modelled PostgreSQL with a real one)

The production code of outbox, relay, inbox, transport, event store, projector, saga runner and calls runs on a modelled PostgreSQL, bus and
network. Needs no running shop. A failing seed is shown with the fewest faults that still make it fail. Exits with 1 when anything is wrong, or a
mutant is not caught. docs/simulation.md says how it works and lists the mutants.

Scenarios: view, letter, saga, rush, log, order, shop; several separated by commas, all of them by default.`;
export const options = {
  scenario: { type: "string", value: "NAMES", describe: "what is simulated" },
  schedules: { type: "number", value: "N", least: 1, default: 1_000, describe: "how many seeds of each scenario" },
  from: { type: "number", value: "N", least: 0, default: 0, describe: "the first seed" },
  threads: { type: "number", value: "N", least: 1, describe: "how many at once; by default one for each core" },
  seed: { type: "number", value: "N", least: 0, describe: "tells the story of this seed" },
  faults: {
    type: "string",
    value: "NAMES",
    describe: "tells the story of these faults and no others; without --seed in steady weather",
  },
  mutant: { type: "string", value: "NAME", describe: "what to plant in the core" },
  enumerate: { type: "boolean", describe: "every combination instead of random ones" },
  deaths: { type: "boolean", describe: "every two deaths of processes instead of random faults" },
  postgres: { type: "number", value: "N", least: 1, describe: "random programs to compare with a real server" },
} as const satisfies Options;

const scenarios = ["view", "letter", "saga", "rush", "log", "order", "shop"];

export const run: Run<typeof options> = async ({ options }, io) => {
  const { scenario, mutant } = options;
  for (const name of scenario?.split(",") ?? [])
    if (!scenarios.includes(name))
      throw usageFailure(`There is no scenario "${name}".`, `There are: ${scenarios.join(", ")}`);
  if (mutant !== undefined) {
    // Only when one is named: nothing else of the simulation is needed here.
    const { mutants } = await import("../../chaos/simulation/mutants.ts");
    if (!mutants.some(({ name }) => name === mutant))
      throw usageFailure(`There is no mutant "${mutant}".`, `There are: ${mutants.map(({ name }) => name).join(", ")}`);
  }
  const { json, enumerate, deaths, schedules, from, threads, seed, faults, postgres } = options;
  const texts = { scenario, schedules, from, threads, seed, faults, mutant, postgres };
  const args = Object.entries(texts).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
  if (json) args.push("--json");
  if (enumerate) args.push("--enumerate");
  if (deaths) args.push("--deaths");
  if (io.interactive) args.push("--interactive");
  return runProgram("chaos/simulation/main.ts", args);
};
