import { type Chance, type Clock, sleep } from "@souk/kernel";
import { MIN_TIMEOUT_MS, remainingMs } from "./deadline.ts";
import type { RetryBudget } from "./retry-budget.ts";

export type RetryOptions = {
  readonly clock: Clock;
  readonly chance: Chance;
  /** In all, the first one included. Default 3. */
  readonly attempts?: number;
  readonly budget?: RetryBudget;
  /** On `clock.monotonic`: a retry that could not be answered before it is not made. */
  readonly deadlineAt?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether the work may be tried again after this error: the least wait in ms (0, or what Retry-After said), or undefined when
   * it must not be.
   */
  readonly again: (error: unknown) => number | undefined;
};

const RETRY_ATTEMPTS = 3;
const BASE_MS = 50;
const CAP_MS = 2_000;

/**
 * How long to wait before the next attempt, in ms. Full jitter: Brooker, "Exponential Backoff and Jitter", 2015.
 * @param failed attempts that have failed, from 1
 */
export const backoffMs = (failed: number, chance: Chance, baseMs = BASE_MS, capMs = CAP_MS): number =>
  chance() * Math.min(capMs, baseMs * 2 ** (failed - 1));

/**
 * Runs `work` until it succeeds, may not be tried again, or the attempts, the budget or the deadline are used up; throws what
 * the last attempt threw. Only for work that is safe to repeat.
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, chance, attempts = RETRY_ATTEMPTS, budget, deadlineAt, signal, again } = options;
  budget?.earn();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      const atLeastMs = again(error);
      if (atLeastMs === undefined || attempt >= attempts) throw error;
      // The jitter comes on top of Retry-After, or all who were told "1 s" return in the same moment.
      const waitMs = atLeastMs + backoffMs(attempt, chance);
      if (remainingMs(clock, deadlineAt) < waitMs + MIN_TIMEOUT_MS) throw error;
      if (budget && !budget.spend()) throw error;
      await sleep(clock, waitMs, signal);
      if (signal?.aborted) throw error;
    }
  }
}
