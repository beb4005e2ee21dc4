import type { Io } from "../io.ts";

/** A line of a log file, as far as it can be understood. */
export type LogLine = {
  /** ISO 8601; undefined for what is no JSON line: a crash, or a library that prints. */
  readonly time: string | undefined;
  readonly instance: string;
  readonly raw: string;
};

type Parsed = { readonly [field: string]: unknown };

function parse(raw: string): Parsed | undefined {
  if (!raw.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === "object" && value !== null ? (value as Parsed) : undefined;
  } catch {
    return undefined; // the line that its writer was killed in
  }
}

export function readLine(instance: string, raw: string): LogLine {
  // Looking for the time alone is many times faster than parsing, and logs are long.
  const time = /"time":"([^"]+)"/.exec(raw)?.[1] ?? postgresTime(raw);
  return { time, instance, raw };
}

/** PostgreSQL writes lines of its own kind: `2026-11-21 10:00:00.000 UTC [42] LOG:  …`. */
function postgresTime(raw: string): string | undefined {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) UTC/.exec(raw) ?? [];
  return day === undefined ? undefined : `${day}T${time}Z`;
}

/** Said by the prefix, or not for people. */
const quiet = new Set(["time", "level", "service", "version", "instance", "message", "trace_id", "span_id"]);
const styles = ["cyan", "magenta", "green", "yellow", "blue", "cyanBright", "magentaBright", "greenBright"] as const;

/** The same instance has the same colour in every command. */
function styleOf(instance: string) {
  let sum = 0;
  for (const character of instance) sum = (sum * 31 + character.charCodeAt(0)) % 9973;
  return styles[sum % styles.length] ?? "cyan";
}

/** A line for people: local time, who, what, and the fields that say more. */
export function renderLine({ instance, raw }: LogLine, { paint }: Pick<Io, "paint">, width: number): string {
  const parsed = parse(raw);
  // One file holds several services when they share a process: the line knows better.
  const who = typeof parsed?.["instance"] === "string" ? parsed["instance"] : instance;
  const prefix = paint(styleOf(who), `${who.padEnd(width)} │`);
  if (parsed === undefined) return `${prefix} ${raw}`;
  const { time, level, message, error } = parsed;
  const clock = typeof time === "string" ? paint("dim", `${localTime(time)} `) : "";
  const mark =
    level === "error" || level === "fatal"
      ? paint(["red", "bold"], "ERROR ")
      : level === "warn"
        ? paint(["yellow", "bold"], "WARN ")
        : level === "debug"
          ? paint("dim", "debug ")
          : "";
  const fields = Object.entries(parsed)
    .filter(([name, value]) => !quiet.has(name) && name !== "error" && value !== undefined)
    .map(([name, value]) => paint("dim", `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`));
  const head = [`${prefix} ${clock}${mark}${String(message ?? "")}`, ...fields].join(" ");
  return [head, ...stackOf(error).map((line) => `${prefix}   ${paint("dim", line)}`)].join("\n");
}

function localTime(iso: string): string {
  const time = new Date(iso);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

/** An error as the services log it, with its causes. */
function stackOf(error: unknown): string[] {
  if (typeof error !== "object" || error === null) return [];
  const { stack, message, cause } = error as { stack?: unknown; message?: unknown; cause?: unknown };
  const own = String(stack ?? message ?? "").split("\n");
  const causes = stackOf(cause);
  return causes.length === 0 ? own : [...own, "caused by", ...causes];
}
