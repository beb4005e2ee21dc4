import { renameSync, writeFileSync } from "node:fs";
import type { Home } from "../state/home.ts";
import { readPrivateJson } from "../state/private-file.ts";
import { isAlive, type ProcessIdentity } from "./process-identity.ts";
import type { ProcessStatus } from "./supervised.ts";

/** What the next `up` must know about a process if this supervisor is killed. */
export type ProcessRecord = ProcessIdentity &
  Pick<ProcessStatus, "name" | "instance" | "port" | "restarts"> & {
    /** See `stopOrder`. Not in the records of an older version. PostgreSQL stops after everything else in any case. */
    readonly stopStage?: number;
  };

export const postgresName = "postgres";

/**
 * Synchronous on purpose: it runs between the birth of a process and anything else that could happen to us, so that no
 * process is ever left behind unrecorded.
 */
export function writeProcessRecords(home: Home, records: readonly ProcessRecord[]): void {
  const draft = `${home.processes}.draft`;
  writeFileSync(draft, JSON.stringify(records), { mode: 0o600 });
  renameSync(draft, home.processes);
}

/** Processes of an earlier supervisor that still run. */
export async function livingProcesses(home: Home): Promise<ProcessRecord[]> {
  return ((await readPrivateJson<ProcessRecord[]>(home.processes)) ?? []).filter(isAlive);
}
