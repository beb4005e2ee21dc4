import type { Clock } from "@souk/kernel";
import { createSlidingWindow } from "./sliding-window.ts";

export type RetryBudget = {
  /** A first attempt was made: it earns a share of a retry. */
  readonly earn: () => void;
  /** Spends one retry. False when the budget is used up: then the failure is the answer. */
  readonly spend: () => boolean;
  readonly snapshot: () => { readonly requests: number; readonly retries: number; readonly allowed: number };
};

export type RetryBudgetOptions = {
  readonly clock: Clock;
  /** Retries per request, 0 < share ≤ 1. Default 0.2. */
  readonly share?: number;
  /** Retries that a window always allows, so that a quiet caller can retry too. Default 3. */
  readonly minimum?: number;
  /** Default 10,000. */
  readonly windowMs?: number;
};

const REQUESTS = 0;
const RETRIES = 1;

/** Caps retries at a share of requests, so that a dependency in trouble gets 1.2 times its load, not 3 (Finagle's retry budget). */
export function createRetryBudget({
  clock,
  share = 0.2,
  minimum = 3,
  windowMs = 10_000,
}: RetryBudgetOptions): RetryBudget {
  const window = createSlidingWindow(clock, windowMs, 2);
  const allowed = () => Math.max(minimum, Math.floor(window.total(REQUESTS) * share));
  return {
    earn: () => window.add(REQUESTS),
    spend() {
      if (window.total(RETRIES) >= allowed()) return false;
      window.add(RETRIES);
      return true;
    },
    snapshot: () => ({ requests: window.total(REQUESTS), retries: window.total(RETRIES), allowed: allowed() }),
  };
}
