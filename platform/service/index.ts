export { chassisVars, ownsDatabase } from "./chassis-config.ts";
export { type Config, ConfigError, parseConfig, type Var, type Vars } from "./config.ts";
export { env } from "./env.ts";
export { migrationSets } from "./migration-sets.ts";
export type { Secret } from "./secret.ts";
export {
  type Deps,
  defineService,
  type Log,
  type Metrics,
  type ServiceDefinition,
  type Task,
  type Wiring,
} from "./types.ts";
