import { renameSync } from "node:fs";
import { join } from "node:path";
import { armCrashPoints, type CrashPoint } from "@souk/kernel";

/** The file that makes a service die at a crash point, and what it is called once it has. */
export const crashFile = (directory: string, service: string, at: CrashPoint) => join(directory, `${service}.${at}`);
export const hitFile = (directory: string, service: string, at: CrashPoint) =>
  `${crashFile(directory, service, at)}.hit`;

/**
 * From now on this process dies (SIGKILL to itself: nothing is flushed or closed) at the crash point whose file lies in `directory`. The file is
 * renamed first, so that of all replicas one dies, once.
 */
export function obeyCrashFiles(directory: string, service: string, kill: () => void): void {
  armCrashPoints((at) => {
    try {
      renameSync(crashFile(directory, service, at), hitFile(directory, service, at));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return; // the usual case
      throw error; // whoever asked for a death that cannot be had must not take silence for one
    }
    kill();
  });
}
