export type { Outcome, Saga, SagaStatus, Sagas, Step, StepContext, StepPolicy } from "./types.ts";
