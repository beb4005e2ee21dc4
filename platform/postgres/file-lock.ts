import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Runs `work` while no other process on this machine holds the lock file `path`. An exclusive transaction on an empty SQLite
 * file: unlike a file with a process id in it, the operating system frees it when its holder dies, and no one can steal it.
 * @throws Error when it is still held after `waitMs`
 */
export async function withFileLock<T>(path: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const file = new DatabaseSync(path);
  try {
    for (let waited = 0; !tryLock(file); waited += 25) {
      if (waited >= waitMs) throw new Error(`${path} is locked by another process for over ${waitMs} ms`);
      await delay(25);
    }
    return await work();
  } finally {
    file.close();
  }
}

function tryLock(file: DatabaseSync): boolean {
  try {
    file.exec("pragma busy_timeout = 0; begin exclusive");
    return true;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === 5) return false; // SQLITE_BUSY
    throw error;
  }
}
