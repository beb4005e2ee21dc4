import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  anyone,
  Body,
  defineContract,
  Email,
  get,
  Id,
  OneOf,
  Paging,
  Price,
  post,
  put,
  Sku,
  signedIn,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";
import { openapi } from "@souk/contract/openapi";
import { createServer } from "@souk/http";
import { ServiceError, systemClock } from "@souk/kernel";
import { sequentialIds } from "../clock.ts";
import {
  bytesOf,
  mistakeIn,
  type Operation,
  operationsIn,
  shellLine,
  validRequest,
  wire,
  wrongRequests,
} from "./index.ts";

const line = Body({ sku: Sku, quantity: Type.Integer({ minimum: 1, maximum: 10_000 }), price: Type.Optional(Price) });
const shapes = Body({
  id: Id,
  email: Email,
  at: Type.Optional(Timestamp),
  kind: Type.Union([OneOf("a", "b"), Type.Null(), Body({ c: Type.Literal("c"), d: Type.Number() })]),
  lines: Type.Array(line, { minItems: 1, maxItems: 3 }),
  attributes: Type.Optional(
    Type.Record(Type.String({ pattern: "^[^\\u0000-\\u001f\\u007f]{1,60}$" }), Text(200), { maxProperties: 20 }),
  ),
  any: Type.Optional(Type.Unknown()),
});
const contract = defineContract({
  name: "shapes",
  endpoints: {
    make: post("/v1/shapes/:id", {
      summary: "Make",
      access: anyone,
      params: Body({ id: Sku }),
      query: Body({
        ...Paging,
        q: Type.Optional(Text(20)),
        tag: Type.Optional(Type.Array(Type.String({ maxLength: 9 }))),
        on: Type.Optional(Type.Boolean()),
      }),
      headers: Body({ "x-own-token": Type.Optional(Type.String({ maxLength: 100 })) }, { additionalProperties: true }),
      body: shapes,
      returns: Type.Object({}),
    }),
    once: put("/v1/once/:id", {
      summary: "Make once",
      access: signedIn,
      idempotency: "required",
      params: Body({ id: Id }),
      body: Type.Optional(Body({ reason: Type.Optional(Text(200)) })),
      returns: Type.Object({}),
    }),
    list: get("/v1/shapes", { summary: "List", access: anyone, returns: Type.Object({}) }),
    import: post("/v1/import", { summary: "Import", access: anyone, upload: ["text/csv"], returns: Type.Object({}) }),
  },
  events: {},
});

const failures: unknown[] = [];
const log = { info() {}, warn() {}, error: (...line: unknown[]) => failures.push(line) };
const reached: string[] = [];
const stranger = () => new ServiceError("test.stranger", "unauthenticated", "Nobody knows this token.");
const note = (name: string) => async () => {
  reached.push(name);
  return {};
};
const server = createServer({
  contract,
  handlers: {
    make: note("make"),
    list: note("list"),
    import: note("import"),
    async once({ once }) {
      return once(async () => note("once")());
    },
  },
  service: "shapes",
  version: "1",
  // Whoever shows the token of this test is somebody.
  async verifyUser(token) {
    if (token !== "good") throw stranger();
    return { kind: "user", id: "ada", roles: [], sessionId: "s" };
  },
  verifyService: () => Promise.reject(stranger()),
  idempotency: {
    async once(_, work) {
      const value = await work(undefined as never); // as: the work of this test has no use for a transaction
      return { value, replayed: false, first: { requestId: undefined, timestamp: "2030-01-01T00:00:00.000Z" } };
    },
    sweep: async () => 0,
  },
  clock: systemClock,
  newId: sequentialIds(),
  log,
  development: true,
});
const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
const address = `http://127.0.0.1:${port}`;
const connection = wire(address);
after(() => {
  connection.close();
  return server.close();
});

const operations = operationsIn(openapi(contract, { title: "shapes", version: "1" }));
const own = ({ id }: Operation) => (id === "shapes.once" ? { authorization: "Bearer good" } : {});
const perOperation = 1_500;

for (const operation of operations) {
  test(`whatever is wrong with a request to ${operation.id} is refused, and says what`, async () => {
    const complaints: string[] = [];
    reached.length = 0;
    for (const request of wrongRequests(operation, 7, perOperation)) {
      const bytes = bytesOf(request, own(operation));
      const answer = await connection.ask(bytes);
      const mistake = mistakeIn(answer, request, bytes);
      if (reached.length > 0 && !operation.upload)
        complaints.push(`reached: ${request.name} ${answer.status} ${shellLine(bytes, address)}`);
      if (mistake) complaints.push(`${request.name} (${request.what}): ${mistake}\n${shellLine(bytes, address)}`);
    }
    assert.deepEqual(complaints.slice(0, 5), []);
    // Only the route can tell what is wrong with a file.
    assert.ok(operation.upload || reached.length === 0);
    assert.deepEqual(failures, []);
  });

  test(`a valid request to ${operation.id} is never refused`, async () => {
    for (let n = 0; n < 300; n++) {
      const request = validRequest(operation, 7, n);
      const bytes = bytesOf(request, own(operation));
      const { status, text } = await connection.ask(bytes);
      assert.equal(status, 200, `${request.name}: ${text}\n${shellLine(bytes, address)}`);
    }
  });
}

test("the same seed makes the same requests, and another seed makes others", () => {
  for (const operation of operations) {
    const all = (seed: number) =>
      Array.from(wrongRequests(operation, seed, 500), (request) => bytesOf(request).toString("latin1"));
    assert.deepEqual(all(1), all(1));
    assert.equal(new Set([...all(1), ...all(2)]).size > 900, true, `${operation.id}: two seeds say the same`);
  }
});

test("an answer that is wrong is found out", () => {
  const answered = (status: number, body: object | string, headers: Record<string, string> = {}) => ({
    status,
    headers: {
      "content-type": "application/problem+json",
      "x-request-id": "request-1",
      traceparent: "00-1-1-00",
      ...headers,
    },
    text: typeof body === "string" ? body : JSON.stringify(body),
  });
  const problem = (error: object = {}, detail = "Mend the request.") => ({
    type: "/docs/errors#malformed_json",
    title: "Malformed JSON",
    status: 400,
    detail,
    instance: "/v1/x",
    error: {
      code: "malformed_json",
      status: "invalid_argument",
      message: detail,
      details: [],
      timestamp: "2030-01-01T00:00:00.000Z",
      request_id: "request-1",
      ...error,
    },
  });
  const judged = (answer: Parameters<typeof mistakeIn>[0], more = {}) =>
    mistakeIn(answer, { expected: "refused", ...more }, Buffer.from("GET /etc/passwd.ts:7 HTTP/1.1")) ?? "well";
  assert.equal(judged(answered(400, problem())), "well");
  assert.equal(judged(answered(400, problem({}, "There is no /etc/passwd.ts:7."))), "well", "it was sent that");
  assert.match(judged(answered(500, problem())), /500/);
  assert.match(judged(answered(200, "{}")), /200/);
  assert.match(judged(answered(400, "<h1>Bad Request</h1>", { "content-type": "text/html" })), /no problem document/);
  assert.match(judged(answered(400, { title: "Bad" })), /incomplete/);
  assert.match(judged(answered(422, problem())), /incomplete/, "the document says another status");
  assert.match(judged(answered(400, problem({ request_id: "request-2" }))), /another request/);
  assert.match(judged(answered(400, problem({}, "TypeError: x is not a function"))), /tells/);
  assert.match(judged(answered(400, problem({}, "at run (/srv/main/a.ts:1:2)"))), /tells/);
  assert.match(judged(answered(400, problem({}, 'relation "carts" does not exist'))), /tells/);
  assert.match(judged(answered(400, problem({}, "connect ECONNREFUSED 127.0.0.1:5432"))), /tells/);
  assert.match(judged(answered(400, problem({}, "No <b>such</b> thing."))), /unescaped/);
  assert.match(judged(answered(400, problem({}, "x".repeat(40_000)))), /bytes for a refusal/);
  const misplaced = problem({ code: "validation_failed", details: [{ field: "/b", message: "is required" }] });
  assert.match(judged(answered(400, misplaced), { at: "/a" }), /"\/a" is not named/);
  assert.equal(judged(answered(400, misplaced), { at: "/b/0" }), "well");
});
