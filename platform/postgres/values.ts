import pg from "pg";
import type { Encoded } from "./wire/writer.ts";

/** Marks a value to be written as JSON whatever it is: needed for arrays, strings, numbers and null in `json(b)` columns. */
class Json {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
  toPostgres(): string | null {
    return JSON.stringify(this.value) ?? null;
  }
}

/** sql`insert into carts (lines) values (${json(lines)})`: an array as JSON, not as a PostgreSQL array. */
export const json = (value: unknown): object => new Json(value);

/** What a text or JSON column takes of it: PostgreSQL refuses NUL, and in `jsonb` half a surrogate pair. For what others have worded. */
export const storableText = (text: string): string => text.replaceAll("\0", "").toWellFormed();

/** As PostgreSQL reads it: text, or bytes. An instant in UTC, never in the machine's time zone. */
export function encode(value: unknown): Encoded {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    case "object":
      return value === null ? null : encodeObject(value);
    default:
      return null;
  }
}

function encodeObject(value: object): Encoded {
  if (value instanceof Json) return value.toPostgres();
  if (Array.isArray(value)) return `{${value.map(element).join()}}`;
  if (value instanceof Uint8Array) return value;
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value);
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function element(value: unknown): string {
  const encoded = encode(value);
  if (encoded === null) return "NULL";
  if (Array.isArray(value)) return String(encoded);
  if (typeof encoded !== "string") return `"\\\\x${Buffer.from(encoded).toString("hex")}"`;
  return typeof value === "number" ? encoded : `"${encoded.replace(/[\\"]/g, "\\$&")}"`;
}

/** A bigint beyond 2^53, so that a large number is never silently rounded. */
const integer = (text: string): number | bigint => {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
};

/** `2026-11-21 04:14:05.123456+00` → `2026-11-21T04:14:05.123Z`. Sessions run in UTC; `infinity` and years BC stay as they are. */
export function instantFromText(text: string): string {
  if (text.charCodeAt(10) !== 32 || !text.endsWith("+00")) return text;
  const fraction = text.charCodeAt(19) === 46 ? text.slice(20, -3) : "";
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.slice(0, 3).padEnd(3, "0")}Z`;
}

const text = (value: string) => value;
type Nested = (string | null | Nested)[];
// as: @types/pg lists no array types
const parseTextArray = pg.types.getTypeParser(1009 as Parameters<typeof pg.types.getTypeParser>[0]) as (
  value: string,
) => Nested;
const arrayOf = (parse: (element: string) => unknown) => {
  const each = (elements: Nested): unknown[] =>
    elements.map((element) => (element === null ? null : Array.isArray(element) ? each(element) : parse(element)));
  return (value: string) => each(parseTextArray(value));
};

/** By type oid. Kept as text: numeric (exact), date and timestamp (no zone to read them in), interval. */
const parsers = new Map<number, (value: string) => unknown>([
  [20, integer],
  [1016, arrayOf(integer)],
  [1700, text],
  [1231, arrayOf(text)],
  [1082, text],
  [1182, arrayOf(text)],
  [1114, text],
  [1115, arrayOf(text)],
  [1184, instantFromText],
  [1185, arrayOf(instantFromText)],
  [1186, text],
  [1187, arrayOf(text)],
  [5069, text],
]);

/** How a column of that type is read from its text. */
export const parserOf = (oid: number): ((value: string) => unknown) =>
  parsers.get(oid) ?? (pg.types.getTypeParser(oid, "text") as (value: string) => unknown); // as: @types/pg says any
