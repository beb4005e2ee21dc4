import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import { postgresStore, type SagaStore } from "./store.ts";

const KEEP_MS = 30 * 86_400_000;
const BATCH = 1_000;

/**
 * Deletes sagas that ended 30 days ago or earlier, with their history, in batches that lock nothing for long. Safe to run
 * anywhere at any time. @returns how many
 */
export async function sweepSagas(
  db: Db,
  clock: Clock,
  {
    keepMs = KEEP_MS,
    signal,
    store = postgresStore,
  }: { keepMs?: number; signal?: AbortSignal; store?: SagaStore } = {},
): Promise<number> {
  const before = instant(clock.now() - keepMs);
  let gone = 0;
  while (!signal?.aborted) {
    const count = await store.sweep(db, before, BATCH);
    gone += count;
    if (count < BATCH) break;
  }
  return gone;
}
