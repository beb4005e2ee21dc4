import { readFileSync } from "node:fs";
import { nearest } from "./nearest.ts";

/** One setting: where it comes from and what it may be. `parse` throws a sentence that says what to mend. */
export type Var<T> = {
  /** The whole name of the environment variable. */
  readonly name: string;
  /** Also read from the mounted file that `<name>_FILE` names; its value is never printed. */
  readonly secret?: boolean;
  /** A secret that a service can do without: nobody makes one up for it. */
  readonly optional?: boolean;
  readonly describe: string;
  /** What holds when it is not set, as one would write it; undefined: it must be set, or may be absent (`parse` decides). */
  readonly default?: string;
  readonly parse: (raw: string | undefined, environment: { readonly development: boolean }) => T;
};
// biome-ignore lint/suspicious/noExplicitAny: a list of settings holds every type; Config<V> gives each its own back
export type Vars = Readonly<Record<string, Var<any>>>;
export type Config<V extends Vars> = { readonly [K in keyof V]: ReturnType<V[K]["parse"]> };

/** The environment variables of a process, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the configuration, a sentence each. The process exits with 78 (EX_CONFIG). */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly mistakes: readonly string[];
  constructor(mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`}:\n${mistakes.map((m) => `  - ${m}`).join("\n")}`,
    );
    this.mistakes = mistakes;
  }
}

/** Anything but production is lenient with secrets and plaintext, so an environment that says nothing is production. */
export const isDevelopment = (environment: Environment): boolean =>
  environment["SOUK_ENV"] === "development" || environment["SOUK_ENV"] === "test";

/** @throws ConfigError with all mistakes at once */
export const parseConfig = <V extends Vars>(vars: V, environment: Environment): Config<V> =>
  parseConfigs({ vars }, environment).vars;

/**
 * Several sets of settings that share one environment: a `SOUK_*` variable that none of them knows is a mistake.
 * @param further mistakes that no single setting can see, to be told with the others
 * @throws ConfigError with all mistakes at once
 */
export function parseConfigs<G extends Readonly<Record<string, Vars>>>(
  groups: G,
  environment: Environment,
  further: readonly string[] = [],
): { readonly [N in keyof G]: Config<G[N]> } {
  const development = isDevelopment(environment);
  const all = Object.values(groups).flatMap((vars) => Object.values(vars));
  const mistakes = [...unknown(all, environment), ...further];

  const parsed = Object.entries(groups).map(([group, vars]) => {
    const values = Object.entries(vars).map(([key, setting]) => {
      try {
        return [key, setting.parse(rawValue(setting, environment), { development })];
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        mistakes.push(`${setting.name}: ${error.message}`);
        return [key, undefined];
      }
    });
    return [group, Object.fromEntries(values)];
  });
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return Object.fromEntries(parsed);
}

/** Set but empty is the same as not set: that is how orchestrators and shells pass an absent value. */
const present = (value: string | undefined) => (value === undefined || value.trim() === "" ? undefined : value.trim());

function rawValue({ name, secret }: Var<unknown>, environment: Environment): string | undefined {
  const value = present(environment[name]);
  const path = secret ? present(environment[`${name}_FILE`]) : undefined;
  if (path === undefined) return value;
  if (value !== undefined) throw new Error(`is set together with ${name}_FILE; keep one of the two.`);
  try {
    return present(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`the file of ${name}_FILE cannot be read (${codeOf(error)}): ${path}`, { cause: error });
  }
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? error.code : error);

function unknown(vars: readonly Var<unknown>[], environment: Environment): string[] {
  const known = vars.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name]));
  return Object.keys(environment)
    .filter((key) => key.startsWith("SOUK_") && !known.includes(key))
    .map((key) => {
      const meant = nearest(key, known);
      return `${key}: is not a setting of this service${meant ? `; did you mean ${meant}?` : "."}`;
    });
}
