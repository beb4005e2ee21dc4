import { ServiceError } from "@souk/kernel";
import pino from "pino";
import { currentContext } from "./context.ts";
import { isAllowed, scrub } from "./redact.ts";
import { spanIdOf, traceIdOf } from "./traceparent.ts";

export type Fields = Readonly<Record<string, unknown>>;
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/**
 * One structured line each. Only allow-listed fields of simple values are written, scrubbed of what looks personal or secret;
 * the names of the others are listed under `dropped`. Never pass a body, a token, an address or a card all the same.
 */
export type Log = {
  readonly debug: (message: string, fields?: Fields) => void;
  readonly info: (message: string, fields?: Fields) => void;
  readonly warn: (message: string, fields?: Fields) => void;
  /** `fields.error` is written with its stack and causes. */
  readonly error: (message: string, fields?: Fields) => void;
};

export type LogOptions = {
  readonly service: string;
  readonly version: string;
  readonly instance: string;
  /** Default "info". */
  readonly level?: LogLevel | undefined;
  /** Takes a whole line with its newline. Default: standard output. */
  readonly write?: ((line: string) => void) | undefined;
};

const MAX_STACK = 8_000;
const MAX_CAUSES = 5;
const MAX_ITEMS = 20;

function describe(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { message: scrub(String(error)) };
  // A stack begins with the message; `code` is what pg and node errors are known by.
  const code = error instanceof ServiceError ? error.code : "code" in error ? String(error.code) : undefined;
  return {
    type: error.name,
    ...(code !== undefined && { code: scrub(code) }),
    message: scrub(error.message),
    stack: scrub(error.stack ?? "", MAX_STACK),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: describe(error.cause, depth + 1) }),
    ...(error instanceof AggregateError &&
      depth < MAX_CAUSES && { errors: error.errors.slice(0, MAX_ITEMS).map((one) => describe(one, depth + 1)) }),
  };
}

const isSimple = (value: unknown): value is string | number | boolean | null =>
  value === null || ["string", "number", "boolean"].includes(typeof value);
const shown = (value: unknown) => (typeof value === "string" ? scrub(value) : value);

function allowed(fields: Fields): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (name === "error") line[name] = describe(value);
    else if (isAllowed(name) && isSimple(value)) line[name] = shown(value);
    else if (isAllowed(name) && Array.isArray(value) && value.every(isSimple))
      line[name] = value.slice(0, MAX_ITEMS).map(shown);
    else dropped.push(name);
  }
  if (dropped.length > 0) line["dropped"] = dropped;
  return line;
}

function whereabouts(): Record<string, string> {
  const { traceparent, correlationId } = currentContext();
  return {
    ...(traceparent !== undefined && { trace_id: traceIdOf(traceparent), span_id: spanIdOf(traceparent) }),
    ...(correlationId !== undefined && { correlation_id: correlationId }),
  };
}

/** JSON lines: `time`, `level`, `service`, `version`, `instance`, `message`, the context's ids, and the fields. */
export function createLog({ service, version, instance, level = "info", write }: LogOptions): Log {
  const options: pino.LoggerOptions = {
    level,
    base: { service, version, instance },
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: whereabouts,
  };
  // Synchronous: the last lines before a crash are the ones that are needed, and lines are few.
  const logger = pino(options, write ? { write } : pino.destination({ dest: 1, sync: true }));
  const at =
    (name: "debug" | "info" | "warn" | "error") =>
    (message: string, fields: Fields = {}) => {
      if (logger.isLevelEnabled(name)) logger[name](allowed(fields), scrub(message));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
