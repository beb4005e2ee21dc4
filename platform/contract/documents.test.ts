import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { anyone, holder, role, service, signedIn } from "./access.ts";
import { asyncapi } from "./asyncapi.ts";
import { get, post, put } from "./endpoint.ts";
import { event } from "./event.ts";
import { defineContract } from "./index.ts";
import { mergeOpenapi, openapi } from "./openapi.ts";
import { Body, Id, OneOf, Page, Paging, Text, Timestamp, Type } from "./schemas.ts";

const Thing = Type.Object({ id: Id, state: OneOf("new", "old"), madeAt: Timestamp }, { title: "Thing" });
const things = defineContract({
  name: "things",
  endpoints: {
    list: get("/v1/things", { summary: "List things", access: anyone, query: Body(Paging), returns: Page(Thing) }),
    byId: get("/v1/things/:id", { summary: "Show a thing", access: holder, params: Body({ id: Id }), returns: Thing }),
    replace: put("/v1/things/:thingId", {
      summary: "Replace a thing",
      access: role("editor", "admin"),
      params: Body({ thingId: Id }),
      headers: Body({ "x-token": Type.Optional(Text(40)), authorization: Type.Optional(Text(40)) }),
      body: Type.Optional(Body({ name: Text(10) }, { examples: [{ name: "a" }] })),
      idempotency: "required",
      status: 201,
      also: { 202: Type.Object({ later: Type.Boolean() }) },
      returns: Thing,
    }),
    import: post("/v1/things/import", {
      summary: "Import",
      description: "CSV.",
      access: signedIn,
      upload: ["text/csv"],
      returns: Type.Object({}),
    }),
    follow: get("/v1/things/:id/events", { summary: "Follow", access: anyone, stream: true, returns: Thing }),
    page: get("/docs", { summary: "Read", access: anyone, produces: "text/html", returns: Type.String() }),
    inside: post("/internal/things", {
      summary: "Inside",
      access: service("orders"),
      status: 204,
      returns: Type.Object({}),
    }),
    practice: post("/v1/practice", {
      summary: "Practise",
      access: anyone,
      developmentOnly: true,
      returns: Type.Object({}),
    }),
  },
  events: { made: event("things.made.v1", "A thing was made", Type.Object({ thing: Thing })) },
});
const others = defineContract({
  name: "others",
  endpoints: {
    byId: get("/v1/others/:id", {
      summary: "Show another",
      access: anyone,
      returns: Type.Object({}, { title: "Thing" }),
    }),
  },
  events: { gone: event("others.gone.v1", "It went", Type.Object({})) },
});

/** A member deep in a document, by names. The tests look into answers of many shapes. */
// biome-ignore lint/suspicious/noExplicitAny: see above
const dig = (node: unknown, ...names: string[]): any =>
  names.reduce<unknown>((inner, name) => Reflect.get(Object(inner), name), node);

/** Every `$ref` in a document leads somewhere. */
function assertReferences(document: object) {
  JSON.stringify(document, (key, value) => {
    if (key === "$ref") {
      const target = String(value)
        .slice(2)
        .split("/")
        .reduce<unknown>((node, part) => Reflect.get(Object(node), part), document);
      assert.ok(target, `${value} leads nowhere`);
    }
    return value;
  });
}

/** Every schema in `document` is one of JSON Schema 2020-12, as OpenAPI 3.1 and AsyncAPI 3.0 have them. */
function assertSchemas(document: object, schemas: readonly unknown[]) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: "document", ...document });
  for (const schema of schemas) {
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
    assert.doesNotThrow(() => ajv.compile(absolute));
  }
}

const merged = mergeOpenapi([things, others], { title: "Souk", version: "1.0.0", servers: ["http://localhost:8080"] });

test("the merged document has what the outside world can reach, once, and nothing else", () => {
  assert.deepEqual(Object.keys(merged.paths), [
    "/v1/things",
    "/v1/things/{id}",
    "/v1/things/import",
    "/v1/things/{id}/events",
    "/docs",
    "/v1/others/{id}",
  ]);
  assert.deepEqual(merged.servers, [{ url: "http://localhost:8080" }]);
  assert.deepEqual(merged.tags, [{ name: "things" }, { name: "others" }]);
});

test("a service's own document has everything, for development too when asked", () => {
  const paths = (development: boolean) =>
    Object.keys(openapi(things, { title: "things", version: "1", development }).paths);
  assert.ok(paths(false).includes("/internal/things"));
  assert.deepEqual([paths(false).includes("/v1/practice"), paths(true).includes("/v1/practice")], [false, true]);
});

test("the document is sound: references lead somewhere, schemas are schemas, ids are unique, paths name their parameters", () => {
  assertReferences(merged);
  const operations = Object.entries(merged.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  );
  const ids = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
  const schemas: unknown[] = Object.values(merged.components["schemas"] ?? {});
  for (const { path, operation } of operations) {
    const parameters = (operation["parameters"] ?? []) as {
      name?: string;
      in?: string;
      required?: boolean;
      schema?: unknown;
    }[];
    const inPath = parameters.filter((parameter) => parameter.in === "path");
    assert.deepEqual(
      inPath.map(({ name }) => `{${name}}`),
      path.match(/\{\w+\}/g) ?? [],
    );
    assert.ok(inPath.every(({ required }) => required));
    assert.ok(Object.keys(operation["responses"] as object).some((status) => /^2\d\d$/.test(status)));
    schemas.push(...parameters.flatMap(({ schema }) => schema ?? []));
    JSON.stringify(operation, (key, value) => {
      if (key === "schema") schemas.push(value);
      return value;
    });
  }
  assertSchemas(merged, schemas);
});

test("two spellings of one path are one path", () => {
  const methods = merged.paths["/v1/things/{id}"];
  assert.deepEqual(Object.keys(methods ?? {}), ["get", "put"]);
  assert.equal(dig(methods, "put", "parameters", "0", "name"), "id");
});

test("two contracts that answer the same call are refused", () => {
  assert.throws(
    () => mergeOpenapi([things, { ...things, name: "copies" }], { title: "", version: "" }),
    /both answer GET \/v1\/things/,
  );
});

test("a named schema is described once, two of one name are told apart", () => {
  assert.deepEqual(Object.keys(merged.components["schemas"] ?? {}), ["Problem", "Thing", "others.Thing"]);
  const answer = merged.paths["/v1/things/{id}"]?.["get"]?.["responses"] as Record<
    string,
    { content: Record<string, unknown> }
  >;
  assert.deepEqual(answer["200"]?.content, { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } });
  assert.deepEqual(dig(merged, "components", "schemas", "Thing", "properties", "state"), {
    type: "string",
    enum: ["new", "old"],
  });
});

test("an operation says who may call it, with what key, and what it answers", () => {
  const put = merged.paths["/v1/things/{id}"]?.["put"];
  assert.deepEqual(put?.["x-souk-access"], ["role:editor,admin"]);
  assert.deepEqual(put?.["security"], [{ bearer: [] }]);
  const parameters = put?.["parameters"] as { name?: string; $ref?: string }[];
  assert.deepEqual(
    parameters.map(({ name, $ref }) => name ?? $ref),
    ["id", "x-token", "#/components/parameters/IdempotencyKey"],
  );
  assert.deepEqual(Object.keys(put?.["responses"] as object), ["201", "202", "4XX", "5XX"]);
  assert.equal(dig(put, "requestBody", "required"), false);
  assert.deepEqual(merged.paths["/v1/things"]?.["get"]?.["security"], [{}]);
});

test("streams, uploads and pages have their media types", () => {
  const media = (path: string, method: string, member: string) =>
    JSON.stringify(merged.paths[path]?.[method]?.[member]);
  assert.match(media("/v1/things/{id}/events", "get", "responses"), /"text\/event-stream"/);
  assert.match(media("/v1/things/import", "post", "requestBody"), /"text\/csv"/);
  assert.match(media("/docs", "get", "responses"), /"text\/html"/);
});

test("events are a channel each, with CloudEvents as messages", () => {
  const document = asyncapi([things, others], { title: "Souk", version: "1.0.0" });
  assert.equal(document.asyncapi, "3.0.0");
  assert.deepEqual(Object.keys(document.channels), ["things.made.v1", "others.gone.v1"]);
  assert.deepEqual(document.operations["things.made"]?.channel, { $ref: "#/channels/things.made.v1" });
  assertReferences(document);
  const payloads = Object.values(document.components.messages).map(
    (message) => (message as { payload: unknown }).payload,
  );
  assertSchemas(document, [...payloads, ...Object.values(document.components.schemas)]);
  assert.throws(() => asyncapi([things, things], { title: "", version: "" }), /published by two contracts/);
});
