import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Outcome } from "./outcome.ts";
import { type ProfileName, profileNames, profileOf } from "./profiles.ts";
import { htmlPage } from "./report/html.ts";
import { markdownReport } from "./report/markdown.ts";
import { timeline } from "./report/timeline.ts";
import { runChaos } from "./run.ts";

/** The program behind `souk chaos`, which has read and checked its arguments. Says how it goes on standard error. */
const { values } = parseArgs({
  options: {
    profile: { type: "string", default: "default" },
    seed: { type: "string", default: "1" },
    minutes: { type: "string", default: "60" },
    report: { type: "string", default: "." },
    only: { type: "string", default: "" },
    part: { type: "string", default: "1/1" },
    version: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const name = profileNames.find((known) => known === values.profile) satisfies ProfileName | undefined;
if (name === undefined) throw new Error(`there is no profile ${values.profile}`);
const seed = Number(values.seed);
const whole = profileOf(name, Number(values.minutes), values.version);
const wanted = values.only.split(",").filter((word) => word !== "");
const [part = 1, parts = 1] = values.part.split("/").map(Number);
const rounds = whole.rounds
  .filter((_, i) => i % parts === part - 1)
  .map((round) => round.filter(([{ name }]) => wanted.length === 0 || wanted.some((word) => name.includes(word))))
  .filter((round) => round.length > 0);
if (rounds.length === 0 && wanted.length === 0) throw new Error(`there is no part ${values.part}`);
if (rounds.length === 0) throw new Error(`no experiment's name has ${wanted.join(" or ")} in it`);

const since = performance.now();
const outcome = await runChaos({
  seed,
  name: parts === 1 ? name : `${name} --part ${values.part}`,
  profile: { ...whole, rounds },
  folder: values.report,
  say: (line) => console.error(`${((performance.now() - since) / 1_000).toFixed(1).padStart(6)} s  ${line}`),
});
write(outcome, values.report);
if (values.json) console.log(JSON.stringify({ ...outcome, ops: outcome.ops.length }, null, 2));
else {
  for (const line of outcome.verdict) console.log(`✗ ${line}`);
  console.log(outcome.verdict.length === 0 ? `Passed with seed ${seed}.` : `Failed with seed ${seed}.`);
  console.log(`Report: ${join(values.report, "report.html")}`);
}
process.exitCode = outcome.verdict.length === 0 ? 0 : 1;

function write(outcome: Outcome, folder: string): void {
  const picture = timeline(outcome);
  writeFileSync(join(folder, "timeline.svg"), `${picture}\n`);
  writeFileSync(join(folder, "report.md"), markdownReport(outcome, "![timeline](timeline.svg)"));
  writeFileSync(join(folder, "report.html"), htmlPage("Souk: chaos", markdownReport(outcome, picture)));
}
