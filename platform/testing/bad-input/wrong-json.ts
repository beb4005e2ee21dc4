import type { Draw } from "./draw.ts";
import { badUtf8, brokenLiterals, hostileTexts, impossibleNumbers, impossibleStrings } from "./hostile.ts";
import { fit, isObject, type Place, placesIn, pointerOf, type Schema, textWith } from "./schema.ts";
import { validValue } from "./valid-value.ts";

export type WrongBody = {
  readonly what: string;
  readonly content: Buffer;
  /** Where the schema is broken, when that is all that is wrong: the answer must name it, or what is around it. */
  readonly at?: string;
};

/** A JSON body that no server may take for one of `schema`. @param limit the largest body that is accepted, in bytes */
export function wrongBody(schema: Schema, draw: Draw, limit: number): WrongBody {
  const value = validValue(schema, draw);
  return draw.sometimes(0.25) ? draw.one(wholes)(value, draw, limit) : wrongInside(schema, value, draw);
}

/** Something in the value is not what the schema says there, or not JSON at all. */
function wrongInside(schema: Schema, value: unknown, draw: Draw): WrongBody {
  const places = placesIn(schema, value);
  for (let i = 0; i < 100; i++) {
    const place = draw.one(places);
    const made = draw.one(fragments)(place, draw);
    if (!made) continue;
    const text = textWith(value, place.path, made.text);
    const parsed = made.never ? undefined : parse(text);
    if (parsed && fit(schema, parsed.value) !== "no") continue;
    const at = pointerOf(place.path);
    return { what: `${made.what} at "${at}"`, content: Buffer.from(text), ...(parsed && { at }) };
  }
  throw new Error(`nothing wrong was found to say of ${JSON.stringify(schema)}`);
}

/** Undefined for what is no JSON. */
function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `never`: whatever the schema says, since readers disagree about what it means, or nobody could keep it. */
type Fragment = { readonly what: string; readonly text: string; readonly never?: true };
type MakeFragment = (place: Place, draw: Draw) => Fragment | undefined;

const ofTypes: readonly string[] = [
  "null",
  "true",
  "false",
  "0",
  "7",
  "-7.5",
  '""',
  '"7"',
  "[]",
  "{}",
  "[[]]",
  '{"a":1}',
];
const outOf = ({ minimum, maximum }: Schema, draw: Draw): readonly number[] => [
  ...(minimum === undefined ? [] : [minimum - 1, minimum - draw.integer(1, 1_000_000)]),
  ...(maximum === undefined ? [] : [maximum + 1, maximum + draw.integer(1, 1_000_000)]),
  ...[-1, 0.5, 1e-7, 1e21, Number.MAX_VALUE, Number.MIN_VALUE, -0.5, 2 ** 31, 2 ** 32, 2 ** 53 - 1],
];
const lengths = ({ minLength = 0, maxLength }: Schema, draw: Draw): readonly number[] => [
  Math.max(0, minLength - 1),
  ...(maxLength === undefined ? [] : [maxLength + 1, maxLength + draw.integer(2, 5_000)]),
];
const members = (value: unknown) => (isObject(value) ? Object.entries(value) : []);
const textOf = (entries: readonly (readonly [string, unknown])[]) =>
  entries.map(([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member)}`);
const spelledOut = (name: string) =>
  `"${[...name].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`;

const fragments: readonly MakeFragment[] = [
  (_, draw) => ({ what: "another type", text: draw.one(ofTypes) }),
  (_, draw) => ({ what: "another type", text: draw.one(ofTypes) }),
  (_, draw) => ({ what: "a number that no double keeps", text: draw.one(impossibleNumbers), never: true }),
  (_, draw) => ({ what: "a text that nobody can keep", text: draw.one(impossibleStrings), never: true }),
  (_, draw) => ({ what: "what is no JSON", text: draw.one(brokenLiterals) }),
  (_, draw) => ({ what: "a hostile text", text: JSON.stringify(draw.one(hostileTexts)) }),
  (_, draw) => ({
    what: "a control character",
    text: `"a\\u00${draw.one(["01", "07", "08", "0b", "1b", "1f", "7f"])}"`,
  }),
  (_, draw) => {
    const depth = draw.integer(33, 2_000);
    return { what: "too deep", text: `${"[".repeat(depth)}${"]".repeat(depth)}`, never: true };
  },
  ({ schema }, draw) => ({ what: "a number out of bounds", text: JSON.stringify(draw.one(outOf(schema, draw))) }),
  ({ schema, value }, draw) =>
    typeof value === "string"
      ? { what: "a text of a wrong length", text: `"${"x".repeat(draw.one(lengths(schema, draw)))}"` }
      : undefined,
  ({ schema, value }, draw) => {
    if (!Array.isArray(value)) return undefined;
    const length = draw.one([
      Math.max(0, (schema.minItems ?? 0) - 1),
      (schema.maxItems ?? 2_000) + draw.integer(1, 50),
    ]);
    const item = JSON.stringify(value[0] ?? validValue(schema.items ?? {}, draw));
    return { what: "a list of a wrong length", text: `[${Array.from({ length }, () => item).join()}]` };
  },
  ({ value }, draw) => {
    if (!isObject(value)) return undefined;
    const name = draw.one(["isAdmin", "$ref", "", "id ", "ｉｄ", "toString", "prototype", ...hostileTexts]);
    return { what: "an unknown member", text: `{${[...textOf(members(value)), `${JSON.stringify(name)}:1`].join()}}` };
  },
  ({ value }, draw) => {
    if (!isObject(value)) return undefined;
    const poison = draw.one([
      '"__proto__":{"isAdmin":true}',
      '"constructor":{"prototype":{"isAdmin":true}}',
      '"__proto__":null',
    ]);
    return {
      what: "a member that poisons prototypes",
      text: `{${[poison, ...textOf(members(value))].join()}}`,
      never: true,
    };
  },
  ({ value }, draw) => {
    const entries = members(value);
    if (entries.length === 0) return undefined;
    const again = draw.one(entries);
    const [name, member] = again;
    const text = draw.one([
      textOf([again])[0],
      `${JSON.stringify(name)}:${draw.one(ofTypes)}`,
      `${spelledOut(name)}:${JSON.stringify(member)}`,
    ]);
    return { what: "a member twice", text: `{${[...textOf(entries), text].join()}}`, never: true };
  },
  ({ schema, value }, draw) => {
    const entries = members(value);
    if (!schema.required?.length || entries.length === 0) return undefined;
    const missing = draw.one(schema.required);
    return { what: "a member missing", text: `{${textOf(entries.filter(([name]) => name !== missing)).join()}}` };
  },
  ({ value }, draw) => {
    const names = Array.from({ length: draw.integer(100, 1_500) }, (_, i) => `"m${i}":${i}`);
    return isObject(value)
      ? { what: "a thousand unknown members", text: `{${[...textOf(members(value)), ...names].join()}}` }
      : undefined;
  },
];

type MakeWhole = (value: unknown, draw: Draw, limit: number) => WrongBody;
const json = (value: unknown) => Buffer.from(JSON.stringify(value) ?? "");

/** What can be wrong with a document as a whole. */
const wholes: readonly MakeWhole[] = [
  (value, draw) => {
    const text = json(value);
    return text.length > 2 && text[0] === 0x7b
      ? { what: "cut off", content: text.subarray(0, draw.integer(1, text.length - 1)) }
      : { what: "cut off", content: Buffer.from('{"a":') };
  },
  (value, draw) => {
    const tail = draw.one(["}", "]", ",", "{}", "null", " x", "\0", "//", ";", json(value).toString()]);
    return { what: "something after the document", content: Buffer.concat([json(value), Buffer.from(tail)]) };
  },
  (_, draw) => ({ what: "what is no JSON", content: Buffer.from(draw.one(brokenLiterals)) }),
  (_, draw) => ({ what: "only white space", content: Buffer.from(draw.one([" ", "\n\n", "\t ", "\r\n"])) }),
  (value, draw) => {
    const text = json(value);
    const at = draw.integer(1, Math.max(1, text.length - 1));
    return {
      what: "bytes that are no UTF-8",
      content: Buffer.concat([text.subarray(0, at), draw.one(badUtf8), text.subarray(at)]),
    };
  },
  (value, draw) => {
    const text = JSON.stringify(value) ?? "null";
    const other = draw.one([
      Buffer.from(text, "utf16le"),
      Buffer.from(`\ufeff${text}`, "utf16le"),
      Buffer.from(`\ufeff${text}`),
      Buffer.from(text, "utf16le").swap16(),
    ]);
    return { what: "another encoding", content: other };
  },
  (value, _, limit) => ({
    what: "too large, though it fits",
    content: Buffer.concat([json(value), Buffer.alloc(limit + 1, " ")]),
  }),
  (_, draw, limit) => ({ what: "too large", content: Buffer.alloc(limit + draw.integer(1, 5_000), "[") }),
  (_, draw) => {
    const depth = draw.integer(33, 20_000);
    return { what: "too deep", content: Buffer.from(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`) };
  },
  (_, draw) => ({ what: "brackets that never close", content: Buffer.from("[{".repeat(draw.integer(20, 50_000))) }),
  (_, draw) => ({ what: "a long number", content: Buffer.from("9".repeat(draw.integer(400, 100_000))) }),
];
