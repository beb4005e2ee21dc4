import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import type { Options, Run } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { repository } from "../state/home.ts";

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
  seed: { type: "string", value: "N", describe: "decides who dies when and who buys what; by default by the clock" },
  minutes: { type: "string", value: "N", default: "60", describe: "how long the long profile is" },
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
    default: ".souk/chaos",
    describe: "where report, timeline and history go",
  },
} as const satisfies Options;

const profiles = ["short", "default", "long"];

export const run: Run<typeof options> = async ({ options }) => {
  if (!profiles.includes(options.profile))
    throw usageFailure(`There is no profile "${options.profile}".`, `There are: ${profiles.join(", ")}`);
  for (const [option, value] of [
    ["--minutes", options.minutes],
    ["--seed", options.seed ?? "1"],
  ] as const)
    if (!(Number(value) > 0))
      throw usageFailure(`${option} needs a number above 0, not "${value}".`, "See: souk chaos --help");
  if (!/^[1-9]\d*\/[1-9]\d*$/.test(options.part))
    throw usageFailure(`"${options.part}" is no part.`, "Write which of how many: --part 2/5");
  const seed = options.seed ?? String(Date.now() % 1_000_000);
  const args = [
    ...[
      "--profile",
      options.profile,
      "--seed",
      seed,
      "--minutes",
      options.minutes,
      "--report",
      resolve(options.report),
    ],
    ...["--part", options.part],
    ...(options.only === undefined ? [] : ["--only", options.only]),
    ...(options["other-version"] === undefined ? [] : ["--version", options["other-version"]]),
    ...(options.json ? ["--json"] : []),
  ];
  // A program of its own: it stands on the test kit, which this command does not.
  const child = spawn(process.execPath, [join(repository, "chaos", "main.ts"), ...args], { stdio: "inherit" });
  // Ctrl-C reaches it too; it dies, and what it started is taken down by its watcher.
  process.on("SIGINT", () => {});
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
};
