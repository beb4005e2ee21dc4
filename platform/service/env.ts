import type { Var } from "./config.ts";
import { parseSecret, type Secret } from "./secret.ts";

type Options<D> = {
  /** One line for the reference page: what it decides. */
  readonly describe: string;
  /** Without it the variable must be set. */
  readonly default?: D;
  /** May be absent: the value is then undefined. */
  readonly optional?: true;
};
/** Undefined is a value only of what is optional and has no default. */
type Value<T, O> = O extends { readonly optional: true } ? T | undefined : T;

/**
 * The environment variable of a setting; `read` turns its text into a value or throws a sentence that says what to mend.
 * @param written how a default would be written in the environment
 */
function setting<T, O extends Options<unknown>>(
  name: string,
  options: O,
  read: (raw: string) => T,
  written: (value: O["default"]) => string = String,
): Var<Value<T, O>> {
  const { describe, optional } = options;
  const fallback = options.default === undefined ? undefined : written(options.default);
  return {
    name: `SOUK_${name}`,
    describe,
    ...(fallback !== undefined && { default: fallback }),
    parse(raw = fallback) {
      if (raw !== undefined) return read(raw) as Value<T, O>;
      if (optional) return undefined as Value<T, O>;
      throw new Error(`is not set: ${describe}`);
    },
  };
}

const numeric = (raw: string, fits: (n: number) => boolean, what: string): number => {
  const value = Number(raw);
  if (!Number.isFinite(value) || !fits(value)) throw new Error(`"${raw}" is not ${what}.`);
  return value;
};

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of "250ms", "5s", "15m", "2h", "30d". @throws Error a sentence that says how to write it */
function parseDuration(raw: string): number {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(raw) ?? [];
  const factor = unit && unitMs[unit];
  if (!count || !factor) throw new Error(`"${raw}" is not a duration; write 250ms, 5s, 15m, 2h or 30d.`);
  return Number(count) * factor;
}

/** A number in a range, both ends included. */
type Range = { readonly min?: number; readonly max?: number };
const span = ({ min, max }: Range) =>
  min !== undefined && max !== undefined
    ? ` from ${min} to ${max}`
    : min !== undefined
      ? ` of at least ${min}`
      : max !== undefined
        ? ` of at most ${max}`
        : "";
const within = (n: number, { min = -Infinity, max = Infinity }: Range) => n >= min && n <= max;

/** Declares settings. `env.integer("BATCH_SIZE", …)` is read from `SOUK_BATCH_SIZE`. */
export const env = {
  string: <const O extends Options<string>>(name: string, options: O) => setting(name, options, (raw) => raw),

  integer: <const O extends Options<number> & Range>(name: string, options: O) =>
    setting(name, options, (raw) =>
      numeric(raw, (n) => Number.isSafeInteger(n) && within(n, options), `a whole number${span(options)}`),
    ),

  number: <const O extends Options<number> & Range>(name: string, options: O) =>
    setting(name, options, (raw) => numeric(raw, (n) => within(n, options), `a number${span(options)}`)),

  /** "250ms", "5s", "15m", "2h", "30d" → milliseconds. */
  duration: <const O extends Options<string>>(name: string, options: O) => setting(name, options, parseDuration),

  boolean: <const O extends Options<boolean>>(name: string, options: O) =>
    setting(name, options, (raw) => {
      if (raw !== "true" && raw !== "false") throw new Error(`"${raw}" is neither true nor false.`);
      return raw === "true";
    }),

  /** An absolute URL with one of the `protocols` (default http and https), without a trailing slash. */
  url: <const O extends Options<string> & { readonly protocols?: readonly string[] }>(name: string, options: O) =>
    setting(name, options, (raw) => {
      const protocols = options.protocols ?? ["http", "https"];
      const url = URL.canParse(raw) ? new URL(raw) : undefined;
      if (!url || !protocols.includes(url.protocol.slice(0, -1)))
        throw new Error(`is not a URL that begins with ${protocols.map((p) => `${p}://`).join(" or ")}.`);
      return url.href.replace(/\/$/, "");
    }),

  oneOf: <const W extends readonly string[], const O extends Options<W[number]>>(name: string, words: W, options: O) =>
    setting(name, options, (raw): W[number] => {
      const word = words.find((word) => word === raw);
      if (word === undefined) throw new Error(`"${raw}" is none of ${words.join(", ")}.`);
      return word;
    }),

  /** Words between commas; an empty list cannot be told from an absent one and is the default. */
  list: <const O extends Options<readonly string[]>>(name: string, options: O) =>
    setting(
      name,
      options,
      (raw): readonly string[] =>
        raw
          .split(",")
          .map((word) => word.trim())
          .filter((word) => word !== ""),
      (words) => words?.join(",") ?? "",
    ),

  /**
   * A key or password of at least 32 characters outside development; see `Secret`. Also from the file that `SOUK_<name>_FILE` names.
   * `development`: the value when it is not set, and refused outside development.
   */
  secret: (
    name: string,
    { describe, development }: { readonly describe: string; readonly development?: string },
  ): Var<Secret> => ({
    name: `SOUK_${name}`,
    secret: true,
    describe,
    parse: (raw, environment) =>
      parseSecret(raw ?? (environment.development ? development : undefined), environment, development),
  }),
};
