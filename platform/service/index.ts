export { type Config, ConfigError, type Environment, parseConfig, type Var, type Vars } from "./config.ts";
export { env, parseDuration } from "./env.ts";
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
