import { join, resolve } from "node:path";
import type { Options, Run } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { runProgram } from "../program.ts";
import { homeOf } from "../state/home.ts";

export const summary = "Break the shop on purpose, under load, and prove that nothing was lost or doubled";
export const usage = `souk chaos
souk chaos --profile short --seed 7
souk chaos --only postgres,clocks

Starts a shop of its own with a fault proxy on every edge, puts shoppers to work through the public API, lets one fault after the other happen, and
compares what shoppers were told with what is. Exits with 1 unless at least 60 % succeeded during faults and everything after them, the history
agrees with the shop and the card provider, "souk verify" is clean, and every crash point was hit. A running shop is left alone.

Profiles: short (a minute), default (ten minutes), long (--minutes).`;
export const options = {
  profile: { type: "string", value: "NAME", default: "default", describe: "short, default or long" },
  seed: {
    type: "number",
    value: "N",
    least: 0,
    describe: "decides who dies when and who buys what; by default by the clock",
  },
  minutes: {
    type: "number",
    value: "N",
    least: 0.1,
    fractions: true,
    default: 60,
    describe: "how long the long profile is",
  },
  part: {
    type: "string",
    value: "K/N",
    default: "1/1",
    describe: "every Nth experiment, from the Kth on: a long run in pieces",
  },
  only: { type: "string", value: "WORDS", describe: "experiments that have one of these words in their name" },
  "other-version": { type: "string", value: "REF", describe: "the commit that runs beside this one, for a while" },
  report: {
    type: "string",
    value: "FOLDER",
    describe: "where report, timeline and history go; by default chaos/ in .souk/ (or SOUK_HOME)",
  },
} as const satisfies Options;

const profiles = ["short", "default", "long"];

export const run: Run<typeof options> = async ({ options }, io) => {
  if (!profiles.includes(options.profile))
    throw usageFailure(`There is no profile "${options.profile}".`, `There are: ${profiles.join(", ")}`);
  if (!/^[1-9]\d*\/[1-9]\d*$/.test(options.part))
    throw usageFailure(`"${options.part}" is no part.`, "Write which of how many: --part 2/5");
  const seed = options.seed ?? Date.now() % 1_000_000;
  const report = resolve(options.report ?? join(homeOf(io.env).dir, "chaos"));
  return runProgram("chaos/main.ts", [
    ...["--profile", options.profile, "--part", options.part, "--report", report],
    ...["--seed", String(seed), "--minutes", String(options.minutes)],
    ...(options.only === undefined ? [] : ["--only", options.only]),
    ...(options["other-version"] === undefined ? [] : ["--version", options["other-version"]]),
    ...(options.json ? ["--json"] : []),
  ]);
};
