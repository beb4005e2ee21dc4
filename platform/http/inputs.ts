import type { IncomingMessage } from "node:http";
import type { TSchema } from "@souk/contract";
import { type FieldError, type Validate, validator } from "@souk/contract/validation";
import { RequestProblem } from "./problems.ts";

type Raw = Readonly<Record<string, string | readonly string[] | undefined>>;
type Schema = Readonly<Record<string, unknown>>;

/** Turns one part of a request's head into what its schema says, or says what is wrong with it. */
export type ReadInput = (raw: Raw) => {
  readonly value: Record<string, unknown>;
  readonly errors: readonly FieldError[];
};

/**
 * For params, query and headers, where everything is text: numbers, booleans and lists are made of it as the schema wants, and
 * missing members get their default. Never for bodies, which can say what they mean.
 * @param onlyDeclared leaves members out that the schema does not declare: a request has headers that are none of the endpoint's
 */
export function inputReader(schema: TSchema, onlyDeclared: boolean): ReadInput {
  const properties = Object.entries(propertiesOf(schema));
  const check: Validate = validator(schema);
  return (raw) => {
    const value: Record<string, unknown> = onlyDeclared ? {} : { ...raw };
    const repeated: FieldError[] = [];
    for (const [name, property] of properties) {
      const text = raw[name];
      if (text === undefined) {
        if ("default" in property) value[name] = property["default"];
        continue;
      }
      const read =
        typeof text === "string"
          ? convert(property, text)
          : property["type"] === "array"
            ? items(property, text)
            : undefined;
      if (read === undefined) repeated.push({ field: `/${name}`, message: "must be given only once" });
      else value[name] = read;
    }
    return { value, errors: repeated.length > 0 ? repeated : check(value) };
  };
}

/** Reads a query where none is declared. */
export function refuseAll(raw: Raw): readonly FieldError[] {
  const names = Object.keys(raw);
  return names.length === 0
    ? none
    : names.slice(0, told).map((name) => ({
        field: `/${escapePointer(name).slice(0, longestName)}`,
        message: "unknown property",
      }));
}
const none: readonly never[] = [];
/** Of what nobody asked for: enough to see what is meant. */
const told = 64;
const longestName = 200;
const escapePointer = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");

/** The members of an object schema, also of the parts of an intersection. */
export function propertiesOf(schema: TSchema): Record<string, Schema> {
  const { properties, allOf } = schema as { properties?: Record<string, Schema>; allOf?: TSchema[] };
  return Object.assign({}, properties, ...(allOf ?? []).map(propertiesOf));
}

const items = (property: Schema, texts: readonly string[]) => {
  const item = (property["items"] ?? {}) as Schema;
  return texts.map((text) => convert(item, text));
};

const decimal = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;

/** Whether a double keeps all of its digits. */
const isKept = (number: string) => number.length <= 15 || Number.isSafeInteger(Number(number));

/** Text that is not what the schema wants stays text: the check then says what was wanted. */
function convert(property: Schema, text: string): unknown {
  switch (property["type"]) {
    case "integer":
    case "number":
      return decimal.test(text) && isKept(text) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "array":
      return items(property, [text]);
    case undefined: {
      const branches = property["anyOf"];
      if (!Array.isArray(branches) || branches.some((branch) => branch.type === "string")) return text;
      return branches.map((branch) => convert(branch, text)).find((value) => value !== text) ?? text;
    }
    default:
      return text;
  }
}

/** @throws RequestProblem `malformed_url` for bad percent-encoding, bad UTF-8 and NUL */
export function parseQuery(query: string): Raw {
  // No prototype: `?__proto__=x` and `?constructor=x` are ordinary, unknown names.
  const members: Record<string, string | string[]> = Object.create(null);
  if (query === "") return members;
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const name = decode(at === -1 ? pair : pair.slice(0, at));
    const value = at === -1 ? "" : decode(pair.slice(at + 1));
    const before = members[name];
    if (before === undefined) members[name] = value;
    else if (typeof before === "string") members[name] = [before, value];
    else before.push(value);
  }
  return members;
}

function decode(text: string): string {
  if (!text.includes("%")) return text.includes("+") ? text.replaceAll("+", " ") : text;
  try {
    return assertNoNul(decodeURIComponent(text.replaceAll("+", " ")));
  } catch (error) {
    if (error instanceof URIError)
      throw malformedUrl("The query has a % that does not begin an encoded UTF-8 character.");
    throw error;
  }
}

/** Path parameters come decoded from the router. */
export function assertNoNul(text: string): string {
  if (text.includes("\0")) throw malformedUrl("The URL has the character NUL (%00) in it.");
  return text;
}

const maxUrl = 8 * 1024;
/** More than any client sends. Node drops those beyond its own limit without a word. */
const maxHeaders = 100;

/** Node keeps the first of several, or joins them with a comma: whoever stands before us may have believed another. */
const givenOnce: ReadonlySet<string> = new Set(
  "host authorization content-type idempotency-key x-souk-identity x-souk-timeout-ms".split(" "),
);
/** Lists by their own definition (RFC 7240), which may be spread over several lines. */
const lists: ReadonlySet<string> = new Set(["prefer"]);

/** The headers that an endpoint takes one of. */
export const singleHeaders = (declared: TSchema | undefined): ReadonlySet<string> =>
  declared
    ? new Set([...givenOnce, ...Object.keys(propertiesOf(declared)).filter((name) => !lists.has(name))])
    : givenOnce;

function assertSingle(rawHeaders: readonly string[], single: ReadonlySet<string>): void {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? "").toLowerCase();
    if (seen.has(name)) throw new RequestProblem("malformed_request", `The header ${name} is given more than once.`);
    if (single.has(name)) seen.add(name);
  }
}

/** What every request must have right, whatever it is for. */
export function assertHead(
  { url = "", headers, rawHeaders, httpVersionMinor }: IncomingMessage,
  single: ReadonlySet<string> = givenOnce,
): void {
  if (url.length > maxUrl) throw new RequestProblem("url_too_long", `The URL is longer than ${maxUrl} bytes.`);
  // RFC 9112 §3.2
  if (headers.host === undefined && httpVersionMinor > 0)
    throw new RequestProblem("malformed_request", "The header host is missing.");
  if (rawHeaders.length > 2 * maxHeaders)
    throw new RequestProblem("headers_too_large", `There are more than ${maxHeaders} headers.`);
  let names = 0;
  for (const _ in headers) names++; // a name that came twice is there once
  if (2 * names !== rawHeaders.length) assertSingle(rawHeaders, single);
}

export const malformedUrl = (detail: string) => new RequestProblem("malformed_url", detail);
