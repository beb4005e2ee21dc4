import type { Cancel, Clock } from "@souk/kernel";

export type Wait = "entered" | "timed_out" | "aborted";

/** First come, first served; nobody waits longer than they said, and an abort leaves at once. */
export type WaitingLine = {
  readonly length: () => number;
  readonly join: (waitMs: number, signal?: AbortSignal) => Promise<Wait>;
  /** Lets the first one in. False when nobody waits. */
  readonly next: () => boolean;
};

export function createWaitingLine(clock: Clock): WaitingLine {
  // A Set keeps the order of arrival and removes from the middle in constant time.
  const waiting = new Set<(how: Wait) => void>();

  return {
    length: () => waiting.size,
    join: (waitMs, signal) =>
      new Promise<Wait>((resolve) => {
        if (signal?.aborted) return resolve("aborted");
        let cancel: Cancel = () => {};
        const abort = () => leave("aborted");
        const leave = (how: Wait): void => {
          if (!waiting.delete(leave)) return;
          cancel();
          signal?.removeEventListener("abort", abort);
          resolve(how);
        };
        waiting.add(leave);
        cancel = clock.after(waitMs, () => leave("timed_out"));
        signal?.addEventListener("abort", abort, { once: true });
      }),
    next() {
      for (const leave of waiting) {
        leave("entered");
        return true;
      }
      return false;
    },
  };
}
