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
export async function lastLines(dir: string, instance: string, count: number): Promise<LogLine[]> {
  const file = await open(logFile(dir, instance)).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - maxTailBytes);
    const buffer = Buffer.alloc(size - start);
    await file.read(buffer, 0, buffer.length, start);
    const lines = buffer.toString("utf8").split("\n");
    if (start > 0) lines.shift(); // most likely a part of one
    return lines
      .filter((line) => line !== "")
      .slice(-count)
      .map((line) => readLine(instance, line));
  } finally {
    await file.close();
  }
}

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
 * Calls `onLine` for every line that is written from now on, also in files that appear later, until `signal` aborts.
 * Looks four times a second: watching files is not dependable across systems, and a person reads no faster.
 */
export async function followLogs(options: {
  readonly dir: string;
  readonly service?: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onLine: (line: LogLine) => void;
}): Promise<void> {
  const { dir, service, clock, signal, onLine } = options;
  const read = new Map<string, { offset: number; rest: Buffer }>();
  for (const instance of await instancesWithLogs(dir, service))
    read.set(instance, { offset: (await stat(logFile(dir, instance))).size, rest: Buffer.alloc(0) });

  while (!signal.aborted) {
    const news: LogLine[][] = [];
    for (const instance of await instancesWithLogs(dir, service)) {
      const position = read.get(instance) ?? { offset: 0, rest: Buffer.alloc(0) };
      read.set(instance, position);
      news.push(await newLines(dir, instance, position));
    }
    for (const line of mergeByTime(news)) onLine(line);
    await sleep(clock, 250, signal);
  }
}

async function newLines(dir: string, instance: string, position: { offset: number; rest: Buffer }): Promise<LogLine[]> {
  const file = await open(logFile(dir, instance));
  try {
    const { size } = await file.stat();
    if (size < position.offset) position.offset = 0; // it was begun anew
    if (size === position.offset) return [];
    const buffer = Buffer.alloc(size - position.offset);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position.offset);
    position.offset += bytesRead;
    const bytes = Buffer.concat([position.rest, buffer.subarray(0, bytesRead)]);
    const end = bytes.lastIndexOf(newline) + 1;
    position.rest = bytes.subarray(end);
    return bytes
      .subarray(0, end)
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => readLine(instance, line));
  } finally {
    await file.close();
  }
}
