import { commandClock } from "../clock.ts";
import type { Options, Run } from "../command.ts";
import { Failure } from "../failure.ts";
import { followLogs, instancesWithLogs, lastLines, mergeByTime } from "../logs/files.ts";
import { type LogLine, renderLine } from "../logs/line.ts";
import { nearest } from "../nearest.ts";
import { homeOf } from "../state/home.ts";

export const summary = "Show what the services log, merged by time";
export const usage = `souk logs [service] [options]
souk logs -f orders

A service is one by its name (all its replicas) or one instance (orders-2); also: supervisor, postgres.
--json prints the lines as they were written.`;
export const options = {
  follow: { type: "boolean", short: "f", describe: "go on with what is written from now on" },
  lines: {
    type: "number",
    short: "n",
    value: "N",
    least: 0,
    default: 200,
    describe: "at most so many lines of each process",
  },
} as const satisfies Options;
export const positionals = 1;

export const run: Run<typeof options> = async ({ options, positionals: [service] }, io) => {
  const dir = homeOf(io.env).logs;
  const count = options.lines;
  const instances = await instancesWithLogs(dir, service);
  if (instances.length === 0) await complain(dir, service);

  const width = Math.max(...instances.map((instance) => instance.length), 0);
  const print = (line: LogLine) => io.out(options.json ? line.raw : renderLine(line, io, width));
  if (options.follow) {
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort());
    await followLogs({ dir, service, tail: count, clock: commandClock, signal: stop.signal, onLine: print });
  } else {
    const logs = await Promise.all(instances.map((instance) => lastLines(dir, instance, count)));
    for (const line of mergeByTime(logs)) print(line);
  }
  return 0;
};

async function complain(dir: string, service: string | undefined): Promise<never> {
  const known = await instancesWithLogs(dir);
  if (service === undefined || known.length === 0)
    throw new Failure("Nothing has been logged here yet.", "Start the shop: ./souk up");
  const names = [...new Set([...known, ...known.map((instance) => instance.replace(/-\d+$/, ""))])];
  const meant = nearest(service, names);
  throw new Failure(
    `There is no log of "${service}".`,
    meant === undefined ? `There are: ${known.join(", ")}.` : `Did you mean: souk logs ${meant}`,
  );
}
