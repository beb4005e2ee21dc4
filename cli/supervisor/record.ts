import { rm } from "node:fs/promises";
import { join } from "node:path";
import { withFileLock } from "@souk/postgres/file-lock";
import type { Home } from "../state/home.ts";
import { readPrivateJson, writePrivate } from "../state/private-file.ts";
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts";

/** The supervisor of a state directory: who it is, and how to speak to it once it listens. */
export type SupervisorRecord = ProcessIdentity & {
  readonly control?: { readonly port: number; readonly token: string };
  /** Everything was ready, and nobody has asked it to stop. */
  readonly isUp?: boolean;
  /** The gateway, as a browser would reach it. */
  readonly address?: string;
};

/** The supervisor that lives; undefined when there is none. */
export async function livingSupervisor(home: Home): Promise<SupervisorRecord | undefined> {
  const record = await readPrivateJson<SupervisorRecord>(home.supervisor);
  return record !== undefined && isAlive(record) ? record : undefined;
}

/**
 * Makes this process the supervisor of `home`, of many that try at once only one.
 * @returns the living supervisor when there is one, undefined when it is this process now
 */
export const becomeSupervisor = (home: Home): Promise<SupervisorRecord | undefined> =>
  withFileLock(join(home.run, "lock"), 10_000, async () => {
    const other = await livingSupervisor(home);
    if (other === undefined) await publishSupervisor(home, {});
    return other;
  });

export async function publishSupervisor(
  home: Home,
  more: Omit<SupervisorRecord, keyof ProcessIdentity>,
): Promise<void> {
  const self = identify(process.pid);
  await writePrivate(home.supervisor, JSON.stringify({ ...self, ...more }));
}

export const resignSupervisor = (home: Home): Promise<void> => rm(home.supervisor, { force: true });
