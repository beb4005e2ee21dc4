import type { Access } from "./access.ts";
import { type Endpoint, isPublic, rulesOf } from "./endpoint.ts";
import type { Contract } from "./index.ts";
import { type PlainSchema, plainSchema, shared } from "./plain-schema.ts";
import type { TSchema } from "./schemas.ts";
import { finished, type Steps } from "./steps.ts";

export type DocumentOptions = {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** Base addresses. None: the one the document was fetched from. */
  readonly servers?: readonly string[];
  /** Whether to list endpoints that only exist in development. Default false. */
  readonly development?: boolean;
};

type Operation = { readonly operationId: string; readonly [member: string]: unknown };
export type OpenapiDocument = {
  readonly openapi: "3.1.1";
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly servers?: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** Everything one service answers, OpenAPI 3.1. */
export const openapi = (contract: Contract, options: DocumentOptions): OpenapiDocument =>
  finished(document([contract], options, () => true));

/** What the outside world can reach of all of them. @throws Error when two contracts answer one path and method */
export const mergeOpenapi = (contracts: readonly Contract[], options: DocumentOptions): OpenapiDocument =>
  finished(mergingOpenapi(contracts, options));

/** The same, operation by operation: all of a shop's take longer than somebody else should have to wait. */
export const mergingOpenapi = (contracts: readonly Contract[], options: DocumentOptions): Steps<OpenapiDocument> =>
  document(contracts, options, (endpoint) => isPublic(endpoint) && !endpoint.spec.standIn);

function* document(
  contracts: readonly Contract[],
  { title, version, description, servers, development = false }: DocumentOptions,
  included: (endpoint: Endpoint) => boolean,
): Steps<OpenapiDocument> {
  const schemas = new Map<string, PlainSchema>([["Problem", problemSchema]]);
  const paths: Record<string, Record<string, Operation>> = {};
  /** By path without names, its first spelling: two templates that differ in names only are one path to OpenAPI. */
  const spellings = new Map<string, string>();
  const tags: { name: string }[] = [];
  for (const contract of contracts) {
    const endpoints = Object.entries(contract.endpoints).filter(
      ([, endpoint]) => included(endpoint) && (development || !endpoint.spec.developmentOnly),
    );
    if (endpoints.length > 0) tags.push({ name: contract.name });
    for (const [name, endpoint] of endpoints) {
      const template = endpoint.path.replace(/:(\w+)/g, "{$1}");
      const anonymous = template.replace(/\{\w+\}/g, "{}");
      const path = spellings.get(anonymous) ?? template;
      spellings.set(anonymous, path);
      const operations = paths[path] ?? {};
      paths[path] = operations;
      const method = endpoint.method.toLowerCase();
      if (operations[method])
        throw new Error(
          `${contract.name}.${name} and ${operations[method].operationId} both answer ${endpoint.method} ${path}`,
        );
      operations[method] = operation(contract.name, name, endpoint, namesIn(path), schemas);
      yield;
    }
  }
  return {
    openapi: "3.1.1",
    info: { title, version, ...(description !== undefined && { description }) },
    ...(servers && { servers: servers.map((url) => ({ url })) }),
    tags,
    paths,
    components: { schemas: Object.fromEntries(schemas), parameters, responses, securitySchemes },
  };
}

const namesIn = (template: string) => [...template.matchAll(/[{:](\w+)/g)].map(([, name = ""]) => name);

function operation(
  owner: string,
  name: string,
  endpoint: Endpoint,
  names: readonly string[],
  schemas: Map<string, PlainSchema>,
): Operation {
  const { spec, path } = endpoint;
  const schemaOf = (schema: TSchema) => shared(plainSchema(schema), schemas, "#/components/schemas/", owner);
  const renamed = new Map(namesIn(path).map((own, index) => [own, names[index] ?? own]));
  const declared = renamed.size > 0 ? parametersOf(spec.params, "path", schemaOf) : [];
  const pathParameters = [...renamed].map(([own, shown]) => ({
    ...(declared.find((parameter) => parameter.name === own) ?? {
      in: "path",
      required: true,
      schema: { type: "string" },
    }),
    name: shown,
  }));
  const parameterList = [
    ...pathParameters,
    ...parametersOf(spec.query, "query", schemaOf),
    ...parametersOf(spec.headers, "header", schemaOf),
    ...(spec.idempotency === "required" ? [{ $ref: "#/components/parameters/IdempotencyKey" }] : []),
  ];
  return {
    operationId: `${owner}.${name}`,
    tags: [owner],
    summary: spec.summary,
    ...(spec.description !== undefined && { description: spec.description }),
    ...(parameterList.length > 0 && { parameters: parameterList }),
    ...requestBody(endpoint, schemaOf),
    responses: responsesOf(endpoint, schemaOf),
    security: rulesOf(endpoint).flatMap(securityOf),
    "x-souk-access": rulesOf(endpoint).map(accessWords),
    ...(spec.idempotency && { "x-souk-idempotency": spec.idempotency }),
  };
}

type SchemaOf = (schema: TSchema) => unknown;
type Parameter = { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: unknown };

/** Header names that OpenAPI wants described elsewhere: by the security scheme and the media types. */
const describedElsewhere: ReadonlySet<string> = new Set(["authorization", "accept", "content-type"]);

function parametersOf(
  schema: TSchema | undefined,
  place: "path" | "query" | "header",
  schemaOf: SchemaOf,
): Parameter[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, TSchema>;
    required?: readonly string[];
  };
  return Object.entries(properties)
    .filter(([name]) => place !== "header" || !describedElsewhere.has(name))
    .map(([name, property]) => ({
      name,
      in: place,
      ...((place === "path" || required.includes(name)) && { required: true }),
      schema: schemaOf(property),
    }));
}

function requestBody({ spec }: Endpoint, schemaOf: SchemaOf) {
  const { body, upload } = spec;
  if (upload) {
    return {
      requestBody: {
        required: true,
        content: Object.fromEntries(upload.map((type) => [type, { schema: { type: "string" } }])),
      },
    };
  }
  // TypeBox marks optional schemas with a member that is not enumerable.
  return (
    body && {
      requestBody: { required: !("~optional" in body), content: { "application/json": { schema: schemaOf(body) } } },
    }
  );
}

function responsesOf({ spec, method }: Endpoint, schemaOf: SchemaOf) {
  const type = spec.stream ? "text/event-stream" : (spec.produces ?? "application/json");
  const one = (status: number, schema: TSchema) => [
    String(status),
    {
      description: descriptions[status] ?? "Success",
      ...(status === 201 && { headers: { Location: { description: "Where it is.", schema: { type: "string" } } } }),
      ...(status !== 204 && { content: { [type]: { schema: schemaOf(schema) } } }),
    },
  ];
  return {
    ...Object.fromEntries([
      one(spec.status ?? 200, spec.returns),
      ...Object.entries(spec.also ?? {}).map(([status, schema]) => one(Number(status), schema)),
    ]),
    ...(method === "GET" &&
      !spec.stream && { "304": { description: "Unchanged since the answer whose ETag was sent as If-None-Match" } }),
    "4XX": { $ref: "#/components/responses/Problem" },
    "5XX": { $ref: "#/components/responses/Problem" },
  };
}

const descriptions: Readonly<Record<number, string>> = {
  200: "Done",
  201: "Created",
  202: "Accepted; the work goes on",
  204: "Done, nothing to say",
};

const securityOf = ({ who }: Access): Readonly<Record<string, readonly string[]>>[] => {
  switch (who) {
    case "anyone":
      return [{}];
    case "holder":
      return [{}, { bearer: [] }];
    case "signed-in":
    case "role":
      return [{ bearer: [] }];
    case "service":
      return [{ service: [] }];
  }
};

/** `role:support`, `service:orders`: one word per way in. */
const accessWords = (rule: Access): string =>
  rule.who === "role"
    ? `role:${rule.roles.join(",")}`
    : rule.who === "service"
      ? `service:${rule.names.join(",")}`
      : rule.who;

const parameters = {
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    required: true,
    description:
      "One random key for each thing you want done. Repeat it only with the same request: the effect happens once, the answer is repeated.",
    schema: { type: "string", minLength: 16, maxLength: 255, pattern: "^[\\x21-\\x7e]+$" },
  },
};

const problemSchema: PlainSchema = {
  type: "object",
  description: "RFC 9457",
  required: ["type", "title", "status", "detail", "instance", "error"],
  properties: {
    type: { type: "string", format: "uri-reference" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    instance: { type: "string" },
    error: {
      type: "object",
      required: ["code", "message", "details", "timestamp", "request_id"],
      properties: {
        code: { type: "string", description: "Stable; for programs." },
        status: { type: "string", description: "What to do next, in gRPC's words." },
        message: { type: "string", description: "For people." },
        details: {
          type: "array",
          items: {
            type: "object",
            required: ["field", "message"],
            properties: {
              field: { type: "string", description: "JSON pointer" },
              message: { type: "string" },
              in: {
                type: "string",
                enum: ["params", "query", "headers"],
                description: "Where the field is, when not in the body.",
              },
            },
          },
        },
        data: { type: "object", description: "What the code is about, for programs." },
        timestamp: { type: "string", format: "date-time" },
        request_id: { type: "string" },
      },
    },
  },
};

const responses = {
  Problem: {
    description: "What went wrong, and what to mend",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  },
};

const securitySchemes = {
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
  service: {
    type: "apiKey",
    in: "header",
    name: "x-souk-identity",
    description: "A Souk service's identity token; inside the cluster only.",
  },
};
