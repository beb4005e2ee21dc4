import type { Clock } from "@souk/kernel";

/** A probe is sent at most this often, and only when somebody asks: an idle process is not woken for it. */
const EVERY_MS = 10;
/** Weight of the newest probe. One garbage collection is forgiven, a second of lag is not. */
const WEIGHT = 0.3;
/** Node turns a timer of 0 ms into one of 1 ms. */
const TIMER_MS = 1;
/** What was measured longer ago says nothing about now. */
const STALE_MS = 1_000;

/**
 * How late timers run, in ms, smoothed: the time a request waits before this process even looks at it. Measured from inside, by
 * a timer that is set when the value is asked for under load.
 */
export function createEventLoopLag(clock: Clock): () => number {
  let smoothedMs = 0;
  let sentAt: number | undefined;
  let measuredAt = Number.NEGATIVE_INFINITY;

  const probe = (now: number): void => {
    sentAt = now;
    clock.after(0, () => {
      const ended = clock.monotonic();
      const lagMs = Math.max(0, ended - now - TIMER_MS);
      smoothedMs = ended - measuredAt > STALE_MS ? lagMs * WEIGHT : smoothedMs + WEIGHT * (lagMs - smoothedMs);
      measuredAt = ended;
      sentAt = undefined;
    });
  };

  return () => {
    const now = clock.monotonic();
    if (sentAt === undefined && now - measuredAt >= EVERY_MS) probe(now);
    return now - measuredAt > STALE_MS ? 0 : smoothedMs;
  };
}
