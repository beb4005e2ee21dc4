import type { Cancel, Chance, Clock } from "@souk/kernel";

/** `more`: there is more to do at once. `soon`: ask again shortly, somebody else is at it. `idle`: nothing until woken. */
export type Outcome = "more" | "soon" | "idle";

export type PulseOptions = {
  readonly clock: Clock;
  readonly chance: Chance;
  /** Never runs twice at once; what it throws is backed off from. */
  readonly run: () => Promise<Outcome>;
  /** Woken after a quiet time it runs at once; woken again and again it runs this often, in milliseconds, and so in batches. */
  readonly spacingMs: number;
  /** How it runs when it is woken so often that each run answers several wakes. Default: by `spacingMs`. */
  readonly beat?: Beat;
  /** Runs this often, ± 25 %, even when nobody wakes it, in milliseconds: a wake may be lost with the process that owed it. */
  readonly pollMs: number;
  /** Told of each failure in a row, counted from 1, and when the next run comes. */
  readonly failed?: (error: unknown, failures: number, delayMs: number) => void;
  /** Told once when a run succeeds after failures. */
  readonly recovered?: () => void;
};

export type Pulse = {
  /** Runs at once. */
  start(): void;
  wake(): void;
  /** Resolves when the run in progress is over; none begins afterwards. */
  stop(): Promise<void>;
};

/**
 * A run `afterMs` after each multiple of `everyMs` on the wall clock: so many pulses run together, in this process and others, and whom all
 * of them wake runs once for all. Clocks that differ cost only that.
 */
export type Beat = { readonly everyMs: number; readonly afterMs: number };

const BEAT_MS = 50;
/** A run costs about 1 ms of CPU whatever it carries, and a message waits for half a beat on the average. */
export const relaysBeat: Beat = { everyMs: BEAT_MS, afterMs: 0 };
/** When the relays are done. */
export const readersBeat: Beat = { everyMs: BEAT_MS, afterMs: 15 };
/** More than these between two runs are a load. */
const FEW_WAKES = 2;

const FIRST_BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 10_000;

/** Work that is woken when there is something to do, coalesces wakes, polls as a safety net, and backs off when it fails. */
export function createPulse(options: PulseOptions): Pulse {
  const { clock, chance, run, spacingMs, beat, pollMs, failed, recovered } = options;
  let stopped = true;
  let running = false;
  let woken = false;
  /** A run is due sooner than the poll: a further wake changes nothing. */
  let due = false;
  let failures = 0;
  /** Wakes since the last run began, and those before that one. */
  let wakes = 0;
  let answered = 0;
  let startedAt = Number.NEGATIVE_INFINITY;
  let cancel: Cancel = () => {};
  let current: Promise<void> = Promise.resolve();

  const begin = () => {
    cancel();
    due = false;
    current = turn();
  };
  const schedule = (delayMs: number, sooner: boolean) => {
    cancel();
    due = sooner;
    cancel = clock.after(delayMs, begin);
  };
  const untilSpaced = () => {
    const sinceMs = clock.monotonic() - startedAt;
    if (!beat || answered <= FEW_WAKES || sinceMs >= beat.everyMs) return spacingMs - sinceMs;
    const toBeatMs = beat.everyMs - ((clock.now() - beat.afterMs) % beat.everyMs);
    // Not when it has only just run, a little before its beat.
    return sinceMs + toBeatMs < beat.everyMs / 2 ? toBeatMs + beat.everyMs : toBeatMs;
  };
  /** @returns how long to wait and whether for a reason, or undefined to run again at once */
  const next = (outcome: Outcome): [delayMs: number, sooner: boolean] | undefined => {
    if (outcome === "more") return undefined;
    if (!woken && outcome === "idle") return [pollMs * (0.75 + 0.5 * chance()), false];
    const wait = untilSpaced();
    if (wait > 0) return [wait, true];
    // Whoever answers `soon` must never spin, however slow its runs are.
    return woken ? undefined : [spacingMs, true];
  };

  const turn = async () => {
    running = true;
    while (!stopped) {
      woken = false;
      answered = wakes;
      wakes = 0;
      startedAt = clock.monotonic();
      let wait: [delayMs: number, sooner: boolean] | undefined;
      try {
        wait = next(await run());
        if (failures > 0) recovered?.();
        failures = 0;
      } catch (error) {
        failures += 1;
        // Full jitter: Brooker, "Exponential Backoff and Jitter", 2015
        const delayMs = Math.max(10, chance() * Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (failures - 1)));
        wait = [delayMs, true];
        failed?.(error, failures, delayMs);
      }
      if (wait && !stopped) {
        schedule(...wait);
        break;
      }
    }
    running = false;
  };

  return {
    start() {
      if (!stopped) return;
      stopped = false;
      begin();
    },
    wake() {
      wakes += 1;
      if (stopped || due) return;
      if (running) {
        woken = true;
        return;
      }
      const wait = untilSpaced();
      if (wait > 0) schedule(wait, true);
      else begin();
    },
    stop() {
      stopped = true;
      cancel();
      return current;
    },
  };
}
