import { instant } from "@souk/kernel";

/**
 * A value as the model holds it: null is SQL's null; whole numbers and floats are numbers, `timestamptz` is epoch milliseconds, `interval`
 * milliseconds, `json` and `jsonb` are what JSON.parse made of them (their null is `jsonNull`), arrays and rows are arrays.
 */
// biome-ignore lint/suspicious/noExplicitAny: SQL's own types say what a value is, and the compiler of expressions has checked them
export type Value = any;
export type Tuple = Value[];
export type SqlType = string;

/** JSON's null, which is a value where SQL's is none. */
export const jsonNull = Symbol("json null");

/** What PostgreSQL would have reported, in the shape that `pg` gives it. */
export class SqlError extends Error {
  override readonly name: string = "SqlError";
  readonly severity: "ERROR" | "FATAL";
  readonly code: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  constructor(
    code: string,
    message: string,
    about: { constraint?: string; table?: string; severity?: "ERROR" | "FATAL" } = {},
  ) {
    super(message);
    this.severity = about.severity ?? "ERROR";
    this.code = code;
    this.constraint = about.constraint;
    this.table = about.table;
  }
}

/** The model does not know what PostgreSQL does here: extend it, or say it otherwise. Never an error that the code under test may catch. */
export class NotModelled extends Error {
  override readonly name = "NotModelled";
}

const aliases: Readonly<Record<string, SqlType>> = {
  int: "int4",
  integer: "int4",
  smallint: "int2",
  bigint: "int8",
  "double precision": "float8",
  real: "float4",
  boolean: "bool",
  varchar: "text",
  "character varying": "text",
  char: "text",
  character: "text",
  bpchar: "text",
  name: "text",
  decimal: "numeric",
  "timestamp with time zone": "timestamptz",
};

export const canonicalType = (name: string): SqlType =>
  name.endsWith("[]") ? `${canonicalType(name.slice(0, -2))}[]` : (aliases[name] ?? name);

export const isArrayType = (type: SqlType) => type.endsWith("[]");
export const elementType = (type: SqlType): SqlType => (isArrayType(type) ? type.slice(0, -2) : "unknown");
export const isJson = (type: SqlType) => type === "json" || type === "jsonb";

const numberRank: Readonly<Record<string, number>> = { int2: 1, int4: 2, int8: 3, numeric: 4, float4: 5, float8: 6 };
export const isNumber = (type: SqlType) => numberRank[type] !== undefined;
/** The type two numbers meet in. */
export const widerNumber = (a: SqlType, b: SqlType): SqlType => ((numberRank[a] ?? 0) >= (numberRank[b] ?? 0) ? a : b);

const limits: Readonly<Record<string, number>> = { int2: 32_767, int4: 2_147_483_647, int8: 2 ** 63 };
/** @throws SqlError 22003 when a whole number is too large for its type */
export function inRange(type: SqlType, value: number): number {
  const limit = limits[type];
  if (limit !== undefined && (value > limit || value < -limit - 1)) throw new SqlError("22003", `${type} out of range`);
  return value;
}

/** As PostgreSQL rounds a numeric: half away from zero. */
const rounded = (value: number) => Math.sign(value) * Math.round(Math.abs(value));

const parseJson = (text: string): Value => {
  try {
    return JSON.parse(text) ?? jsonNull;
  } catch {
    throw new SqlError("22P02", "invalid input syntax for type json");
  }
};

const jsonText = (value: Value): string => JSON.stringify(plainJson(value));
const plainJson = (value: Value): Value => (value === jsonNull ? null : value);

const badInput = (type: SqlType) => new SqlError("22P02", `invalid input syntax for type ${type}`);

/** An array's text, `{a,"b c",NULL}`, one dimension. */
function parseArray(text: string, element: SqlType): Value[] {
  const body = text.trim();
  if (!body.startsWith("{") || !body.endsWith("}")) throw badInput(`${element}[]`);
  const values: Value[] = [];
  const items = /\s*(?:"((?:[^"\\]|\\.)*)"|([^,"]*))\s*(,|$)/gy;
  const inner = body.slice(1, -1);
  if (inner.trim() === "") return values;
  for (;;) {
    const [, quoted, bare = "", end] = items.exec(inner) ?? [];
    if (quoted !== undefined) values.push(parseText(element, quoted.replace(/\\(.)/g, "$1")));
    else values.push(bare.trim().toUpperCase() === "NULL" ? null : parseText(element, bare.trim()));
    if (end !== ",") return values;
  }
}

const intervals: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  s: 1_000,
  second: 1_000,
  m: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
};

function parseInterval(text: string): number {
  const [, amount, unit = ""] = /^\s*(-?[\d.]+)\s*([a-z]+)\s*$/.exec(text) ?? [];
  const ms = intervals[unit] ?? intervals[unit.replace(/s$/, "")];
  if (amount === undefined || ms === undefined) throw new NotModelled(`interval '${text}'`);
  return Number(amount) * ms;
}

/** What a literal or a parameter's text means as `type`. @throws SqlError 22P02 when it is none */
export function parseText(type: SqlType, text: string): Value {
  if (isArrayType(type)) return parseArray(text, elementType(type));
  switch (type) {
    case "int2":
    case "int4":
    case "int8": {
      if (!/^\s*[+-]?\d+\s*$/.test(text)) throw badInput(type);
      return inRange(type, Number(text));
    }
    case "numeric":
    case "float4":
    case "float8":
      if (text.trim() === "" || Number.isNaN(Number(text))) throw badInput(type);
      return Number(text);
    case "bool": {
      const word = text.trim().toLowerCase();
      if (["t", "true", "y", "yes", "on", "1"].includes(word)) return true;
      if (["f", "false", "n", "no", "off", "0"].includes(word)) return false;
      throw badInput(type);
    }
    case "timestamptz": {
      const at = Date.parse(text);
      if (Number.isNaN(at)) throw new SqlError("22007", "invalid input syntax for type timestamp with time zone");
      return at;
    }
    case "interval":
      return parseInterval(text);
    case "json":
    case "jsonb":
      return parseJson(text);
    case "uuid": {
      if (!/^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text)) throw badInput(type);
      return text.length === 36 ? text.toLowerCase() : uuidOf(text);
    }
    case "bytea":
      return Buffer.from(text.replace(/^\\x/, ""), "hex");
    case "text":
    case "unknown":
      return text;
    default:
      throw new NotModelled(`a literal of type ${type}`);
  }
}

const uuidOf = (hex: string) =>
  hex
    .replaceAll("-", "")
    .toLowerCase()
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");

const timestampText = (ms: number): string => {
  const iso = new Date(ms).toISOString();
  const fraction = iso.slice(19, 23).replace(/\.?0+$/, "");
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction}+00`;
};

export function textOf(type: SqlType, value: Value): string {
  if (isArrayType(type)) return `{${value.map((one: Value) => arrayItem(elementType(type), one)).join(",")}}`;
  switch (type) {
    case "bool":
      return value ? "true" : "false";
    case "timestamptz":
      return timestampText(value);
    case "json":
    case "jsonb":
      return jsonText(value);
    case "bytea":
      return `\\x${Buffer.from(value).toString("hex")}`;
    default:
      return String(value);
  }
}

const arrayItem = (type: SqlType, value: Value): string => {
  if (value === null) return "NULL";
  const text = textOf(type, value);
  return /^[^\s{},"\\]+$/.test(text) && text.toUpperCase() !== "NULL"
    ? text
    : `"${text.replace(/["\\]/g, (c) => `\\${c}`)}"`;
};

/** How a value of `from` becomes one of `to`; undefined: as it is. @throws NotModelled */
export function caster(from: SqlType, to: SqlType): ((value: Value) => Value) | undefined {
  if (from === to || to === "unknown") return undefined;
  if (isArrayType(from) && isArrayType(to)) {
    const each = caster(elementType(from), elementType(to));
    return each && ((values) => values.map((one: Value) => (one === null ? null : each(one))));
  }
  if (to === "text") return from === "unknown" || from === "uuid" ? undefined : (value) => textOf(from, value);
  if (from === "text" || from === "unknown") return (value) => parseText(to, value);
  if (isNumber(from) && isNumber(to)) {
    if (limits[to] === undefined) return undefined;
    if (limits[from] !== undefined) return (value) => inRange(to, value);
    return (value) => inRange(to, rounded(value));
  }
  if (isJson(from) && isJson(to)) return undefined;
  if (isJson(from) && (isNumber(to) || to === "bool"))
    return (value) => (isNumber(to) ? Number(value) : value === true);
  if (from === "record" || from.startsWith("row ")) return undefined;
  throw new NotModelled(`a cast from ${from} to ${to}`);
}

type Postgresed = { toPostgres(): unknown };
const isPostgresed = (raw: object): raw is Postgresed => "toPostgres" in raw;

/** A parameter as the application gave it, as PostgreSQL would read what `pg` sends. */
export function parameter(raw: unknown, type: SqlType): Value {
  if (raw === null || raw === undefined) return null;
  if (typeof raw === "object" && isPostgresed(raw)) return parameter(raw.toPostgres(), type);
  if (isArrayType(type)) {
    if (!Array.isArray(raw)) return parseText(type, String(raw));
    const element = elementType(type);
    return raw.map((one) => parameter(one, element));
  }
  switch (type) {
    case "json":
    case "jsonb":
      return parseJson(typeof raw === "string" ? raw : JSON.stringify(raw));
    case "bytea":
      return raw instanceof Uint8Array ? raw : parseText(type, String(raw));
    case "int2":
    case "int4":
    case "int8":
      if (typeof raw === "number") {
        if (!Number.isInteger(raw)) throw badInput(type);
        return inRange(type, raw);
      }
      return parseText(type, String(raw));
    case "text":
      if (typeof raw === "string") return raw;
      return typeof raw === "object" ? JSON.stringify(raw) : String(raw);
    case "uuid":
    case "timestamptz":
    case "bool":
      return typeof raw === "boolean" ? raw : parseText(type, String(raw));
    default:
      return typeof raw === "string" && type !== "unknown" ? parseText(type, raw) : raw;
  }
}

/** The same, with the usual cases first. */
export function parameterReader(type: SqlType): (raw: unknown) => Value {
  switch (type) {
    case "text":
      return (raw) => (typeof raw === "string" ? raw : parameter(raw, type));
    case "int2":
    case "int4":
    case "int8": {
      const limit = limits[type] ?? 0;
      return (raw) =>
        typeof raw === "number" && Number.isInteger(raw) && raw <= limit && raw >= -limit ? raw : parameter(raw, type);
    }
    case "timestamptz":
      return (raw) => {
        const at = typeof raw === "string" ? Date.parse(raw) : Number.NaN;
        return Number.isNaN(at) ? parameter(raw, type) : at;
      };
    default:
      return (raw) => parameter(raw, type);
  }
}

function clone(value: Value): Value {
  if (typeof value !== "object" || value === null) return value === jsonNull ? null : value;
  if (Array.isArray(value)) return value.map(clone);
  const copy: Record<string, Value> = {};
  for (const name in value) copy[name] = clone(value[name]);
  return copy;
}

/** How the application gets to see a value of `type`; undefined: as it is. */
export function presenter(type: SqlType): ((value: Value) => Value) | undefined {
  if (isArrayType(type)) {
    const each = presenter(elementType(type));
    return (values) => (each ? values.map((one: Value) => (one === null ? null : each(one))) : values.slice());
  }
  switch (type) {
    case "timestamptz":
      return (ms) => instant(Math.floor(ms));
    case "json":
    case "jsonb":
      return clone;
    case "numeric":
    case "xid8":
      return String;
    case "void":
      return () => "";
    default:
      return undefined;
  }
}

export function compare(a: Value, b: Value): number {
  if (typeof a === "object") {
    if (a instanceof Uint8Array) return Buffer.compare(a, b);
    if (Array.isArray(a)) return compareArrays(a, b);
    return compare(JSON.stringify(a), JSON.stringify(b));
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareArrays(a: Value[], b: Value[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] === null || b[i] === null) {
      if (a[i] === b[i]) continue;
      return a[i] === null ? 1 : -1;
    }
    const order = compare(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Of values of one type that are not null. */
export const equal = (a: Value, b: Value): boolean => a === b || (typeof a === "object" && compare(a, b) === 0);

/** A text that is the same for equal values, for grouping and for unique keys. */
export function keyOf(values: readonly Value[]): string {
  let key = "";
  for (const value of values) {
    if (typeof value === "string") key += `s${value}\u0000`;
    else if (value === null) key += "~\u0000";
    else if (typeof value === "object")
      key += `${value instanceof Uint8Array ? Buffer.from(value).toString("hex") : JSON.stringify(value)}\u0000`;
    else key += `${String(value)}\u0000`;
  }
  return key;
}
