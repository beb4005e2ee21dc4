export { compensatable, local, parallel, pivot, retriable, saga, waitFor } from "./definition.ts";
export type { SagaObserver } from "./execution.ts";
export { migrations } from "./migrations.ts";
export type { SagaDetail, SagaOperators, SagaSummary } from "./operators.ts";
export { createSagaRunner, type SagaRunner, type SagaRunnerOptions } from "./runner.ts";
export { type HistoryEntry, postgresStore, type SagaStore } from "./store.ts";
export type { Outcome, Reason, Saga, SagaStatus, Sagas, Step, StepContext, StepPolicy } from "./types.ts";
