import type { Method } from "./client.ts";

/** The parts of JSON Schema that our own document uses. */
export type Schema = {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
};
type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
};
type Described = {
  readonly operationId: string;
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly security: readonly Readonly<Record<string, unknown>>[];
};
export type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>> };

export type Operation = {
  readonly id: string;
  readonly method: Method;
  /** With `{names}` of parameters. */
  readonly path: string;
  readonly params: readonly Parameter[];
  readonly query: readonly Parameter[];
  readonly needsKey: boolean;
  /** Nobody may call it without a token. */
  readonly secured: boolean;
  /** Undefined when it takes none, or not JSON. */
  readonly json?: { readonly schema: Schema };
};

export const operationsOf = (document: Document): Operation[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]): Operation => {
      const all = described.parameters ?? [];
      const parameters = all.filter((parameter) => "name" in parameter);
      const schema = described.requestBody?.content["application/json"]?.schema;
      const takesJson = schema !== undefined && schema.type !== "string" && Object.keys(schema).length > 0;
      return {
        id: described.operationId,
        method: method.toUpperCase() as Method,
        path,
        params: parameters.filter((parameter) => parameter.in === "path"),
        query: parameters.filter((parameter) => parameter.in === "query"),
        needsKey: all.some((parameter) => "$ref" in parameter && parameter.$ref.endsWith("/IdempotencyKey")),
        secured: described.security.every((scheme) => Object.keys(scheme).length > 0),
        ...(takesJson && { json: { schema } }),
      };
    }),
  );

/** Words that our patterns and formats ask for; the first that fits is taken. */
const words = [
  "word",
  "DE",
  "EUR",
  "E2E-NONE",
  "main",
  "4242424242424242",
  "123",
  "SK0123456789AB",
  "somebody@example.com",
  "long enough for a password",
  "https://example.com/picture.png",
  "018f3a52-0000-7000-8000-000000000000",
];

/** A value that a schema takes. */
export function exampleOf(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return schema.anyOf[0] && exampleOf(schema.anyOf[0]);
  switch (schema.type) {
    case "object":
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, exampleOf(part)]));
    case "array":
      return schema.items ? [exampleOf(schema.items)] : [];
    case "string":
      return wordFor(schema);
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    default:
      return null;
  }
}

function wordFor({ format, pattern, minLength = 0, maxLength = 10_000 }: Schema): string {
  const fits = (word: string) =>
    word.length >= minLength &&
    word.length <= maxLength &&
    (pattern === undefined || new RegExp(pattern, "u").test(word)) &&
    (format !== "uuid" || /^[0-9a-f]{8}-/.test(word)) &&
    (format !== "email" || word.includes("@"));
  const found = words.find(fits);
  if (found === undefined) throw new Error(`no word fits ${JSON.stringify({ format, pattern, minLength, maxLength })}`);
  return found;
}
