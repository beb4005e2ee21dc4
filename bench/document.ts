/** Writes docs/benchmarks.md and its charts out of bench/results: `node bench/document.ts`. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bars } from "./shared/chart.ts";
import type { Result } from "./shared/record.ts";

const root = resolve(import.meta.dirname, "..");
const results = join(root, "bench", "results");
const charts = join(root, "docs", "benchmarks");

/** In the order in which somebody would ask. */
const order = [
  "checkout",
  "browse",
  "search-100000",
  "search-1000000",
  "recommendations",
  "saga",
  "messaging",
  "event-store",
  "growth",
];
const place = ({ bench }: Result) => (order.includes(bench) ? order.indexOf(bench) : order.length);

const isResult = (value: unknown): value is Result =>
  typeof value === "object" && value !== null && "bench" in value && "figures" in value && "calibration" in value;

function section(result: Result): string {
  const { bench, about, command, commit, date, machine, calibration, figures } = result;
  const unit = figures[0]?.unit ?? "";
  const file = `${bench}.svg`;
  const shown = figures.filter((figure) => figure.unit === unit);
  writeFileSync(join(charts, file), bars(`${bench}, ${unit}`, shown));
  const loops = calibration.map(({ loopMs }) => loopMs);
  const commits = calibration.flatMap(({ commitsPerSecond }) =>
    commitsPerSecond === undefined ? [] : [commitsPerSecond],
  );
  return [
    `## ${bench}`,
    "",
    about,
    "",
    `![${bench}](benchmarks/${file})`,
    "",
    "| | median | rounds |",
    "| --- | --- | --- |",
    ...figures.map(
      ({ name, unit, value, rounds }) => `| ${name} | ${value.toLocaleString("en")} ${unit} | ${rounds.join(", ")} |`,
    ),
    "",
    `\`${command}\`, commit ${commit}, ${date.slice(0, 10)}, ${machine}. Beside it, 100 million steps of a loop took ${span(loops)} ms` +
      `${commits.length === 0 ? "" : ` and PostgreSQL did ${span(commits)} single-row commits a second`}.`,
    "",
  ].join("\n");
}

const span = (values: readonly number[]) =>
  values.length === 0 ? "?" : `${Math.min(...values).toLocaleString("en")}–${Math.max(...values).toLocaleString("en")}`;

mkdirSync(charts, { recursive: true });
const all = readdirSync(results)
  .filter((name) => name.endsWith(".json"))
  .map((name): unknown => JSON.parse(readFileSync(join(results, name), "utf8")))
  .filter(isResult)
  .toSorted((a, b) => place(a) - place(b));
writeFileSync(
  join(root, "docs", "benchmarks.md"),
  [
    "# Benchmarks",
    "",
    "Written by `./souk bench all` out of [`bench/results`](../bench/results); each figure stands beside the command that measured it. A bench that compares lets both",
    "sides take turns on one PostgreSQL, and every one repeats its rounds, because a machine is not equally quick all day: the bars are medians, the lines on them go",
    "from the least to the most, and a fixed piece of work beside each result says how quick the machine was just then. fsync is on everywhere.",
    "",
    ...all.map(section),
  ].join("\n"),
);
console.log(`docs/benchmarks.md: ${all.map(({ bench }) => bench).join(", ")}`);
