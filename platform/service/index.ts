export type { Config, Var, Vars } from "./config.ts";
export { defineService, type Deps, type Log, type Metrics, type ServiceDefinition, type Task, type Wiring } from "./types.ts";
