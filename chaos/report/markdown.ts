import type { Operation } from "../history.ts";
import { patienceMs } from "../load/load.ts";
import { livenessFloor, type Outcome, shareText, succeeded, type Trial } from "../outcome.ts";

const seconds = (ms: number | undefined) => (ms === undefined ? "–" : `${(ms / 1_000).toFixed(1)} s`);
const total = ({ struck }: Trial) => Object.values(struck).reduce((a, b) => a + b, 0);
const cell = (text: string) => text.replaceAll("|", "\\|");

/** What struck, shortened to what a line can hold. */
function listed(struck: Trial["struck"]): string {
  const all = Object.entries(struck).sort(([, a], [, b]) => b - a);
  const shown = all.slice(0, 6).map(([what, times]) => (times === 1 ? what : `${what} (${times})`));
  return shown.join(", ") + (all.length > shown.length ? `, and ${all.length - shown.length} more` : "");
}

/** The report as one page. @param picture how the timeline is shown: a link to its file, or the SVG itself */
export function markdownReport(outcome: Outcome, picture: string): string {
  const { ops, trials, checks, verdict, counts, planted, seed, profile } = outcome;
  const passed = verdict.length === 0;
  const crashes = new Set(
    trials.flatMap(({ struck }) => Object.keys(struck).filter((what) => what.startsWith("crash at "))),
  );
  const answered = ops.filter(succeeded).length;
  const byOperation = [...Map.groupBy(ops, ({ f }) => f)].map(([f, all]: [Operation, typeof ops]) => {
    const of = (type: "ok" | "fail" | "unknown") => all.filter((op) => op.type === type).length;
    return `| ${f} | ${all.length} | ${of("ok")} | ${of("fail")} | ${of("unknown")} |`;
  });
  return [
    `# Chaos: ${passed ? "passed" : "failed"}`,
    "",
    `\`./souk chaos --profile ${profile} --seed ${seed}\`, commit ${outcome.commit}, ${outcome.startedAt}, ${seconds(outcome.durationMs)} of load and faults on ${outcome.machine}.`,
    "",
    passed
      ? `${ops.length} operations, ${trials.reduce((sum, trial) => sum + total(trial), 0)} faults in ${trials.length} experiments. Nothing was lost, nothing happened twice, everybody who was told something was told the truth.`
      : `What failed:\n\n${verdict.map((line) => `- ${line}`).join("\n")}`,
    "",
    picture,
    "",
    "## Verdict",
    "",
    "| what must hold | what was |",
    "| --- | --- |",
    `| before any fault everything succeeds | ${shareText(outcome.steady)} |`,
    `| during faults at least ${livenessFloor * 100} % succeed | ${shareText({ done: trials.reduce((n, { during }) => n + during.done, 0), succeeded: trials.reduce((n, { during }) => n + during.succeeded, 0) })} |`,
    `| after the last one everything succeeds | ${shareText(outcome.calm)} |`,
    `| the history agrees with the shop and with the provider's book | ${outcome.problems.length === 0 ? "yes" : `${outcome.problems.length} contradictions`} |`,
    `| \`souk verify\` is clean | ${checks.filter(({ ok }) => ok).length} of ${checks.length} invariants hold |`,
    `| a lie planted in the shop is seen | ${planted[0] ?? "no"} |`,
    "",
    `An operation succeeds when it is answered so that the answer stands, within ${patienceMs / 1_000} s and with as many repetitions (same idempotency key) as that allows. A declined card is such an answer.`,
    "",
    "## Experiments",
    "",
    "| experiment | hypothesis | faults that struck | succeeded meanwhile | all ready again after |",
    "| --- | --- | --- | --- | --- |",
    ...trials.map(
      (trial) =>
        `| ${cell(trial.name)} | ${cell(trial.hypothesis)} | ${total(trial)}: ${cell(listed(trial.struck))}${trial.failed === undefined ? "" : ` **${cell(trial.failed)}**`} | ${shareText(trial.during)} | ${seconds(trial.recoveredMs)} |`,
    ),
    "",
    "## What was asked",
    "",
    "| operation | asked | ok | refused | no answer |",
    "| --- | --- | --- | --- | --- |",
    ...byOperation,
    "",
    `${answered} of ${ops.length} were answered. Shoppers sent ${counts.retriesOfShoppers} requests again, sagas repeated ${counts.retriesOfSagas} steps and undid ${counts.undone}, the supervisor started processes again ${counts.restarts} times. Crash points hit: ${crashes.size}.`,
    "",
    "## Invariants at the end",
    "",
    ...checks.map(({ ok, name, figure }) => `- ${ok ? "✓" : "✗"} ${name}: ${figure}`),
    "",
  ].join("\n");
}
