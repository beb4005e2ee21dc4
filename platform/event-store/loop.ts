import { type Chance, type Clock, sleep } from "@souk/kernel";

export type LoopOptions = {
  readonly clock: Clock;
  readonly chance: Chance;
  /** Never runs twice at once. @returns how long to wait before it runs again, in milliseconds, unless it is woken */
  readonly step: () => Promise<number>;
  /** What the pauses after failures grow from, in milliseconds. */
  readonly pollMs: number;
  /** They grow no longer than this. */
  readonly longestPauseMs: number;
  /** @param failures in a row, counted from 1 */
  readonly onError: (error: unknown, failures: number) => void;
};

export type Loop = {
  /** Runs the step at once instead of after its pause; a wake-up while it runs counts. Does not shorten the pause after a failure. */
  wake(): void;
  /** Resolves when the step under way has ended; none begins afterwards. */
  close(): Promise<void>;
};

/** Does something again and again until it is closed. */
export function startLoop({ clock, chance, step, pollMs, longestPauseMs, onError }: LoopOptions): Loop {
  const closing = new AbortController();
  let isWoken = false;
  /** Ends the pause under way. */
  let ring = () => {};

  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      const end = () => {
        cancel();
        resolve();
      };
      const cancel = clock.after(delayMs, end);
      ring = end;
    });

  async function run(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; ) {
      isWoken = false; // before the step: a wake-up during it counts
      try {
        const pauseMs = await step();
        failures = 0;
        if (pauseMs > 0 && !isWoken) await pause(pauseMs);
      } catch (error) {
        onError(error, ++failures);
        // Full jitter: Brooker, "Exponential Backoff and Jitter", 2015.
        await sleep(clock, chance() * Math.min(longestPauseMs, pollMs * 2 ** failures), closing.signal);
      }
    }
  }

  function wake(): void {
    isWoken = true;
    ring();
  }

  const ended = run();
  return {
    wake,
    close() {
      closing.abort();
      wake();
      return ended;
    },
  };
}
