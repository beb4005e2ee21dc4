import { parentPort, workerData } from "node:worker_threads";
import { mutants } from "./mutants.ts";
import { plant } from "./plant.ts";
import type { Scenario } from "./scenario.ts";

/** What a thread is to do, and what it tells. */
export type Work = {
  readonly mutant?: string;
  /** Seeds from here, so many apart, up to there. */
  readonly from: number;
  readonly step: number;
  readonly to: number;
  /** Ends with the first run that has a problem in which these words stand. */
  readonly until?: string;
};
export type Bad = { readonly seed: number; readonly problems: readonly string[]; readonly faults: readonly string[] };
export type Done = { readonly runs: number; readonly bad: readonly Bad[] };

const mostFaults = 12;

const { mutant: name, from, step, to, until } = workerData as Work;
const mutant = mutants.find((one) => one.name === name);
if (mutant) plant(mutant);
// Loaded now and not before: a mutant changes modules while they are loaded.
const { shopScenario }: { shopScenario: Scenario } = await import("./shop-scenario.ts");

const unheard: string[] = [];
process.on("unhandledRejection", (error) =>
  unheard.push(`a rejection that nobody heard ends the process: ${String(error)}`),
);

async function run(seed: number): Promise<Bad | undefined> {
  try {
    const faults = { by: "chance", seed, rates: shopScenario.rates(seed), most: mostFaults } as const;
    const verdict = await shopScenario.run({ seed, faults, weather: "jittery" });
    await new Promise((resolve) => setImmediate(resolve)); // Node tells of unheard rejections only now
    const problems = [...verdict.problems, ...unheard.splice(0)];
    return problems.length > 0 ? { seed, problems, faults: verdict.faults } : undefined;
  } catch (error) {
    return {
      seed,
      problems: [error instanceof Error ? `${error.message} ${String(error.cause ?? "")}` : String(error)],
      faults: [],
    };
  }
}

const bad: Bad[] = [];
let runs = 0;
for (let seed = from; seed < to; seed += step) {
  runs++;
  const found = await run(seed);
  if (found) bad.push(found);
  if (until !== undefined && found?.problems.some((problem) => problem.includes(until))) break;
}
parentPort?.postMessage({ runs, bad } satisfies Done);
