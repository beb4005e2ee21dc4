import { randomUUID } from "node:crypto";
import { link, rename, rm, writeFile } from "node:fs/promises";
import type { Home } from "../state/home.ts";
import { errorCode, isMissing, readPrivateJson, writePrivate } from "../state/private-file.ts";
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts";

/** The supervisor of a state directory: who it is, and how to speak to it once it listens. */
export type SupervisorRecord = ProcessIdentity & {
  readonly control?: { readonly port: number; readonly token: string };
  /** The gateway, as a browser would reach it. */
  readonly address?: string;
};

/** The supervisor that lives; undefined when there is none. */
export async function livingSupervisor(home: Home): Promise<SupervisorRecord | undefined> {
  const record = await readPrivateJson<SupervisorRecord>(home.supervisor);
  return record !== undefined && isAlive(record) ? record : undefined;
}

/**
 * Makes this process the supervisor of `home`. One at a time: a link is made in one step or not at all.
 * @returns the living supervisor when there is one, undefined when it is this process now
 */
export async function becomeSupervisor(home: Home): Promise<SupervisorRecord | undefined> {
  const self = identify(process.pid);
  if (self === undefined) throw new Error("this process cannot see its own start time");
  const draft = `${home.supervisor}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(self), { mode: 0o600 });
  try {
    for (;;) {
      try {
        await link(draft, home.supervisor);
        return undefined;
      } catch (error) {
        if (errorCode(error) !== "EEXIST") throw error;
      }
      const other = await readPrivateJson<SupervisorRecord>(home.supervisor);
      if (other === undefined) continue;
      if (isAlive(other)) return other;
      await putAside(home, other);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes a dead supervisor's record, and only that one: another `up` may have replaced it since we read it. */
async function putAside(home: Home, dead: SupervisorRecord): Promise<void> {
  const aside = `${home.supervisor}.${randomUUID()}`;
  try {
    await rename(home.supervisor, aside);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  const moved = await readPrivateJson<SupervisorRecord>(aside);
  if (moved?.pid !== dead.pid || moved.startedAt !== dead.startedAt) await link(aside, home.supervisor);
  await rm(aside);
}

export async function publishSupervisor(
  home: Home,
  more: Omit<SupervisorRecord, keyof ProcessIdentity>,
): Promise<void> {
  const self = identify(process.pid);
  await writePrivate(home.supervisor, JSON.stringify({ ...self, ...more }));
}

export const resignSupervisor = (home: Home): Promise<void> => rm(home.supervisor, { force: true });
