import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readTrace, type SpanNode } from "@souk/telemetry";
import type { Io } from "./io.ts";
import type { Home } from "./state/home.ts";
import { isMissing } from "./state/private-file.ts";
import { table } from "./table.ts";

const suffix = ".jsonl";

/** A trace out of the files that the services of this machine write. @returns its roots; none when no file knows it */
export async function traceOf(home: Home, traceId: string): Promise<SpanNode[]> {
  return readTrace(await traceFiles(home), traceId);
}

async function traceFiles(home: Home): Promise<string[]> {
  try {
    const names = await readdir(home.traces);
    return names.filter((name) => name.endsWith(suffix)).map((name) => join(home.traces, name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

export const spansOf = (roots: readonly SpanNode[]): SpanNode[] =>
  roots.flatMap((span) => [span, ...spansOf(span.children)]);

/** A line per span, indented below what it happened in: what, which service, how long. */
export function traceLines(roots: readonly SpanNode[], { paint }: Pick<Io, "paint">): string[] {
  const rows: string[][] = [];
  const add = (span: SpanNode, indent: string, branch: string) => {
    const { error } = span;
    const name = error ? paint("red", span.name) : span.name;
    rows.push([
      paint("dim", indent + branch) + name,
      paint("cyan", span.service),
      `${span.durationMs.toFixed(1)} ms`,
      error ? paint("red", error.message) : "",
    ]);
    const below = indent + (branch === "" ? "" : branch.startsWith("└") ? "   " : "│  ");
    for (const [i, child] of span.children.entries()) add(child, below, i === span.children.length - 1 ? "└─ " : "├─ ");
  };
  for (const root of roots) add(root, "", "");
  return table(rows, [2]).map((line) => line.trimEnd());
}
