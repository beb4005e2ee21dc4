import type { Draw } from "./draw.ts";
import { hostileTexts } from "./hostile.ts";
import { textMatching } from "./pattern.ts";
import { fit, type Schema } from "./schema.ts";

const attempts = 200;

/**
 * A value that the schema takes, hostile where it lets one be.
 * @throws Error when none was found: the schema says something that this does not understand
 */
export function validValue(schema: Schema, draw: Draw): unknown {
  const { anyOf, allOf, const: constant, enum: words, type } = schema;
  if (constant !== undefined) return constant;
  if (words) return draw.one(words);
  if (anyOf) return validValue(draw.one(anyOf), draw);
  if (allOf) return Object.assign({}, ...allOf.map((part) => validValue(part, draw)));
  switch (type === undefined ? "unknown" : draw.one([type].flat())) {
    case "object":
      return validObject(schema, draw);
    case "array":
      return validList(schema, draw);
    case "string":
      return validText(schema, draw);
    case "integer":
      return validNumber(schema, draw);
    case "number":
      return draw.sometimes(0.5) ? validNumber(schema, draw) : within(schema, Math.fround(draw.chance() * 1_000));
    case "boolean":
      return draw.sometimes(0.5);
    case "null":
      return null;
    default:
      return draw.one([null, true, 7, "text", [], {}]);
  }
}

const within = ({ minimum = -Infinity, maximum = Infinity }: Schema, value: number) =>
  Math.min(maximum, Math.max(minimum, value));

const { MAX_SAFE_INTEGER: largest } = Number;
/** Often at the very bounds, where columns are narrower than schemas. */
function validNumber({ minimum = -largest, maximum = largest }: Schema, draw: Draw): number {
  if (draw.sometimes(0.3)) return draw.one([minimum, maximum]);
  const least = Math.max(minimum, -1_000);
  return draw.integer(least, Math.min(maximum, least + 100_000));
}

function validList({ items = {}, minItems = 0, maxItems = Infinity }: Schema, draw: Draw): unknown[] {
  const length = draw.integer(minItems, Math.min(maxItems, minItems + 2));
  return Array.from({ length }, () => validValue(items, draw));
}

function validObject(schema: Schema, draw: Draw): object {
  const { properties = {}, required = [], patternProperties = {}, minProperties = 0 } = schema;
  const chosen = (share: number) =>
    Object.entries(properties).filter(([name]) => required.includes(name) || draw.sometimes(share));
  const usual = chosen(0.5);
  const members = usual.length < minProperties ? chosen(1) : usual;
  const more = Object.entries(patternProperties).flatMap(([pattern, part]) =>
    Array.from({ length: draw.integer(0, 2) }, (): [string, Schema] => [
      validText({ type: "string", pattern, maxLength: 40 }, draw),
      part,
    ]),
  );
  return Object.fromEntries([...members, ...more].map(([name, part]) => [name, validValue(part, draw)]));
}

function validText(schema: Schema, draw: Draw): string {
  for (let i = 0; i < attempts; i++) {
    const text = textFor(schema, draw);
    if (fit(schema, text) === "yes") return text;
  }
  throw new Error(`no text was found that fits ${JSON.stringify(schema)}`);
}

const letters = "abcdefghijklmnopqrstuvwxyz";
const word = (draw: Draw, length: number) => Array.from({ length }, () => draw.one([...letters])).join("");
const hex = (draw: Draw, length: number) => Array.from({ length }, () => draw.integer(0, 15).toString(16)).join("");

function textFor(schema: Schema, draw: Draw): string {
  const { format, pattern, minLength = 0, maxLength = minLength + 40 } = schema;
  if (format === "uuid")
    return `019d${hex(draw, 4)}-${hex(draw, 4)}-7${hex(draw, 3)}-8${hex(draw, 3)}-${hex(draw, 12)}`;
  if (format === "email") return `${word(draw, 12)}@example.com`;
  if (format === "date-time") return `2026-1${draw.integer(0, 2)}-1${draw.integer(0, 9)}T1${draw.integer(0, 9)}:00:00Z`;
  if (draw.sometimes(0.4)) return draw.one(hostileTexts);
  if (pattern !== undefined && draw.sometimes(0.8)) return textMatching(pattern, draw);
  return word(draw, draw.integer(minLength, Math.min(maxLength, minLength + 40)));
}
