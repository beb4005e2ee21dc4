import type { Clock } from "@souk/kernel";

/** Carries the milliseconds the caller is still prepared to wait: a duration, because clocks of machines differ. */
export const TIMEOUT_HEADER = "x-souk-timeout-ms";
export const DEFAULT_TIMEOUT_MS = 2_000;
export const MAX_TIMEOUT_MS = 10_000;
/** What is bounded by silence and not by a deadline, an upload: how long its sender may pause. */
export const IDLE_TIMEOUT_MS = 30_000;
/** With less left than this an answer would come too late: work is not begun, calls are not made. */
export const MIN_TIMEOUT_MS = 10;

/**
 * How long a request may take, in ms: what the caller says, else what the endpoint declares; never above the cap.
 * A malformed header counts as none.
 */
export function timeoutFrom(header: string | undefined, declaredMs: number = DEFAULT_TIMEOUT_MS): number {
  const asked = header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : declaredMs;
  return Math.min(asked, MAX_TIMEOUT_MS);
}

/** What is left until `deadlineAt` (on `clock.monotonic`), in ms; negative when it has passed, infinite without one. */
export const remainingMs = (clock: Clock, deadlineAt: number | undefined): number =>
  deadlineAt === undefined ? Number.POSITIVE_INFINITY : deadlineAt - clock.monotonic();
