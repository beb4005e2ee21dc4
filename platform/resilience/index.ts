export { type Bulkhead, type BulkheadOptions, createBulkhead } from "./bulkhead.ts";
export {
  type BreakerSnapshot,
  type BreakerState,
  type CallOutcome,
  type CircuitBreaker,
  type CircuitBreakerOptions,
  createCircuitBreaker,
} from "./circuit-breaker.ts";
export {
  DEFAULT_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  MAX_TIMEOUT_MS,
  MIN_TIMEOUT_MS,
  remainingMs,
  TIMEOUT_HEADER,
  timeoutFrom,
} from "./deadline.ts";
export { createEventLoopLag } from "./event-loop-lag.ts";
export { type Criticality, createLoadShedder, type LoadShedder, type LoadShedderOptions } from "./load-shedder.ts";
export {
  createOutlierEjection,
  type InstanceHealth,
  type OutlierEjection,
  type OutlierEjectionOptions,
} from "./outlier-ejection.ts";
export { backoffMs, type RetryOptions, retry } from "./retry.ts";
export { createRetryBudget, type RetryBudget, type RetryBudgetOptions } from "./retry-budget.ts";
export type { Wait } from "./waiting-line.ts";
