import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, sleep } from "@souk/kernel";
import { isMissing } from "../state/private-file.ts";
import { type LogLine, readLine } from "./line.ts";

const suffix = ".log";
const newline = 10;

/** Instances that have a log: those of `service`, or all. An instance's name is its service's and a number. */
export async function instancesWithLogs(dir: string, service?: string): Promise<string[]> {
  const files = await readdir(dir).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return files
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .filter((instance) => service === undefined || instance === service || instance.replace(/-\d+$/, "") === service)
    .sort();
}

export const logFile = (dir: string, instance: string) => join(dir, instance + suffix);

/** No more than this is read of a file's end: a few thousand lines. */
const maxTailBytes = 4 * 2 ** 20;

/** The last `count` lines of a log, oldest first; none when there is no such file. */
export const lastLines = async (dir: string, instance: string, count: number): Promise<LogLine[]> =>
  (await readEnd(dir, instance, count)).lines;

/** There is no log, or none any more: an ephemeral shop takes its own along, and PostgreSQL's is a link into its data. */
function missing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
const openLog = (dir: string, instance: string) => open(logFile(dir, instance)).catch(missing);
/** In bytes; undefined when there is none. */
export const sizeOfLog = (dir: string, instance: string): Promise<number | undefined> =>
  stat(logFile(dir, instance)).then(({ size }) => size, missing);

/** @returns also where the last whole line ends, to read on from */
async function readEnd(dir: string, instance: string, count: number): Promise<{ lines: LogLine[]; offset: number }> {
  const file = await openLog(dir, instance);
  if (file === undefined) return { lines: [], offset: 0 };
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - maxTailBytes);
    const bytes = Buffer.alloc(size - start);
    await file.read(bytes, 0, bytes.length, start);
    // What was cut off at the front is most likely a part of a line.
    const from = start > 0 ? bytes.indexOf(newline) + 1 : 0;
    const lines = count === 0 ? [] : linesOf(instance, bytes.subarray(from)).slice(-count);
    return { lines, offset: start + bytes.lastIndexOf(newline) + 1 };
  } finally {
    await file.close();
  }
}

const linesOf = (instance: string, bytes: Buffer): LogLine[] =>
  bytes
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => readLine(instance, line));

/** Merges logs by time. A line without a time (of a stack) stays behind the line before it. */
export function mergeByTime(logs: readonly (readonly LogLine[])[]): LogLine[] {
  const stamped = logs.flatMap((lines) => {
    let time = "";
    return lines.map((line) => {
      time = line.time ?? time;
      return { time, line };
    });
  });
  // The sort is stable: lines of one file never change places.
  return stamped.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)).map(({ line }) => line);
}

/**
 * Calls `onLine` for the last `tail` lines of each log and then for every line that is written, also in files that appear
 * later, until `signal` aborts. Looks four times a second: watching files is not dependable across systems, and a person
 * reads no faster.
 */
export async function followLogs(options: {
  readonly dir: string;
  readonly service?: string | undefined;
  readonly tail: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onLine: (line: LogLine) => void;
}): Promise<void> {
  const { dir, service, tail, clock, signal, onLine } = options;
  const offsets = new Map<string, number>();
  const ends: LogLine[][] = [];
  for (const instance of await instancesWithLogs(dir, service)) {
    const { lines, offset } = await readEnd(dir, instance, tail);
    ends.push(lines);
    offsets.set(instance, offset);
  }
  for (const line of mergeByTime(ends)) onLine(line);

  while (!signal.aborted) {
    const news: LogLine[][] = [];
    for (const instance of await instancesWithLogs(dir, service)) {
      const { lines, offset } = await readOn(dir, instance, offsets.get(instance) ?? 0);
      news.push(lines);
      offsets.set(instance, offset);
    }
    for (const line of mergeByTime(news)) onLine(line);
    await sleep(clock, 250, signal);
  }
}

/** The whole lines from `offset` on; from the start when the file was begun anew. */
async function readOn(dir: string, instance: string, offset: number): Promise<{ lines: LogLine[]; offset: number }> {
  const size = await sizeOfLog(dir, instance);
  if (size === offset) return { lines: [], offset };
  const file = size === undefined ? undefined : await openLog(dir, instance);
  if (size === undefined || file === undefined) return { lines: [], offset: 0 };
  const from = size < offset ? 0 : offset;
  try {
    const bytes = Buffer.alloc(size - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    const end = bytes.subarray(0, bytesRead).lastIndexOf(newline) + 1;
    return { lines: linesOf(instance, bytes.subarray(0, end)), offset: from + end };
  } finally {
    await file.close();
  }
}
