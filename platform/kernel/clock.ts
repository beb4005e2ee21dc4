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

/** Node turns a longer delay into one of 1 ms. */
const longestTimerMs = 2 ** 31 - 1;

/** @param delayMs longer than Node's timers hold, possibly for ever: waited for in parts */
function afterLong(delayMs: number, task: () => void): Cancel {
  let cancel: Cancel;
  const wait = (leftMs: number): void => {
    const rest = leftMs - longestTimerMs;
    cancel = rest > 0 ? systemClock.after(longestTimerMs, () => wait(rest)) : systemClock.after(leftMs, task);
  };
  wait(delayMs);
  return () => cancel();
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, task) {
    if (delayMs > longestTimerMs) return afterLong(delayMs, task);
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

const dayMs = 86_400_000;
const two = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, "0"));
const three = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, "0"));
let day = Number.NaN;
let date = "";

/** As `Date` writes it, in a tenth of the time: the day is the same most of the time. @throws RangeError for what is no instant */
export function instant(epochMs: number): Instant {
  const at = Math.trunc(epochMs);
  const today = Math.floor(at / dayMs);
  if (today !== day) {
    date = new Date(at).toISOString().split("T", 1)[0] ?? "";
    day = today;
  }
  const ms = at - today * dayMs;
  const seconds = Math.floor(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${date}T${two[hours]}:${two[minutes - hours * 60]}:${two[seconds - minutes * 60]}.${three[ms - seconds * 1_000]}Z`;
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

/** Lets whatever is ready have its turn, in work that is long. No time passes that a clock would know of. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that is set wrong by `offsetMs`, as a machine's may be: its timers run as they should. */
export const shiftedClock = (clock: Clock, offsetMs: number): Clock => ({
  ...clock,
  now: () => clock.now() + offsetMs,
});
