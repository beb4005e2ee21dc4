import assert from "node:assert/strict";
import { test } from "node:test";
import {
  anyone,
  Body,
  defineContract,
  get,
  patch,
  post,
  put,
  role,
  service,
  signedIn,
  Text,
  Type,
} from "@souk/contract";
import { ServiceError } from "@souk/kernel";
import { currentContext } from "@souk/telemetry";
import { RequestProblem } from "./problems.ts";
import { testServer } from "./test-server.ts";
import { answer } from "./types.ts";

const Thing = Type.Object({ id: Type.String(), name: Type.String(), size: Type.Optional(Type.Integer()) });
const contract = defineContract({
  name: "things",
  endpoints: {
    list: get("/v1/things", {
      summary: "List things",
      access: anyone,
      query: Body({ limit: Type.Optional(Type.Integer({ minimum: 1, default: 20 })) }),
      returns: Type.Object({ limit: Type.Integer() }),
    }),
    byId: get("/v1/things/:id", {
      summary: "Show a thing",
      access: anyone,
      params: Body({ id: Text(40) }),
      returns: Thing,
    }),
    make: post("/v1/things", {
      summary: "Make a thing",
      access: anyone,
      body: Body({ name: Text(10), size: Type.Optional(Type.Integer()) }),
      status: 201,
      also: { 202: Type.Object({ later: Type.Boolean() }) },
      returns: Thing,
    }),
    rename: patch("/v1/things/:id", {
      summary: "Rename a thing",
      access: signedIn,
      params: Body({ id: Text(40) }),
      headers: Body({ "x-note": Type.Optional(Text(5)) }),
      body: Type.Optional(Body({ name: Type.Optional(Text(10)) })),
      status: 204,
      returns: Type.Object({}),
    }),
    touch: put("/v1/things/:id/touch", {
      summary: "Touch a thing",
      access: anyone,
      params: Body({ id: Text(40) }),
      body: Body({ name: Type.Optional(Text(10)) }),
      returns: Type.Object({ body: Type.Unknown() }),
    }),
    secret: get("/internal/secret", {
      summary: "Tell",
      access: service("orders"),
      returns: Type.Object({ by: Type.String() }),
    }),
    admin: get("/v1/admin", { summary: "Admin", access: role("admin"), returns: Type.Object({}) }),
    fail: get("/v1/fail/:how", { summary: "Fail", access: anyone, params: Body({ how: Text(40) }), returns: Thing }),
    page: get("/v1/page", {
      summary: "A page",
      access: anyone,
      produces: "text/html; charset=utf-8",
      returns: Type.String(),
    }),
    context: get("/v1/context", {
      summary: "Context",
      access: anyone,
      returns: Type.Record(Type.String(), Type.Unknown()),
    }),
    practice: get("/v1/practice", {
      summary: "For development",
      access: anyone,
      developmentOnly: true,
      returns: Type.Object({}),
    }),
  },
  events: {},
});

const handlers: Parameters<typeof testServer<typeof contract>>[1] = {
  list: async ({ query }) => ({ limit: query.limit ?? 0 }),
  byId: async ({ params }) => ({ id: params.id, name: "n", secret: "never sent" }),
  make: async ({ body }) =>
    body.name === "later"
      ? answer(202, { later: true })
      : answer(201, { id: "1", name: body.name }, { location: "/v1/things/1" }),
  rename: async () => ({}),
  touch: async ({ body }) => ({ body }),
  secret: async ({ principal }) => ({ by: principal.kind }),
  admin: async () => ({}),
  async fail({ params: { how } }) {
    if (how === "known") throw new ServiceError("things.gone", "not_found", "No thing 1.", { id: "1" });
    if (how === "bug") throw new TypeError("cannot read properties of /srv/secret.ts");
    if (how === "header") return answer(200, { id: "1", name: "n" }, { location: "/a\r\nset-cookie: b" });
    if (how === "status") return answer(299, { id: "1", name: "n" });
    // as: a row that lacks what the contract promises
    if (how === "shape") return { id: "1" } as { id: string; name: string };
    return { id: "1", name: "n" };
  },
  page: async () => "<p>hello</p>",
  async context({ remainingMs }) {
    const { traceparent, correlationId, deadlineAt, signal } = currentContext();
    return {
      traceparent,
      correlationId,
      hasDeadline: deadlineAt !== undefined,
      aborted: signal?.aborted,
      remainingMs: remainingMs(),
    };
  },
  practice: async () => ({}),
};
const { call, lines } = await testServer(contract, handlers);

test("an answer has the declared status, the declared members only, and says what it answers", async () => {
  const { status, headers, json } = await call("GET /v1/things/a%20b");
  assert.equal(status, 200);
  assert.deepEqual(json, { id: "a b", name: "n" });
  assert.equal(headers["content-type"], "application/json; charset=utf-8");
  assert.match(String(headers["x-request-id"]), /^00000000-0000-7000-8000-/);
  assert.match(String(headers["traceparent"]), /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["server"], undefined);
});

test("a route may answer another status that the contract has, with headers", async () => {
  const made = await call("POST /v1/things", { body: { name: "x" } });
  assert.deepEqual(
    [made.status, made.headers["location"], made.headers["cache-control"]],
    [201, "/v1/things/1", "no-store"],
  );
  assert.deepEqual((await call("POST /v1/things", { body: { name: "later" } })).json, { later: true });
});

test("an answer without a body has none", async () => {
  const { status, text, headers } = await call("PATCH /v1/things/1", { token: "user~ada" });
  assert.deepEqual([status, text, headers["content-type"], headers["content-length"]], [204, "", undefined, undefined]);
});

test("a body may be left out where the contract says so, and nowhere else", async () => {
  assert.equal((await call("PATCH /v1/things/1", { token: "user~ada" })).status, 204);
  assert.deepEqual((await call("PUT /v1/things/1/touch", { body: {} })).json, { body: {} });
  for (const line of ["POST /v1/things", "PUT /v1/things/1/touch"]) {
    const { status, json } = await call(line);
    assert.deepEqual([status, json.error.code], [422, "body_missing"], line);
  }
});

test("defaults of the query apply", async () => {
  assert.deepEqual((await call("GET /v1/things")).json, { limit: 20 });
  assert.deepEqual((await call("GET /v1/things?limit=3")).json, { limit: 3 });
});

test("everything that is wrong with a request is said at once, and where", async () => {
  const { status, headers, json } = await call("POST /v1/things", {
    body: { name: "far too long", size: "1", colour: "red" },
  });
  assert.equal(status, 422);
  assert.equal(headers["content-type"], "application/problem+json; charset=utf-8");
  assert.equal(json.error.code, "validation_failed");
  assert.deepEqual(
    json.error.details.toSorted((a: { field: string }, b: { field: string }) => (a.field < b.field ? -1 : 1)),
    [
      { field: "/colour", message: "unknown property" },
      { field: "/name", message: "must have at most 10 characters" },
      { field: "/size", message: "must be a whole number" },
    ],
  );
});

test("errors outside the body say which part they are in", async () => {
  const { json } = await call("GET /v1/things?limit=0&nope=1");
  assert.deepEqual(json.error.details, [
    { field: "/nope", message: "unknown property", in: "query" },
    { field: "/limit", message: "must be at least 1", in: "query" },
  ]);
  const long = await call("PATCH /v1/things/1", { token: "user~ada", headers: { "x-note": "too long" } });
  assert.deepEqual(long.json.error.details, [
    { field: "/x-note", message: "must have at most 5 characters", in: "headers" },
  ]);
});

test("a service's refusal is its status, code and words", async () => {
  const { status, json } = await call("GET /v1/fail/known");
  assert.equal(status, 404);
  assert.deepEqual([json.type, json.title, json.instance], ["/docs/errors#things.gone", "Gone", "/v1/fail/known"]);
  assert.deepEqual([json.error.code, json.error.message, json.error.data], ["things.gone", "No thing 1.", { id: "1" }]);
});

for (const how of ["bug", "status", "shape", "header"]) {
  test(`a mistake of ours (${how}) is recorded with its cause and shown without it`, async () => {
    lines.length = 0;
    const { status, json, text, headers } = await call(`GET /v1/fail/${how}`);
    assert.deepEqual([status, json.error.code], [500, "internal"]);
    assert.doesNotMatch(text, /TypeError|srv|299|required/);
    const [line] = lines;
    assert.ok(line?.fields?.["error"] instanceof Error);
    assert.equal(line.fields["requestId"], headers["x-request-id"]);
  });
}

test("access is decided before anything of the body is looked at", async () => {
  const { status, json, headers } = await call("PATCH /v1/things/1", {
    body: "{",
    headers: { "content-type": "text/plain" },
  });
  assert.deepEqual([status, json.error.code], [401, "unauthenticated"]);
  assert.equal(headers["www-authenticate"], "Bearer");
});

test("a wrong role, a wrong service and a bad token are refused", async () => {
  assert.equal((await call("GET /v1/admin", { token: "user~ada~support" })).status, 403);
  assert.equal((await call("GET /v1/admin", { token: "user~ada~support.admin" })).status, 200);
  assert.equal((await call("GET /internal/secret", { identity: "service~shipping" })).status, 403);
  assert.deepEqual((await call("GET /internal/secret", { identity: "service~orders" })).json, { by: "service" });
  const { status, headers } = await call("GET /v1/things", { token: "forged" });
  assert.deepEqual([status, headers["www-authenticate"]], [401, 'Bearer error="invalid_token"']);
});

test("when tokens cannot be checked the caller is asked to come back", async () => {
  lines.length = 0;
  const { status, headers } = await call("GET /v1/things", { token: "broken" });
  assert.equal(status, 503);
  assert.match(String(lines[0]?.fields?.["error"]), /key server/);
  assert.match(String(headers["retry-after"]), /^[123]$/);
});

test("an address that is nobody's is 404, a method that is not the address's is 405 and says which are", async () => {
  const { status, json } = await call("GET /v1/nothing");
  assert.deepEqual([status, json.error.code], [404, "route_not_found"]);
  for (const method of ["DELETE", "PUT", "PATCH", "TRACE", "PROPFIND"]) {
    const reply = await call(`${method} /v1/things`);
    assert.deepEqual([reply.status, reply.json.error.code], [405, "method_not_allowed"], method);
    assert.equal(reply.headers["allow"], "GET, POST, HEAD, OPTIONS");
  }
});

test("OPTIONS says what an address answers", async () => {
  const { status, headers, text } = await call("OPTIONS /v1/things/1");
  assert.deepEqual([status, headers["allow"], text], [204, "GET, PATCH, HEAD, OPTIONS", ""]);
  assert.equal((await call("OPTIONS /v1/nothing")).status, 404);
});

test("HEAD is GET without the body", async () => {
  const [head, got] = [await call("HEAD /v1/things/1"), await call("GET /v1/things/1")];
  assert.deepEqual([head.status, head.text], [200, ""]);
  for (const name of ["content-length", "content-type", "etag"]) assert.equal(head.headers[name], got.headers[name]);
  assert.equal((await call("HEAD /v1/nothing")).status, 404);
});

test("what a client has already is not sent again", async () => {
  const { headers } = await call("GET /v1/things/1");
  const etag = String(headers["etag"]);
  for (const known of [etag, `"x", ${etag}`, etag.replace("W/", ""), "*"]) {
    const { status, text, headers } = await call("GET /v1/things/1", { headers: { "if-none-match": known } });
    assert.deepEqual([status, text, headers["etag"], headers["content-type"]], [304, "", etag, undefined], known);
  }
  for (const other of ['"x"', etag.slice(0, -2), ""]) {
    assert.equal((await call("GET /v1/things/1", { headers: { "if-none-match": other } })).status, 200, other);
  }
  assert.notEqual((await call("GET /v1/things/2")).headers["etag"], etag);
});

test("a request id that is fit for logs is kept, any other replaced", async () => {
  const id = async (given: string) =>
    (await call("GET /v1/things", { headers: { "x-request-id": given } })).headers["x-request-id"];
  assert.equal(await id("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"), "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
  for (const bad of ["short", "x".repeat(65), "with space and more", 'a"quote-quote', "é".repeat(10)])
    assert.notEqual(await id(bad), bad);
});

test("the work knows its trace, its correlation and its deadline", async () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const { json, headers } = await call("GET /v1/context", {
    headers: { traceparent, "x-correlation-id": "c-1", "x-souk-timeout-ms": "5000" },
  });
  assert.equal(json.traceparent, headers["traceparent"]);
  assert.match(json.traceparent, /^00-4bf92f3577b34da6a3ce929d0e0e4736-/);
  assert.deepEqual([json.correlationId, json.hasDeadline, json.aborted], ["c-1", true, false]);
  assert.ok(json.remainingMs > 3_000 && json.remainingMs <= 5_000);
  const fresh = await call("GET /v1/context");
  assert.equal(fresh.json.correlationId, fresh.headers["x-request-id"]);
  assert.ok(fresh.json.remainingMs <= 2_000);
});

test("what is no JSON is sent as it is", async () => {
  const { text, headers } = await call("GET /v1/page");
  assert.deepEqual([text, headers["content-type"]], ["<p>hello</p>", "text/html; charset=utf-8"]);
});

test("the server describes itself", async () => {
  const { json, headers } = await call("GET /openapi.json");
  assert.deepEqual([json.openapi, json.info], ["3.1.1", { title: "things", version: "1.2.3" }]);
  assert.ok(json.paths["/v1/things/{id}"].get);
  const again = await call("GET /openapi.json", { headers: { "if-none-match": String(headers["etag"]) } });
  assert.equal(again.status, 304);
});

test("what is for development only is not there otherwise", async () => {
  assert.equal((await call("GET /v1/practice")).status, 200);
  const production = await testServer(contract, handlers, { development: false });
  assert.equal((await production.call("GET /v1/practice")).status, 404);
  assert.equal((await production.call("GET /openapi.json")).json.paths["/v1/practice"], undefined);
});

test("routes beside the contract have the same headers and errors", async () => {
  const nothing = defineContract({ name: "nothing", endpoints: {}, events: {} });
  const beside = await testServer(
    nothing,
    {},
    {
      prepare({ app }) {
        app.get("/livez", async () => ({ ok: true }));
        app.get("/broken", async () => {
          throw new Error("of /srv");
        });
      },
    },
  );
  const { status, json, headers } = await beside.call("GET /livez", { headers: { "x-request-id": "request-1" } });
  assert.deepEqual(
    [status, json, headers["x-request-id"], headers["cache-control"]],
    [200, { ok: true }, "request-1", "no-store"],
  );
  assert.match(String(headers["traceparent"]), /^00-/);
  const broken = await beside.call("GET /broken");
  assert.deepEqual([broken.status, broken.json.error.code], [500, "internal"]);
});

test("a server with idempotent endpoints and nowhere to record keys does not start", async () => {
  const keyed = defineContract({
    name: "keyed",
    endpoints: {
      make: post("/v1/things", { summary: "Make", access: anyone, idempotency: "required", returns: Type.Object({}) }),
    },
    events: {},
  });
  await assert.rejects(testServer(keyed, { make: async () => ({}) }), /nowhere to record/);
});

test("telemetry sees each request by its route", async () => {
  const seen: unknown[] = [];
  const observed = await testServer(contract, handlers, {
    telemetry: {
      begin: (name, { kind }) => ({
        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        set: (key, value) => void seen.push([name, kind, key, value]),
        fail: (error) =>
          void seen.push([name, error instanceof RequestProblem || error instanceof ServiceError ? error.code : error]),
        end: () => void seen.push([name, "ended"]),
      }),
      metrics: { serverCalls: (method, route) => (status) => void seen.push(["metric", method, route, status]) },
    },
  });
  await observed.call("GET /v1/things/1");
  await observed.call("GET /v1/fail/known");
  await observed.call("GET /nowhere");
  assert.deepEqual(seen, [
    ["metric", "GET", "/v1/things/:id", 200],
    ["GET /v1/things/:id", "server", "http.response.status_code", 200],
    ["GET /v1/things/:id", "ended"],
    ["metric", "GET", "/v1/fail/:how", 404],
    ["GET /v1/fail/:how", "server", "http.response.status_code", 404],
    ["GET /v1/fail/:how", "things.gone"],
    ["GET /v1/fail/:how", "ended"],
    ["metric", "_OTHER", "unmatched", 404],
    ["_OTHER unmatched", "server", "http.response.status_code", 404],
    ["_OTHER unmatched", "route_not_found"],
    ["_OTHER unmatched", "ended"],
  ]);
});

test("at level debug every request is a line without anything personal", async () => {
  const chatty = await testServer(contract, handlers, { logLevel: "debug" });
  await chatty.call("GET /v1/things/4242424242424242?limit=1");
  const [line] = chatty.lines;
  assert.equal(line?.message, "request");
  assert.deepEqual(Object.keys(line?.fields ?? {}), ["route", "status", "durationMs", "requestId"]);
  assert.equal(line?.fields?.["route"], "GET /v1/things/:id");
});
