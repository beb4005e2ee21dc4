/** The parts of JSON Schema that our contracts use, references resolved. */
export type Schema = {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
};

/** `perhaps`: a format that is drawn differently by different readers, such as an odd e-mail address. */
export type Fit = "yes" | "no" | "perhaps";

type Json = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const all = (fits: readonly Fit[]): Fit => (fits.includes("no") ? "no" : fits.includes("perhaps") ? "perhaps" : "yes");
const any = (fits: readonly Fit[]): Fit => (fits.includes("yes") ? "yes" : fits.includes("perhaps") ? "perhaps" : "no");
const when = (holds: boolean): Fit => (holds ? "yes" : "no");

/** Whether a schema takes a value: a second opinion, made of nothing that the servers check with. */
export function fit(schema: Schema, value: unknown): Fit {
  const { anyOf, allOf, const: constant, enum: words } = schema;
  return all([
    ...(anyOf ? [any(anyOf.map((branch) => fit(branch, value)))] : []),
    ...(allOf ?? []).map((part) => fit(part, value)),
    ...(constant === undefined ? [] : [when(constant === value)]),
    ...(words ? [when(words.includes(value))] : []),
    ...(schema.type === undefined ? [] : [when([schema.type].flat().some((type) => isOf(type, value)))]),
    ...(typeof value === "string" ? [fitOfText(schema, value)] : []),
    ...(typeof value === "number" ? [fitOfNumber(schema, value)] : []),
    ...(Array.isArray(value) ? [fitOfList(schema, value)] : []),
    ...(isObject(value) ? [fitOfObject(schema, value)] : []),
  ]);
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

/** Unicode characters, as JSON Schema counts them. */
const lengthOf = (text: string) => [...text].length;

function fitOfText(
  { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format }: Schema,
  text: string,
): Fit {
  const length = lengthOf(text);
  return all([
    when(length >= minLength && length <= maxLength),
    when(pattern === undefined || new RegExp(pattern, "u").test(text)),
    format === undefined ? "yes" : fitOfFormat(format, text),
  ]);
}

function fitOfFormat(format: string, text: string): Fit {
  switch (format) {
    case "uuid":
      return when(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text));
    case "email":
      return /^[a-z0-9]+@[a-z]+\.[a-z]+$/.test(text) ? "yes" : /^[^@\s]+@[^@\s]+$/.test(text) ? "perhaps" : "no";
    case "date-time":
      return /^20\d\d-(0[1-9]|1[012])-[012]\dT1\d:[0-5]\d:[0-5]\d(\.\d+)?Z$/.test(text)
        ? "yes"
        : /\d/.test(text)
          ? "perhaps"
          : "no";
    default:
      return "perhaps";
  }
}

const fitOfNumber = ({ minimum = -Infinity, maximum = Infinity }: Schema, value: number): Fit =>
  when(value >= minimum && value <= maximum);

function fitOfList({ items, minItems = 0, maxItems = Infinity }: Schema, list: readonly unknown[]): Fit {
  return all([
    when(list.length >= minItems && list.length <= maxItems),
    ...(items ? list.map((item) => fit(items, item)) : []),
  ]);
}

function fitOfObject(schema: Schema, value: Json): Fit {
  const { required = [], minProperties = 0, maxProperties = Infinity } = schema;
  const members = Object.entries(value);
  return all([
    when(members.length >= minProperties && members.length <= maxProperties),
    when(required.every((name) => Object.hasOwn(value, name))),
    ...members.map(([name, member]) => fitOfMember(schema, name, member)),
  ]);
}

function fitOfMember(schema: Schema, name: string, member: unknown): Fit {
  const { properties = {}, patternProperties = {}, additionalProperties = true } = schema;
  const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
  const matching = Object.entries(patternProperties).filter(([pattern]) => new RegExp(pattern, "u").test(name));
  if (own || matching.length > 0)
    return all([...(own ? [fit(own, member)] : []), ...matching.map(([, part]) => fit(part, member))]);
  return typeof additionalProperties === "boolean" ? when(additionalProperties) : fit(additionalProperties, member);
}

/** Where something is in a JSON value; the JSON pointer of it in `pointerOf`. */
export type Path = readonly (string | number)[];
export const pointerOf = (path: Path): string =>
  path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

export type Place = { readonly path: Path; readonly schema: Schema; readonly value: unknown };

/** Every value in a value with the schema that it follows, the whole first. */
export function placesIn(schema: Schema, value: unknown, path: Path = []): Place[] {
  const followed = (schema.anyOf ?? []).find((branch) => fit(branch, value) !== "no");
  const inner = followed ? placesIn(followed, value, path).slice(1) : [];
  const own: Place[] = [{ path, schema, value }, ...inner];
  if (Array.isArray(value) && schema.items) {
    const { items } = schema;
    return [...own, ...value.flatMap((item, at) => placesIn(items, item, [...path, at]))];
  }
  if (!isObject(value)) return own;
  return [
    ...own,
    ...Object.entries(value).flatMap(([name, member]) => {
      const part = memberSchema(schema, name);
      return part ? placesIn(part, member, [...path, name]) : [];
    }),
  ];
}

function memberSchema({ properties = {}, patternProperties = {}, additionalProperties }: Schema, name: string) {
  if (Object.hasOwn(properties, name)) return properties[name];
  const [, matching] = Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern, "u").test(name)) ?? [];
  return matching ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
}

/** JSON text of `value` with `text` in one place: not everything that can be sent survives being a value. */
export function textWith(value: unknown, path: Path, text: string): string {
  const [step, ...rest] = path;
  if (step === undefined) return text;
  if (Array.isArray(value))
    return `[${value.map((item, at) => (at === step ? textWith(item, rest, text) : JSON.stringify(item))).join()}]`;
  if (!isObject(value)) throw new TypeError(`there is no ${step} in ${JSON.stringify(value)}`);
  const members = Object.entries(value).map(
    ([name, member]) =>
      `${JSON.stringify(name)}:${name === step ? textWith(member, rest, text) : JSON.stringify(member)}`,
  );
  return `{${members.join()}}`;
}
