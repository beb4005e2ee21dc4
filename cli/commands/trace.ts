import type { Options, Run } from "../command.ts";
import { Failure, usageFailure } from "../failure.ts";
import { printJson } from "../io.ts";
import { homeOf } from "../state/home.ts";
import { traceLines, traceOf } from "../trace.ts";

export const summary = "Show what each service did for one request";
export const usage = `souk trace ID

ID is what the answer's "traceparent" header holds, or its second part. In development every trace is kept; a shop started with
"souk up --env production-like" keeps a part of them, and those that failed or were slow.`;
export const options = {} as const satisfies Options;
export const positionals = 1;

export const run: Run<typeof options> = async ({ options, positionals: [given] }, io) => {
  const id =
    given === undefined ? undefined : /^(?:00-)?([0-9a-f]{32})(?:-[0-9a-f]{16}-[0-9a-f]{2})?$/.exec(given)?.[1];
  if (id === undefined)
    throw usageFailure(
      given === undefined ? "Which trace?" : `"${given}" is no trace id.`,
      "Give the 32 digits of an answer's traceparent header: souk trace 4bf92f3577b34da6a3ce929d0e0e4736",
    );
  const roots = await traceOf(homeOf(io.env), id);
  if (roots.length === 0)
    throw new Failure(
      `No service has recorded the trace ${id}.`,
      "It may be a moment too new, not sampled, or long gone.",
    );
  if (options.json) printJson(io, roots);
  else for (const line of traceLines(roots, io)) io.out(line);
  return 0;
};
