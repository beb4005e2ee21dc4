import type { Clock } from "@souk/kernel";

/** Counts of what happened in the last `windowMs`, in a few time buckets: constant memory, no timer. */
export type SlidingWindow = {
  readonly add: (counter: number) => void;
  readonly total: (counter: number) => number;
  readonly clear: () => void;
};

const BUCKETS = 10;

/**
 * Buckets expire when the window is written *or read*, so counts go away by time even when nothing happens: a breaker whose
 * buckets expire only on calls was seen judging an hour-old outage.
 * @param counters how many kinds of things are counted, numbered from 0
 */
export function createSlidingWindow(clock: Clock, windowMs: number, counters: number): SlidingWindow {
  const widthMs = windowMs / BUCKETS;
  const counts = new Int32Array(BUCKETS * counters);
  const totals = new Int32Array(counters);
  const origin = clock.monotonic();
  const bucketNow = () => Math.floor((clock.monotonic() - origin) / widthMs);
  let newest = bucketNow();

  const expire = (): void => {
    const current = bucketNow();
    if (current === newest) return;
    const passed = Math.min(current - newest, BUCKETS);
    for (let step = 0; step < passed; step++) {
      const from = ((current - step) % BUCKETS) * counters;
      for (let counter = 0; counter < counters; counter++) {
        totals[counter] = (totals[counter] ?? 0) - (counts[from + counter] ?? 0);
        counts[from + counter] = 0;
      }
    }
    newest = current;
  };

  return {
    add(counter) {
      expire();
      const at = (newest % BUCKETS) * counters + counter;
      counts[at] = (counts[at] ?? 0) + 1;
      totals[counter] = (totals[counter] ?? 0) + 1;
    },
    total(counter) {
      expire();
      return totals[counter] ?? 0;
    },
    clear() {
      counts.fill(0);
      totals.fill(0);
      newest = bucketNow();
    },
  };
}
