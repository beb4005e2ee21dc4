import type { Ask } from "./client.ts";
import { exampleOf, type Operation, type Schema } from "./openapi.ts";

/** A request that the document rules out, and what the answer's status may be. */
export type Malformed = {
  readonly what: string;
  readonly path: string;
  readonly ask: Ask;
  readonly allowed: readonly number[];
};

const key = "e2e-malformed-request";
const json = { "content-type": "application/json" };

/** One request for each way in which one thing about an operation can be wrong. */
export function* malformedRequests(operation: Operation): Generator<Malformed> {
  const { params, query, needsKey } = operation;
  const path = pathOf(operation);
  const sound: Ask = {
    ...(needsKey && { key }),
    ...(operation.json && { body: exampleOf(operation.json.schema) }),
  };

  for (const { name, schema } of params)
    for (const [value, status] of wrongInPath(schema))
      yield {
        what: `${name} = ${value.slice(0, 40)}`,
        path: pathOf(operation, { [name]: value }),
        ask: sound,
        allowed: status,
      };
  for (const { name, schema } of query)
    for (const value of wrongInQuery(schema))
      yield {
        what: `?${name}=${value.slice(0, 40)}`,
        path: `${path}?${name}=${value}`,
        ask: sound,
        allowed: [400, 422],
      };
  if (query.length > 0)
    yield { what: "an unknown query parameter", path: `${path}?no-such-parameter=1`, ask: sound, allowed: [400, 422] };
  yield { what: "a URL that is too long", path: `${path}?q=${"x".repeat(9_000)}`, ask: sound, allowed: [414] };

  if (needsKey)
    for (const wrong of [undefined, "short", "with spaces in between", "x".repeat(300)])
      yield {
        what: `Idempotency-Key ${wrong?.slice(0, 30)}`,
        path,
        ask: { body: sound.body, ...(wrong !== undefined && { key: wrong }) },
        allowed: [400, 422],
      };

  if (operation.json) {
    const withKey = needsKey ? { key } : {};
    const raw = (what: string, raw: string | Buffer, allowed: number[], headers: Record<string, string> = json) =>
      ({ what, path, ask: { ...withKey, raw, headers }, allowed }) satisfies Malformed;
    const text = JSON.stringify(sound.body);
    yield raw("JSON that breaks off", text.slice(0, -1), [400]);
    yield raw("no JSON at all", "hello", [400]);
    if (operation.json.schema.required?.length) yield raw("an empty body", "", [400, 422]);
    yield raw("bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0xfe, 0x22]), [400]);
    yield raw("too deep", `${"[".repeat(100)}${"]".repeat(100)}`, [400]);
    yield raw("too large", JSON.stringify("x".repeat(300_000)), [413]);
    yield raw("another media type", text, [415], { "content-type": "text/plain" });
    yield raw("compressed, it says", text, [400, 415], { ...json, "content-encoding": "gzip" });
    for (const [wrong, what] of wrongBodies(operation.json.schema, sound.body)) yield raw(what, wrong, [400, 422]);
  }
}

export const pathOf = ({ path, params }: Operation, given: Readonly<Record<string, string>> = {}): string =>
  params.reduce(
    (path, { name, schema }) => path.replace(`{${name}}`, given[name] ?? encodeURIComponent(String(exampleOf(schema)))),
    path,
  );

/** Encoded as they go into the path. What a looser pattern takes is then simply not found. */
function wrongInPath(schema: Schema): [string, readonly number[]][] {
  const refused = [400, 404, 405, 415, 422];
  const anything = ["..%2F..%2F..%2Fetc%2Fpasswd", "%00", "%ff", "%", "%27%20or%201%3D1%20--", "%F0%9F%9B%92"];
  const tooLong: [string, number[]] = ["x".repeat(5_000), [400, 404, 414, 415, 422]];
  return [
    ...anything.map((value): [string, number[]] => [value, refused]),
    ...(schema.maxLength || schema.pattern || schema.format ? [tooLong] : []),
  ];
}

function wrongInQuery(schema: Schema): string[] {
  const types = schema.type;
  if (types === "integer" || types === "number")
    return ["", "many", "-1", "1.5", "1e9", "0x10", "99999999999999999999", "%00", "NaN", "[]"];
  if (types === "boolean") return ["", "yes", "1", "TRUE"];
  if (schema.enum || schema.anyOf) return ["no-such-choice", "%00"];
  return ["%ff", ...(schema.maxLength ? ["x".repeat(schema.maxLength + 1)] : [])];
}

const ofType: Readonly<Record<string, string>> = {
  string: '"7"',
  integer: "7",
  number: "7.5",
  boolean: "true",
  object: "{}",
  array: "[]",
  null: "null",
};
const numbers = ["1e400", "-1e308", "9007199254740993", "1.5", "-1", "99999999999"];

/** Bodies as text, each wrong in one place, and what is wrong. */
function* wrongBodies(schema: Schema, body: unknown): Generator<[string, string]> {
  for (const { at, part } of places(schema, [])) {
    const where = `/${at.join("/")}`;
    for (const [type, value] of Object.entries(ofType))
      if (!takes(part, type)) yield [textWith(body, at, value), `${type} at ${where}`];
    if (part.type === "integer")
      for (const value of numbers) {
        const n = Number(value);
        const inRange = Number.isInteger(n) && n >= (part.minimum ?? -Infinity) && n <= (part.maximum ?? Infinity);
        if (!inRange) yield [textWith(body, at, value), `${value} at ${where}`];
      }
    if (part.enum) yield [textWith(body, at, '"no-such-choice"'), `another word at ${where}`];
    if (part.type === "string" && part.maxLength !== undefined)
      yield [textWith(body, at, JSON.stringify("x".repeat(part.maxLength + 1))), `too long at ${where}`];
    if (part.type === "object" && !part.patternProperties) {
      const here = at.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], body);
      const inside = JSON.stringify(here).slice(1, -1);
      const more = inside === "" ? "" : `${inside},`;
      yield [textWith(body, at, `{${more}"noSuchMember":1}`), `an unknown member at ${where}`];
      yield [textWith(body, at, `{${more}"__proto__":{"admin":true}}`), `__proto__ at ${where}`];
      for (const name of part.required ?? []) {
        const { [name]: _, ...rest } = here as Record<string, unknown>;
        yield [textWith(body, at, JSON.stringify(rest)), `no ${name} at ${where}`];
      }
    }
  }
}

type Place = { readonly at: readonly string[]; readonly part: Schema };
function* places(part: Schema, at: readonly string[]): Generator<Place> {
  yield { at, part };
  for (const [name, member] of Object.entries(part.properties ?? {})) yield* places(member, [...at, name]);
  if (part.items) yield* places(part.items, [...at, "0"]);
}

function takes(part: Schema, type: string): boolean {
  if (part.anyOf) return part.anyOf.some((one) => takes(one, type));
  if (part.const !== undefined) return typeof part.const === type;
  if (part.enum && part.type === undefined) return part.enum.some((one) => typeof one === type);
  if (part.type === undefined) return true;
  const types = [part.type].flat();
  if (types.includes(type)) return true;
  return type === "integer" && types.includes("number");
}

/** The body as JSON text with `text` in one place: not every number survives being parsed. */
function textWith(body: unknown, at: readonly string[], text: string): string {
  const [name, ...rest] = at;
  if (name === undefined) return text;
  if (Array.isArray(body)) return `[${textWith(body[0], rest, text)}]`;
  const members = Object.entries(body as Record<string, unknown>).map(
    ([key, value]) => `${JSON.stringify(key)}:${key === name ? textWith(value, rest, text) : JSON.stringify(value)}`,
  );
  return `{${members.join()}}`;
}

/** The body with a hostile text for each string in it, one at a time; whether they are refused is the schema's to say. */
export function* hostileBodies(operation: Operation): Generator<string> {
  if (!operation.json) return;
  const body = exampleOf(operation.json.schema);
  const strings = [...places(operation.json.schema, [])].filter(({ part }) => part.type === "string");
  for (const { at, part } of strings)
    for (const text of hostileTexts)
      if (text.length >= (part.minLength ?? 0) || part.minLength === 1) yield textWith(body, at, text);
}

/** As JSON: NUL, half a surrogate pair, SQL, a path, a template, text that turns around, and nothing at all. */
const hostileTexts = [
  '"a\\u0000b longer than 8"',
  '"\\ud800 longer than 8"',
  '"\'; drop table orders; --"',
  '"../../../../etc/passwd"',
  '"{{7*7}}%n%s<script>"',
  '"\\u202egnirts\\r\\nBcc: eve@example.com"',
  '""',
  '"                "',
];
