import { isObject, type Schema } from "./schema.ts";

export type Parameter = { readonly name: string; readonly required: boolean; readonly schema: Schema };
export type Operation = {
  /** `orders.checkout` */
  readonly id: string;
  readonly method: string;
  /** With `{names}` of parameters. */
  readonly path: string;
  readonly params: readonly Parameter[];
  readonly query: readonly Parameter[];
  readonly headers: readonly Parameter[];
  readonly needsKey: boolean;
  /** Who may call it, in the document's own words: `anyone`, `holder`, `role:support,admin`, `service:orders`. */
  readonly access: readonly string[];
  readonly json?: { readonly schema: Schema; readonly required: boolean };
  /** Media types of a body that the schema says nothing about. */
  readonly upload?: readonly string[];
  /** The answer is a stream of events. */
  readonly streams: boolean;
};

type Json = Readonly<Record<string, unknown>>;
const objectIn = (value: unknown): Json => (isObject(value) ? value : {});
const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Everything that an OpenAPI document of ours describes. */
export function operationsIn(document: unknown): Operation[] {
  const { paths, components } = objectIn(document);
  const resolved = (node: unknown): unknown => resolve(node, objectIn(components));
  return Object.entries(objectIn(paths)).flatMap(([path, methods]) =>
    Object.entries(objectIn(methods)).map(([method, described]) =>
      operation(method, path, objectIn(described), resolved),
    ),
  );
}

function operation(method: string, path: string, described: Json, resolved: (node: unknown) => unknown): Operation {
  const parameters = listIn(described["parameters"]).map((one) => objectIn(resolved(one)));
  const inPlace = (place: string): Parameter[] =>
    parameters
      .filter((one) => one["in"] === place)
      .map((one) => ({
        name: String(one["name"]),
        required: one["required"] === true,
        schema: objectIn(resolved(one["schema"])) as Schema, // as: a JSON Schema by the document's own definition
      }));
  const headers = inPlace("header");
  const { content, required } = objectIn(described["requestBody"]);
  const types = Object.keys(objectIn(content));
  const schema = objectIn(resolved(objectIn(objectIn(content)["application/json"])["schema"])) as Schema;
  // A body that is passed on unread is described as a string.
  const isJson = types.includes("application/json") && schema.type !== "string";
  return {
    id: String(described["operationId"]),
    method: method.toUpperCase(),
    path,
    params: inPlace("path"),
    query: inPlace("query"),
    headers: headers.filter(({ name }) => name !== "Idempotency-Key"),
    needsKey: headers.some(({ name }) => name === "Idempotency-Key"),
    access: listIn(described["x-souk-access"]).map(String),
    ...(isJson && { json: { schema, required: required === true } }),
    ...(types.length > 0 && !isJson && { upload: types }),
    streams: JSON.stringify(described["responses"]).includes("text/event-stream"),
  };
}

/** The node with every reference in it replaced by what it refers to. */
function resolve(node: unknown, components: Json): unknown {
  if (Array.isArray(node)) return node.map((item) => resolve(item, components));
  if (!isObject(node)) return node;
  const { $ref } = node;
  if (typeof $ref === "string") {
    const [kind = "", name = ""] = $ref.split("/").slice(2);
    return resolve(objectIn(components[kind])[name], components);
  }
  return Object.fromEntries(Object.entries(node).map(([name, member]) => [name, resolve(member, components)]));
}
