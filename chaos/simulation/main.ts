import { parseArgs } from "node:util";
import { campaign, enumeration } from "./campaign.ts";
import { mutants } from "./mutants.ts";
import { aDeathAndTwoMessages, twoDeaths } from "./plans.ts";
import { loadScenario, type ScenarioName, scenarioNames } from "./scenarios.ts";
import { shrink } from "./shrink.ts";
import type { Bad, Done } from "./worker.ts";

/** The program behind `souk simulate`, which has read and checked its arguments. */
const { values } = parseArgs({
  options: {
    scenario: { type: "string", default: scenarioNames.join() },
    schedules: { type: "string", default: "1000" },
    from: { type: "string", default: "0" },
    threads: { type: "string" },
    seed: { type: "string" },
    faults: { type: "string" },
    mutant: { type: "string" },
    enumerate: { type: "boolean", default: false },
    deaths: { type: "boolean", default: false },
    postgres: { type: "string" },
    json: { type: "boolean", default: false },
    interactive: { type: "boolean", default: false },
  },
});
const chosen = values.scenario.split(",").map((word) => {
  const name = scenarioNames.find((known) => known === word);
  if (name === undefined) throw new Error(`there is no scenario ${word}`);
  return name;
});
const shownBad = 3;

type Report = {
  readonly scenario: string;
  readonly runs: number;
  readonly seconds: number;
  /** Per second of processor time, of all threads together. */
  readonly perCpuSecond: number;
  readonly bad: readonly (Bad & { readonly shrunk?: readonly string[] })[];
};

/** Runs `work` and tells on a terminal how far it is. */
async function measured(
  scenario: string,
  total: number | undefined,
  work: (told: (runs: number) => void) => Promise<Done>,
): Promise<Report> {
  const since = performance.now();
  const cpuBefore = process.cpuUsage();
  let done = 0;
  const { runs, bad } = await work((more) => {
    done += more;
    if (values.interactive)
      process.stderr.write(`\r${scenario.padEnd(8)} ${done}${total === undefined ? "" : ` of ${total}`} `);
  });
  if (values.interactive) process.stderr.write("\r\x1b[K");
  const { user, system } = process.cpuUsage(cpuBefore);
  const round = (n: number) => Math.round(n * 10) / 10;
  return {
    ...{ scenario, runs, seconds: round((performance.now() - since) / 1_000) },
    ...{ perCpuSecond: round(runs / ((user + system) / 1_000_000)), bad },
  };
}

async function simulate(name: ScenarioName): Promise<Report> {
  const mutant = mutants.find((one) => one.name === values.mutant);
  const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
  const within = values.deaths ? twoDeaths : values.enumerate ? aDeathAndTwoMessages : undefined;
  if (within) return measured(name, undefined, (told) => enumeration({ scenario: name, within, told, ...threads }));
  const from = Number(values.from);
  const to = from + Number(values.schedules);
  const report = await measured(name, to - from, (told) =>
    campaign({
      ...{ scenario: name, from, to, told, ...threads },
      ...(mutant && { mutant: mutant.name, until: mutant.caughtBy, threads: 1 }),
    }),
  );
  if (mutant || report.bad.length === 0) return report;
  const scenario = await loadScenario(name);
  const bad: Report["bad"][number][] = [];
  for (const [n, one] of report.bad.entries()) {
    const shrunk = n < shownBad ? await shrink(scenario, one) : undefined;
    bad.push({ ...one, ...(shrunk && { shrunk }) });
  }
  return { ...report, bad };
}

function show({ scenario, runs, seconds, perCpuSecond, bad }: Report): void {
  const mutant = mutants.find((one) => one.name === values.mutant);
  console.log(
    `${bad.length === 0 || mutant ? "✓" : "✗"} ${scenario.padEnd(9)} ${runs} schedules in ${seconds} s, ${perCpuSecond} per CPU second${bad.length > 0 ? `, ${bad.length} of them bad` : ""}`,
  );
  for (const { seed, problems, faults, shrunk } of bad.slice(0, shownBad)) {
    for (const problem of problems.slice(0, 5)) console.log(`    ${problem}`);
    console.log(`    after ${(shrunk ?? faults).join(", ") || "no fault at all"}`);
    const from = values.enumerate || values.deaths ? "" : ` --seed ${seed}`;
    if (!mutant)
      console.log(`    souk simulate --scenario ${scenario}${from} --faults "${(shrunk ?? faults).join(",")}"`);
  }
}

/** Tells what happens with one seed, step by step; without a seed, in the steady weather of what is enumerated. */
async function tell(name: ScenarioName): Promise<number> {
  const seed = Number(values.seed ?? 0);
  const weather = values.seed === undefined ? "steady" : "jittery";
  const scenario = await loadScenario(name);
  const faults =
    values.faults === undefined
      ? ({ by: "chance", seed, rates: scenario.rates(seed), most: 12 } as const)
      : ({ by: "name", names: values.faults.split(",").map((word) => word.trim()) } as const);
  const { lines, problems, ...verdict } = await scenario.run({ seed, faults, weather, readable: true });
  if (values.json) console.log(JSON.stringify({ seed, scenario: name, problems, lines, ...verdict }, null, 2));
  else {
    for (const line of lines) console.log(line);
    console.log(`\n${verdict.steps} steps, ${Math.round(verdict.virtualMs)} virtual ms, trace ${verdict.hash}`);
    console.log(`Faults: ${verdict.faults.join(", ") || "none"}`);
    for (const problem of problems) console.log(`✗ ${problem}`);
    if (problems.length === 0) console.log("✓ everything as promised");
  }
  return problems.length === 0 ? 0 : 1;
}

/** Random programs on the model and on a real server. */
async function comparePostgres(programs: number): Promise<number> {
  const { openReal } = await import("./differential/real.ts");
  const { differ } = await import("./differential/compare.ts");
  const { comparedTemplate } = await import("./differential/template.ts");
  const real = await openReal();
  let difference: string | undefined;
  const report = await measured("postgres", programs, async (told) => {
    let runs = 0;
    for (let seed = Number(values.from); runs < programs && difference === undefined; seed++) {
      difference = await differ(seed, comparedTemplate(), real);
      if (++runs % 10 === 0) told(10);
    }
    return { runs, bad: [] };
  });
  await real.close();
  if (values.json) console.log(JSON.stringify({ ...report, difference }, null, 2));
  else {
    const { runs, seconds } = report;
    console.log(
      `${difference ? "✗" : "✓"} ${runs} programs in ${seconds} s${difference ? `\n${difference}` : ", no difference"}`,
    );
  }
  return difference === undefined ? 0 : 1;
}

async function all(): Promise<number> {
  const mutant = mutants.find((one) => one.name === values.mutant);
  const reports: Report[] = [];
  for (const name of mutant ? [mutant.scenario] : chosen) {
    const report = await simulate(name);
    reports.push(report);
    if (!values.json) show(report);
  }
  if (values.json) console.log(JSON.stringify(reports, null, 2));
  const found = reports.flatMap(({ bad }) => bad);
  if (!mutant) return found.length === 0 ? 0 : 1;
  const isCaught = found.some(({ problems }) => problems.some((problem) => problem.includes(mutant.caughtBy)));
  if (!values.json) console.log(isCaught ? `✓ caught: ${mutant.caughtBy}` : "✗ not caught");
  return isCaught ? 0 : 1;
}

// At once: the test kit's database brings the test runner along, which would sum up its tests.
if (values.postgres !== undefined) process.exit(await comparePostgres(Number(values.postgres)));
else if (values.seed !== undefined || values.faults !== undefined)
  process.exitCode = await tell(chosen.length === 1 ? (chosen[0] ?? "order") : "order");
else process.exitCode = await all();
