/** UTC, ISO 8601 with milliseconds. A string, because events are JSON and a Date does not survive the round trip. */
export type Instant = string;

export type Cancel = () => void;

/** Time as a dependency: production passes `systemClock`, a simulation passes virtual time. */
export type Clock = {
  /** Milliseconds since the epoch. May jump when the machine's clock is set; use `monotonic` to measure. */
  now(): number;
  /** Milliseconds from an arbitrary origin; never goes backwards. */
  monotonic(): number;
  /** Runs `task` once after `delayMs`. The timer does not keep a process alive. */
  after(delayMs: number, task: () => void): Cancel;
};

/** Uniform in [0, 1). Chance as a dependency, for the same reason as `Clock`. */
export type Chance = () => number;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

let lastMs = Number.NaN;
let lastInstant = "";

/** Within a millisecond it is asked for often, and writing a date costs more than the question. */
export function instant(epochMs: number): Instant {
  if (epochMs === lastMs) return lastInstant;
  lastInstant = new Date(epochMs).toISOString();
  lastMs = epochMs;
  return lastInstant;
}

/** Resolves after `delayMs`, or at once when `signal` aborts: callers loop on `signal.aborted`, they never catch. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** A clock that is set wrong by `offsetMs`, as a machine's may be: its timers run as they should. */
export const shiftedClock = (clock: Clock, offsetMs: number): Clock => ({
  ...clock,
  now: () => clock.now() + offsetMs,
});
