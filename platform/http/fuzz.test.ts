import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import {
  anyone,
  Body,
  defineContract,
  Email,
  Id,
  OneOf,
  Paging,
  Price,
  post,
  Sku,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";
import fc from "fast-check";
import { testServer } from "./test-server.ts";

const line = Body({ sku: Sku, quantity: Type.Integer({ minimum: 1 }), price: Type.Optional(Price) });
const contract = defineContract({
  name: "fuzz",
  endpoints: {
    make: post("/v1/things/:id", {
      summary: "Make",
      access: anyone,
      params: Body({ id: Text(20) }),
      query: Body({ ...Paging, q: Type.Optional(Text(20)), tag: Type.Optional(Type.Array(Type.String())) }),
      headers: Body({ "x-token": Type.Optional(Text(20)) }),
      body: Body({
        id: Id,
        email: Type.Optional(Email),
        at: Type.Optional(Timestamp),
        kind: Type.Union([OneOf("a", "b"), Type.Null(), Body({ c: Type.Literal("c"), d: Type.Number() })]),
        lines: Type.Array(line, { maxItems: 3 }),
        attributes: Type.Optional(Type.Record(Type.String(), Type.String())),
      }),
      returns: Type.Unknown(),
    }),
  },
  events: {},
});
const { call, port, lines } = await testServer(contract, {
  make: async ({ params, query, headers, body }) => ({ params, query, headers, body }),
});

const id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
const good = { id, kind: "a", lines: [{ sku: "A-1", quantity: 1 }] };
const settings = { seed: 42, numRuns: 150 };

/** A refusal that says what to mend, or a success: never a failure of ours. */
async function assertAnswered(request: string, init: Parameters<typeof call>[1]) {
  const { status, json } = await call(request, init);
  assert.ok(status === 200 || (status >= 400 && status < 500), `${status} ${JSON.stringify(json)}`);
  if (status === 200) return;
  assert.ok(json.error.code && json.detail, JSON.stringify(json));
  if (status === 422)
    assert.ok(json.error.details.length > 0 && json.error.details.every(({ message }: { message: string }) => message));
  assert.deepEqual(lines, []);
}

test("no JSON whatever makes the server fail", async () => {
  const headers = { "content-type": "application/json" };
  await fc.assert(
    fc.asyncProperty(fc.json({ maxDepth: 4 }), (body) => assertAnswered("POST /v1/things/1", { headers, body })),
    settings,
  );
});

test("no member of a good body can be anything that makes the server fail", async () => {
  const member = fc.constantFrom(...Object.keys({ ...good, email: 0, at: 0, attributes: 0, other: 0 }));
  await fc.assert(
    fc.asyncProperty(member, fc.jsonValue({ maxDepth: 3 }), (name, value) =>
      assertAnswered("POST /v1/things/1", { body: { ...good, [name]: value } }),
    ),
    settings,
  );
});

test("no bytes in a good body make the server fail", async () => {
  const text = Buffer.from(JSON.stringify(good));
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length), fc.uint8Array({ minLength: 1, maxLength: 4 }), (at, bytes) => {
      const body = Buffer.concat([text.subarray(0, at), bytes, text.subarray(at + bytes.length)]);
      return assertAnswered("POST /v1/things/1", { headers: { "content-type": "application/json" }, body });
    }),
    settings,
  );
});

test("no URL makes the server fail", async () => {
  const part = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."abc%&=+?/;:@[]\\{}|^`'1 0f.") }).map((text) => text.replaceAll(" ", "%20")),
    fc.webQueryParameters(),
  );
  await fc.assert(
    fc.asyncProperty(part, part, (path, query) => assertAnswered(`POST /v1/things/${path}?${query}`, { body: good })),
    settings,
  );
});

test("no header makes the server fail", async () => {
  const names = [
    "x-token",
    "authorization",
    "x-souk-timeout-ms",
    "if-none-match",
    "idempotency-key",
    "traceparent",
    "x-request-id",
    "accept",
    "content-type",
  ];
  const value = fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
  });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), value, (name, text) => {
      const tooLate = name === "x-souk-timeout-ms" && /^\d{1,9}$/.test(text);
      return tooLate
        ? Promise.resolve()
        : assertAnswered("POST /v1/things/1", { body: good, headers: { [name]: text } });
    }),
    settings,
  );
});

test("no bytes on the wire make the server fail or hang", async () => {
  const head = Buffer.from(
    `POST /v1/things/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(head.length - 1), fc.uint8Array({ minLength: 1, maxLength: 6 }), async (at, bytes) => {
      const answer = await exchange(Buffer.concat([head.subarray(0, at), bytes, head.subarray(at + bytes.length)]));
      assert.match(answer, /^(HTTP\/1\.1 (100|200|4\d\d) |$)/);
    }),
    settings,
  );
  assert.deepEqual(lines, []);
});

/** Sends bytes and no more; what came back when the server has closed. */
function exchange(bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(bytes));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => {}); // a reset is an answer too: "close" follows
    socket.on("close", () => resolve(text));
  });
}
