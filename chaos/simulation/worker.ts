import { parentPort, workerData } from "node:worker_threads";
import { mutants } from "./mutants.ts";
import { plant } from "./plant.ts";
import { loadScenario, type ScenarioName } from "./scenarios.ts";

/** What a thread is to do, and what it tells. */
export type Work = {
  readonly scenario: ScenarioName;
  readonly mutant?: string;
  /** Seeds from here, so many apart, up to there; or, when `plans` are given, their numbers. */
  readonly from: number;
  readonly step: number;
  readonly to: number;
  /** Faults by name, a list for each run, in steady weather; instead of seeds. */
  readonly plans?: readonly (readonly string[])[];
  /** Ends with the first run that has a problem in which these words stand. */
  readonly until?: string;
  /** Tells how many runs are done, now and then. */
  readonly tells?: boolean;
};
export type Bad = { readonly seed: number; readonly problems: readonly string[]; readonly faults: readonly string[] };
export type Done = { readonly runs: number; readonly bad: readonly Bad[] };
export type Told = { readonly told: number };

const mostFaults = 12;
const tellEvery = 50;

const { scenario: scenarioName, mutant: name, from, step, to, plans, until, tells } = workerData as Work;
const mutant = mutants.find((one) => one.name === name);
if (mutant) plant(mutant);
// Nobody reads a stack here, and making them takes a tenth of the time.
Error.stackTraceLimit = 0;
const scenario = await loadScenario(scenarioName);

const unheard: string[] = [];
process.on("unhandledRejection", (error) =>
  unheard.push(`a rejection that nobody heard ends the process: ${String(error)}`),
);

async function run(n: number): Promise<Bad | undefined> {
  const names = plans?.[n];
  const seed = names ? 0 : n;
  try {
    const verdict = await scenario.run(
      names
        ? { seed, faults: { by: "name", names }, weather: "steady" }
        : { seed, faults: { by: "chance", seed, rates: scenario.rates(seed), most: mostFaults }, weather: "jittery" },
    );
    await new Promise((resolve) => setImmediate(resolve)); // Node tells of unheard rejections only now
    const problems = [...verdict.problems, ...unheard.splice(0)];
    return problems.length > 0 ? { seed, problems, faults: verdict.faults } : undefined;
  } catch (error) {
    const problem = error instanceof Error ? `${error.message} ${String(error.cause ?? "")}` : String(error);
    return { seed, problems: [problem], faults: names ?? [] };
  }
}

const bad: Bad[] = [];
let runs = 0;
for (let n = from; n < to; n += step) {
  runs++;
  const found = await run(n);
  if (found) bad.push(found);
  if (until !== undefined && found?.problems.some((problem) => problem.includes(until))) break;
  if (tells && runs % tellEvery === 0) parentPort?.postMessage({ told: tellEvery } satisfies Told);
}
parentPort?.postMessage({ runs, bad } satisfies Done);
