/** What of a JSON Schema is shown to people. */
export type Schema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly description?: string;
};

/** What fits beside its name stays on one line. */
const shortLine = 64;
/** A pattern that says more than it asks of its reader. */
const shortPattern = 24;
const indent = (text: string) => text.replaceAll("\n", "\n  ");
const figure = (n: number) => n.toLocaleString("en");

/**
 * A schema as text, a member a line, with what is known of it behind it:
 * ```
 * {
 *   sku: string            // 1–64 characters
 *   note?: string
 * }
 * ```
 * An object that was shown before is named after the member that showed it.
 */
export function shape(schema: Schema): string {
  return shapeOf(schema, new Map());
}

type Shown = Map<string, string>;

function shapeOf(schema: Schema, shown: Shown): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return [...new Set(schema.anyOf.map((one) => shapeOf(one, shown)))].join(" | ");
  if (schema.items) {
    const item = shapeOf(schema.items, shown);
    return schema.items.anyOf ? `(${item})[]` : `${item}[]`;
  }
  if (schema.properties) return objectOf(schema, schema.properties, shown);
  const [values] = Object.values(schema.patternProperties ?? {});
  if (values) return `{ [name]: ${shapeOf(values, shown)} }`;
  return schema.type ?? "anything";
}

function objectOf({ required = [] }: Schema, properties: NonNullable<Schema["properties"]>, shown: Shown): string {
  const members = Object.entries(properties).map(([name, member]) => {
    const known = shown.get(JSON.stringify(member));
    const text = known === undefined ? shapeOf(member, shown) : `as ${known}`;
    if (text.includes("\n")) shown.set(JSON.stringify(member), name);
    return { text: `${name}${required.includes(name) ? "" : "?"}: ${text}`, note: noteOf(member) };
  });
  if (members.length === 0) return "{}";
  const line = `{ ${members.map(({ text }) => text).join(", ")} }`;
  if (line.length <= shortLine && !line.includes("\n") && members.every(({ note }) => note === "")) return line;
  const noted = members.filter(({ text, note }) => note !== "" && !text.includes("\n"));
  const width = Math.max(0, ...noted.map(({ text }) => Math.min(text.length, 36)));
  const lines = members.map(({ text, note }) => {
    if (note === "") return text;
    if (!text.includes("\n")) return `${text.padEnd(width)}  // ${note}`;
    const [first = "", ...rest] = text.split("\n");
    return [`${first}  // ${note}`, ...rest].join("\n");
  });
  return `{\n  ${lines.map(indent).join("\n  ")}\n}`;
}

/** Description, bounds and default, as a remark. */
function noteOf(schema: Schema): string {
  const { format, pattern, minLength, maxLength, minimum, maximum, minItems, maxItems, description } = schema;
  const item = schema.items && noteOf(schema.items);
  const parts = [
    description,
    format,
    pattern !== undefined && pattern.length <= shortPattern && !description ? pattern : undefined,
    between(minLength, maxLength, "characters"),
    between(minimum, maximum, ""),
    between(minItems, maxItems, "of them"),
    item && `each: ${item}`,
    schema.default === undefined ? undefined : `${JSON.stringify(schema.default)} by default`,
  ];
  return parts.filter((part) => part !== undefined && part !== "").join("; ");
}

function between(least: number | undefined, most: number | undefined, of: string): string | undefined {
  if (most === undefined || most >= Number.MAX_SAFE_INTEGER)
    return least ? `${figure(least)} or more ${of}`.trim() : undefined;
  return `${least === undefined ? "up to " : `${figure(least)}–`}${figure(most)} ${of}`.trim();
}

/** What the least request would hold: a value for each member that must be there. */
export function leastOf(schema: Schema): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.anyOf?.[0]) return leastOf(schema.anyOf[0]);
  if (schema.items) return (schema.minItems ?? 1) === 0 ? [] : [leastOf(schema.items)];
  if (schema.properties) {
    const { properties, required = [] } = schema;
    return Object.fromEntries(required.map((name) => [name, leastOf(properties[name] ?? {})]));
  }
  switch (schema.type) {
    case "integer":
    case "number":
      return Math.max(schema.minimum ?? 1, Math.min(1, schema.maximum ?? 1));
    case "boolean":
      return true;
    case "object":
      return {};
    case "null":
      return null;
    default:
      return "…";
  }
}
