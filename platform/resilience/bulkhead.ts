import type { Clock } from "@souk/kernel";
import { createWaitingLine, type Wait } from "./waiting-line.ts";

export type BulkheadOptions = {
  readonly clock: Clock;
  /** How many may be inside at once. */
  readonly limit: number;
  /** How many may wait; the next one is refused at once. */
  readonly queue: number;
};

export type Bulkhead = {
  /**
   * Enters or waits for a place, at most `waitMs`. Entering at once makes no promise. Whoever `entered` must `leave`, the
   * others must not.
   */
  readonly enter: (waitMs: number, signal?: AbortSignal) => "entered" | "full" | Promise<Wait>;
  readonly leave: () => void;
  readonly snapshot: () => { readonly inside: number; readonly waiting: number; readonly limit: number };
};

/** Keeps one slow dependency from taking all of the caller's concurrency (Nygard, "Release It!", 2007). */
export function createBulkhead({ clock, limit, queue }: BulkheadOptions): Bulkhead {
  const line = createWaitingLine(clock);
  let inside = 0;
  return {
    enter(waitMs, signal) {
      if (inside < limit) {
        inside++;
        return "entered";
      }
      return line.length() >= queue ? "full" : line.join(waitMs, signal);
    },
    leave() {
      // The place passes to the first who waits; a newcomer cannot slip in between.
      if (!line.next()) inside--;
    },
    snapshot: () => ({ inside, waiting: line.length(), limit }),
  };
}
