import { parentPort, workerData } from "node:worker_threads";
import { mutants } from "./mutants.ts";
import { enumerate, type Limits } from "./plans.ts";
import { plant } from "./plant.ts";
import type { RunOptions, Verdict } from "./scenario.ts";
import { loadScenario, type ScenarioName } from "./scenarios.ts";

/** What a thread is to do, and what it tells. */
export type Work = {
  readonly scenario: ScenarioName;
  readonly mutant?: string;
  /** Seeds from here, so many apart, up to there. */
  readonly from: number;
  readonly step: number;
  readonly to: number;
  /** Instead of seeds every plan within these limits, in steady weather; of those that begin with the `n`th fault where `n` is `from` modulo `step`. */
  readonly within?: Limits;
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

const { scenario: scenarioName, mutant: name, from, step, to, within, until, tells } = workerData as Work;
const mutant = mutants.find((one) => one.name === name);
if (mutant) plant(mutant);
// Nobody reads a stack here, and making them takes a tenth of the time.
Error.stackTraceLimit = 0;
const scenario = await loadScenario(scenarioName);

const unheard: string[] = [];
process.on("unhandledRejection", (error) =>
  unheard.push(`a rejection that nobody heard ends the process: ${String(error)}`),
);

const bad: Bad[] = [];
let runs = 0;

/** @param known faults to name when the run cannot */
async function judge(options: RunOptions, known: readonly string[]): Promise<Pick<Verdict, "sites" | "problems">> {
  const { seed } = options;
  runs++;
  if (tells && runs % tellEvery === 0) parentPort?.postMessage({ told: tellEvery } satisfies Told);
  try {
    const { problems: found, faults, sites } = await scenario.run(options);
    await new Promise((resolve) => setImmediate(resolve)); // Node tells of unheard rejections only now
    const problems = [...found, ...unheard.splice(0)];
    if (problems.length > 0) bad.push({ seed, problems, faults });
    return { problems, sites };
  } catch (error) {
    const problem = error instanceof Error ? `${error.message} ${String(error.cause ?? "")}` : String(error);
    bad.push({ seed, problems: [problem], faults: known });
    return { problems: [problem], sites: [] };
  }
}

if (within)
  await enumerate(
    (names) => judge({ seed: 0, faults: { by: "name", names }, weather: "steady" }, names),
    within,
    (n) => n % step === from,
  );
for (let seed = from; seed < to; seed += step) {
  const faults = { by: "chance", seed, rates: scenario.rates(seed), most: mostFaults } as const;
  const { problems } = await judge({ seed, faults, weather: "jittery" }, []);
  if (until !== undefined && problems.some((problem) => problem.includes(until))) break;
}
parentPort?.postMessage({ runs, bad } satisfies Done);
