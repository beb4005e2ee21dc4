import type { TSchema } from "./schemas.ts";

/** A JSON Schema (2020-12) as plain JSON. */
export type PlainSchema = { [keyword: string]: unknown };

/** A schema without TypeBox's own marks. Words to choose from are an `enum`, which every tool shows better than a choice of constants. */
export const plainSchema = (schema: TSchema): PlainSchema =>
  withEnums(JSON.parse(JSON.stringify(schema))) as PlainSchema;

function withEnums(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withEnums);
  if (!isObject(node)) return node;
  const entries = Object.entries(node).map(([keyword, value]): [string, unknown] => [
    keyword,
    literal.has(keyword) ? value : withEnums(value),
  ]);
  const { anyOf, ...rest } = Object.fromEntries(entries);
  if (!Array.isArray(anyOf)) return anyOf === undefined ? rest : { anyOf, ...rest };
  const words: unknown[] = anyOf.map((branch) => (isObject(branch) ? branch["const"] : undefined));
  return words.every((word) => typeof word === "string")
    ? { type: "string", enum: words, ...rest }
    : { anyOf, ...rest };
}

/** Keywords whose value is data, not a schema. */
const literal: ReadonlySet<string> = new Set(["const", "default", "enum", "example", "examples", "required"]);

export const isObject = (value: unknown): value is { [member: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Moves every schema that has a name (`$id` or `title`) into `components` and leaves a reference, so that it is described once.
 * @param prefix of references, e.g. `#/components/schemas/`  @param owner tells apart two schemas of one name
 */
export function shared(schema: unknown, components: Map<string, PlainSchema>, prefix: string, owner: string): unknown {
  if (Array.isArray(schema)) return schema.map((item) => shared(item, components, prefix, owner));
  if (!isObject(schema)) return schema;
  const { $id, ...rest } = schema;
  const inner: PlainSchema = {};
  for (const [keyword, value] of Object.entries(rest)) {
    inner[keyword] = literal.has(keyword) ? value : shared(value, components, prefix, owner);
  }
  const named = $id ?? (typeof schema["title"] === "string" ? schema["title"] : undefined);
  if (typeof named !== "string") return inner;
  const name = named.replace(/[^A-Za-z0-9._-]+/g, "-");
  const before = components.get(name);
  const own = before === undefined || JSON.stringify(before) === JSON.stringify(inner) ? name : `${owner}.${name}`;
  components.set(own, inner);
  return { $ref: `${prefix}${own}` };
}
