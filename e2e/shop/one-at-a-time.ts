import { join } from "node:path";
import { withFileLock } from "@souk/postgres/file-lock";

const lock = join(import.meta.dirname, "../../node_modules/.cache/souk-e2e.lock");
const longestMs = 3 * 3_600_000;

/**
 * Waits until no other test file of this repository has a whole shop: two of them on two cores make each other slow, and what waits
 * for a person's patience then fails for nothing. Freed by the system also when its holder is killed.
 * @returns lets the next one have its turn
 */
export function oneAtATime(): Promise<() => void> {
  const { promise: done, resolve: release } = Promise.withResolvers<void>();
  return new Promise((resolve, reject) => {
    withFileLock(lock, longestMs, () => {
      resolve(release);
      return done;
    }).catch(reject);
  });
}
