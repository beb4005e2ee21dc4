import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { FinishedSpan } from "./span.ts";
import { rotated } from "./trace-file.ts";

/** A span with what happened inside it, earliest first. */
export type SpanNode = FinishedSpan & { readonly children: readonly SpanNode[] };

async function* linesOf(path: string): AsyncGenerator<string> {
  const input = createReadStream(path, "utf8");
  try {
    yield* createInterface({ input, crlfDelay: Infinity });
  } catch (error) {
    // Not every process has written spans yet, nor rotated its file.
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  } finally {
    input.destroy();
  }
}

function parse(line: string): FinishedSpan | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // The line that its writer is in the middle of, or was killed in.
  }
}

/**
 * Puts one trace together from the trace files of several processes, and their rotated halves. Usually there is one root;
 * a span whose parent was not recorded (a caller outside Souk, a process killed before it wrote) is a root too.
 * @returns roots, earliest first; empty when no file knows the trace
 */
export async function readTrace(files: readonly string[], traceId: string): Promise<SpanNode[]> {
  const spans = new Map<string, FinishedSpan & { children: SpanNode[] }>();
  const member = `"traceId":"${traceId}"`;
  for (const path of files.flatMap((file) => [rotated(file), file])) {
    for await (const line of linesOf(path)) {
      if (!line.includes(member)) continue;
      const span = parse(line);
      if (span) spans.set(span.spanId, { ...span, children: [] });
    }
  }
  const roots: SpanNode[] = [];
  for (const span of [...spans.values()].toSorted((a, b) => a.startMs - b.startMs)) {
    const parent = span.parentId === undefined ? undefined : spans.get(span.parentId);
    (parent?.children ?? roots).push(span);
  }
  return roots;
}
