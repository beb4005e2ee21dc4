import { copyFile, truncate } from "node:fs/promises";
import { type Clock, sleep } from "@souk/kernel";
import { instancesWithLogs, logFile, sizeOfLog } from "./files.ts";

const maxBytes = 64 * 2 ** 20;
const everyMs = 60_000;

/**
 * Keeps every log of `dir` from growing without end, until `signal` aborts. The older part is kept once, as `<file>.1`.
 * @param onFailed hears of a round that did not work; the next is tried all the same
 */
export async function keepLogsSmall(
  dir: string,
  clock: Clock,
  signal: AbortSignal,
  onFailed: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await rotateLogs(dir, maxBytes).catch(onFailed);
    await sleep(clock, everyMs, signal);
  }
}

/**
 * The processes keep their files open, to outlive us: so a file is copied and emptied in its place, not renamed. They append,
 * so each goes on at the new end; what is written in the instant between copy and emptying is lost.
 */
export async function rotateLogs(dir: string, maxBytes: number): Promise<void> {
  for (const instance of await instancesWithLogs(dir)) {
    const size = await sizeOfLog(dir, instance);
    if (size === undefined || size <= maxBytes) continue;
    const path = logFile(dir, instance);
    await copyFile(path, `${path}.1`);
    await truncate(path);
  }
}
