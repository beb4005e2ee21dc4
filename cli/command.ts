import { parseArgs } from "node:util";
import { type Failure, usageFailure } from "./failure.ts";
import type { Io } from "./io.ts";
import { nearest } from "./nearest.ts";
import { table } from "./table.ts";

export type Option =
  | { readonly type: "boolean"; readonly short?: string; readonly describe: string }
  | {
      readonly type: "string";
      readonly short?: string;
      /** Stands for the value in the help: PORT, FILE. */
      readonly value: string;
      readonly multiple?: true;
      readonly default?: string;
      readonly describe: string;
    }
  | NumberOption;
type NumberOption = {
  readonly type: "number";
  readonly short?: string;
  readonly value: string;
  /** What it may be, both included; whole numbers unless it says otherwise. */
  readonly least: number;
  readonly most?: number;
  readonly fractions?: true;
  readonly default?: number;
  readonly describe: string;
};
export type Options = Readonly<Record<string, Option>>;

type ValueOf<O extends Option> = O extends { readonly type: "boolean" }
  ? boolean
  : O extends { readonly multiple: true }
    ? readonly string[]
    : O extends { readonly type: "number" }
      ? number | (O extends { readonly default: number } ? never : undefined)
      : string | (O extends { readonly default: string } ? never : undefined);

export type Args<O extends Options = Options> = {
  readonly options: { readonly [K in keyof O]: ValueOf<O[K]> } & { readonly json: boolean };
  readonly positionals: readonly string[];
  /** What follows `--`, for another program. */
  readonly rest: readonly string[];
};

/** What `commands/<name>.ts` exports. Modules load when they are named: import what is heavy inside `run`. */
export type Command<O extends Options = Options> = {
  /** One line for the list of commands, in the imperative. */
  readonly summary: string;
  /** How it is typed, a line for each form, and after a blank line what else one should know. */
  readonly usage: string;
  readonly options: O;
  /** How many positional arguments it takes at most. Default 0. */
  readonly positionals?: number;
  /** Resolves to the exit code. @throws Failure what a person can do something about */
  readonly run: (args: Args<O>, io: Io) => Promise<number>;
};
export type Run<O extends Options> = Command<O>["run"];

/** Every command has them. */
const common = {
  json: { type: "boolean", describe: "print JSON for programs" },
  help: { type: "boolean", short: "h", describe: "show this help" },
} as const satisfies Options;

/**
 * @returns undefined when help was asked for
 * @throws Failure for an unknown option (with the nearest known one), a value that is missing or no such number, an argument too many
 */
export function parseCommandLine(name: string, command: Command, argv: readonly string[]): Args | undefined {
  const options: Options = { ...command.options, ...common };
  const end = argv.indexOf("--");
  const own = end === -1 ? argv : argv.slice(0, end);
  const { tokens, values, positionals } = parseArgs({
    args: [...own],
    options: Object.fromEntries(Object.entries(options).map(([key, option]) => [key, asRead(option)])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  if (values["help"] === true) return undefined;

  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(name, token.rawName, options);
    if (option.type === "boolean" && token.value !== undefined)
      throw usageFailure(`${token.rawName} takes no value.`, seeHelp(name));
    // "--port --detach": the parser would take the next option for the port.
    if (option.type !== "boolean" && (!token.value || (!token.inlineValue && token.value.startsWith("--"))))
      throw usageFailure(`${token.rawName} needs a value: ${token.rawName} ${option.value}.`, seeHelp(name));
  }
  const most = command.positionals ?? 0;
  const extra = positionals[most];
  if (extra !== undefined) throw usageFailure(`"${extra}" is an argument too many for souk ${name}.`, seeHelp(name));

  const present = Object.entries(options).map(([key, option]) => {
    const given = values[key];
    if (option.type === "boolean") return [key, given === true];
    if (option.type === "number") return [key, numberOf(key, option, given)];
    return [key, given ?? (option.multiple ? [] : option.default)];
  });
  return {
    options: Object.fromEntries(present),
    positionals,
    rest: end === -1 ? [] : argv.slice(end + 1),
  };
}

/** An option as Node's parser knows them: defaults and numbers are ours. */
const asRead = (option: Option) => ({
  type: option.type === "boolean" ? ("boolean" as const) : ("string" as const),
  ...(option.short !== undefined && { short: option.short }),
  ...("multiple" in option && { multiple: true }),
});

function numberOf(name: string, option: NumberOption, given: unknown): number | undefined {
  const { least, most = Number.MAX_SAFE_INTEGER, fractions } = option;
  if (typeof given !== "string") return option.default;
  const n = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  if (n >= least && n <= most && (fractions || Number.isInteger(n))) return n;
  const range = option.most === undefined ? `from ${least} on` : `from ${least} to ${most}`;
  throw usageFailure(
    `--${name} needs a ${fractions ? "number" : "whole number"} ${range}, not "${given}".`,
    `For example: --${name} ${option.default ?? Math.max(1, least)}`,
  );
}

const seeHelp = (name: string) => `See: souk ${name} --help`;

function unknownOption(name: string, typed: string, options: Options): Failure {
  const meant = nearest(typed.replace(/^-+/, ""), Object.keys(options));
  return usageFailure(
    `souk ${name} has no option ${typed}.`,
    meant === undefined ? seeHelp(name) : `Did you mean --${meant}? ${seeHelp(name)}`,
  );
}

export function helpOf(command: Command, io: Io): string {
  const rows = Object.entries<Option>({ ...command.options, ...common }).map(([name, option]) => {
    const short = option.short === undefined ? "    " : `-${option.short}, `;
    const value = option.type === "boolean" ? "" : ` ${option.value}`;
    const fallback = option.type !== "boolean" && option.default !== undefined ? ` (default ${option.default})` : "";
    return [`  ${io.paint("cyan", `${short}--${name}${value}`)}`, option.describe + fallback];
  });
  const [forms = "", ...notes] = command.usage.split("\n\n");
  return [
    `${command.summary}.`,
    "",
    io.paint("bold", "Usage"),
    ...forms.split("\n").map((line) => `  ${line}`),
    "",
    io.paint("bold", "Options"),
    ...table(rows),
    ...notes.flatMap((note) => ["", note]),
  ].join("\n");
}
