import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { commandClock } from "../clock.ts";
import type { Args, Options, Run } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { type Io, printJson } from "../io.ts";
import { followLogs } from "../logs/files.ts";
import { renderLine } from "../logs/line.ts";
import { type Home, homeAt, homeOf } from "../state/home.ts";
import { stopSignals } from "../stop-signals.ts";
import { chosenServices } from "../supervisor/bring-up.ts";
import { detachSupervisor } from "../supervisor/detach.ts";
import { instanceSettings } from "../supervisor/instance-settings.ts";
import type { UpOptions } from "../supervisor/options.ts";
import { type Progress, showProgress } from "../supervisor/progress.ts";
import { runSupervisor } from "../supervisor/run.ts";
import { watchStorefront } from "../watch-storefront.ts";

export const summary = "Start the shop: PostgreSQL, every service, and what keeps them running";
export const usage = `souk up [options]
souk up --detach

Without --detach it stays in the foreground, shows the logs, and stops everything on Ctrl-C (twice: at once).
Data, secrets and logs are in .souk/ (or SOUK_HOME) and stay. DATABASE_URL uses that PostgreSQL instead of an own one,
except with --ephemeral.`;
export const options = {
  detach: { type: "boolean", short: "d", describe: "return when everything is ready" },
  port: {
    type: "number",
    value: "PORT",
    least: 0,
    most: 65_535,
    default: 8080,
    describe: "the gateway's port; 0 takes a free one",
  },
  empty: { type: "boolean", describe: "sell nothing at first: a new shop otherwise gets the sample catalogue" },
  ephemeral: { type: "boolean", describe: "start from nothing in a temporary folder, and leave nothing" },
  watch: { type: "boolean", describe: "serve the storefront from its sources too, and reload it as they change" },
  only: { type: "string", value: "NAME,…", multiple: true, describe: "just these services" },
  replicas: { type: "string", value: "NAME=N", multiple: true, describe: "run N processes of a service" },
  instances: { type: "string", value: "FILE", describe: "settings of single processes, as JSON: see docs/cli.md" },
  "single-process": { type: "boolean", describe: "all services in one process: small, and quick to start" },
  env: {
    type: "string",
    value: "NAME",
    default: "development",
    describe: "development, or production-like: traces sampled as in production",
  },
} as const satisfies Options;

export const run: Run<typeof options> = async (args, io) => {
  const up = upOptions(args.options);
  // Before anything of an earlier run is touched.
  await chosenServices(up);
  instanceSettings(up.instancesFile)("");
  if (args.options.watch && args.options.detach)
    throw usageFailure("What reloads as you work stays in the foreground.", "Leave out --detach or --watch.");
  const home = up.ephemeral ? homeAt(await mkdtemp(join(tmpdir(), "souk-"))) : homeOf(io.env);
  // Whoever reads the story of a start that goes on without a terminal may have seen enough of it.
  const { stop, kill } = stopSignals(commandClock, { readerGone: args.options.detach ? "nothing" : "stops" });
  if (!args.options.json)
    stop.addEventListener("abort", () => io.err("Stopping; Ctrl-C again ends everything at once."));

  const report = reporter(args.options.json, io, home, up);
  if (args.options.detach) return detachSupervisor({ home, up, report, stop });
  return runSupervisor({
    home,
    up,
    clock: commandClock,
    env: io.env,
    stop,
    kill,
    report(progress) {
      report(progress);
      if (progress.kind === "up" && progress.up.address !== undefined && args.options.watch)
        watchStorefront(progress.up.address, stop, (text) => io.out(`  Storefront, reloading  ${text}`));
      if (progress.kind === "up")
        showLogs(home, io, args.options.json, stop).catch((error: unknown) =>
          io.err(`The logs cannot be shown any more: ${String(error)}`),
        );
    },
  });
};

function upOptions(given: Args<typeof options>["options"]): UpOptions {
  if (given.env !== "development" && given.env !== "production-like")
    throw usageFailure(`There is no environment "${given.env}".`, "There are: development, production-like.");
  if (given["single-process"] && given.replicas.length > 0)
    throw usageFailure("One process has no replicas.", "Leave out --single-process or --replicas.");
  const only = given.only.flatMap((names) => names.split(",")).filter((name) => name !== "");
  if (given.only.length > 0 && only.length === 0)
    throw usageFailure("--only names no service.", "For example: --only orders,inventory");
  return {
    port: given.port,
    only,
    replicas: Object.fromEntries(given.replicas.flatMap((list) => list.split(",")).map(replicasOf)),
    singleProcess: given["single-process"],
    productionLike: given.env === "production-like",
    sample: !given.empty,
    ephemeral: given.ephemeral,
    ...(given.instances !== undefined && { instancesFile: resolve(given.instances) }),
  };
}

function replicasOf(text: string): [string, number] {
  const [name = "", count = ""] = text.split("=");
  const replicas = Number(count);
  if (name === "" || count === "" || !Number.isInteger(replicas) || replicas < 1 || replicas > 32)
    throw usageFailure(
      `"${text}" does not say how many processes of what.`,
      "Write a service and a number from 1 to 32: --replicas orders=2",
    );
  return [name, replicas];
}

/** Programs get one object, when it is up; the rest of the story is for people. */
function reporter(json: boolean, io: Io, home: Home, up: UpOptions): (progress: Progress) => void {
  const command = up.ephemeral ? `SOUK_HOME=${home.dir} ./souk` : "./souk";
  return (progress) => {
    if (!json || progress.kind === "failed") return showProgress(progress, io, { command });
    if (progress.kind === "up") printJson(io, { ...progress.up, address: progress.up.address ?? null });
    if (progress.kind === "already")
      printJson(io, { address: progress.address ?? null, home: home.dir, already: true });
  };
}

async function showLogs(home: Home, io: Io, json: boolean, signal: AbortSignal): Promise<void> {
  if (!json) io.out("");
  const onLine = (line: Parameters<typeof renderLine>[0]) => io.out(json ? line.raw : renderLine(line, io, 18));
  await followLogs({ dir: home.logs, tail: 0, clock: commandClock, signal, onLine });
}
