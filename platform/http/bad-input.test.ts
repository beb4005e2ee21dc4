import assert from "node:assert/strict";
import { after, test } from "node:test";
import { anyone, Body, defineContract, get, post, Text, Type } from "@souk/contract";
import { testServer } from "./test-server.ts";

/** Whatever is wrong with a request: a problem that says what to mend, never a 5xx, and the route never runs. */
let ran = 0;
const contract = defineContract({
  name: "things",
  endpoints: {
    make: post("/v1/things", {
      summary: "Make",
      access: anyone,
      body: Body({ name: Text(10) }),
      returns: Type.Object({}),
    }),
    small: post("/v1/small", {
      summary: "Make",
      access: anyone,
      body: Type.Unknown(),
      bodyLimit: 64,
      returns: Type.Object({}),
    }),
    keyed: post("/v1/keyed", { summary: "Once", access: anyone, idempotency: "required", returns: Type.Object({}) }),
    lenient: post("/v1/lenient", {
      summary: "Make, of nothing in particular",
      access: anyone,
      headers: Body({ "x-own-token": Type.Optional(Text(20)) }, { additionalProperties: true }),
      body: Body({ name: Type.Optional(Text(10)) }),
      returns: Type.Object({}),
    }),
    upload: post("/v1/upload", { summary: "Upload", access: anyone, upload: ["text/csv"], returns: Type.Object({}) }),
    byId: get("/v1/things/:id", {
      summary: "Show",
      access: anyone,
      params: Body({ id: Text(20) }),
      query: Body({ n: Type.Optional(Type.Integer()) }),
      returns: Type.Object({}),
    }),
  },
  events: {},
});
const run = async () => {
  ran++;
  return {};
};
const { call, raw, lines } = await testServer(
  contract,
  { make: run, small: run, keyed: run, lenient: run, upload: run, byId: run },
  { idempotency: { once: () => Promise.reject(new Error("never reached")), sweep: async () => 0 } },
);
after(() => {
  assert.equal(ran, 0, "a route ran on a request that was refused");
  assert.deepEqual(lines, [], "a refusal was logged as a failure of ours");
});

const json = { "content-type": "application/json" };
const key = { "idempotency-key": "0123456789abcdef" };
const big = (bytes: number) => JSON.stringify({ name: "x".repeat(bytes) });
type Case = readonly [
  name: string,
  line: string,
  init: NonNullable<Parameters<typeof call>[1]>,
  status: number,
  code: string,
];
const cases: readonly Case[] = [
  ["half a JSON document", "POST /v1/things", { headers: json, body: '{"name":' }, 400, "malformed_json"],
  ["an unknown member", "POST /v1/things", { body: { name: "a", extra: 1 } }, 422, "validation_failed"],
  ["another type", "POST /v1/things", { body: { name: 1 } }, 422, "validation_failed"],
  ["a number as text is not coerced", "POST /v1/things", { body: { name: null } }, 422, "validation_failed"],
  ["a list instead of an object", "POST /v1/things", { body: [] }, 422, "validation_failed"],
  ["a text instead of an object", "POST /v1/things", { headers: json, body: '"x"' }, 422, "validation_failed"],
  ["a missing member", "POST /v1/things", { body: {} }, 422, "validation_failed"],
  ["no body", "POST /v1/things", { headers: json }, 422, "body_missing"],
  ["an empty body", "POST /v1/things", { headers: json, body: "" }, 422, "body_missing"],
  ["no body where all of it may be left out", "POST /v1/lenient", {}, 422, "body_missing"],
  [
    "an empty body where all of it may be left out",
    "POST /v1/lenient",
    { headers: json, body: "" },
    422,
    "body_missing",
  ],
  ["a member twice", "POST /v1/things", { headers: json, body: '{"name":"a","name":"b"}' }, 400, "malformed_json"],
  ["__proto__", "POST /v1/things", { headers: json, body: '{"name":"a","__proto__":{}}' }, 400, "malformed_json"],
  [
    "constructor",
    "POST /v1/things",
    { headers: json, body: '{"name":"a","constructor":{"prototype":{}}}' },
    400,
    "malformed_json",
  ],
  ["half a surrogate pair", "POST /v1/things", { headers: json, body: '{"name":"\\ud800"}' }, 400, "malformed_json"],
  ["NUL in a text", "POST /v1/things", { headers: json, body: '{"name":"\\u0000"}' }, 400, "malformed_json"],
  [
    "a control character in a text",
    "POST /v1/things",
    { headers: json, body: '{"name":"\\u0007"}' },
    422,
    "validation_failed",
  ],
  ["bad UTF-8", "POST /v1/things", { headers: json, body: Buffer.from([0x7b, 0xff, 0x7d]) }, 400, "malformed_json"],
  ["2^53 + 1", "POST /v1/small", { headers: json, body: "9007199254740993" }, 400, "malformed_json"],
  ["1e400", "POST /v1/small", { headers: json, body: "1e400" }, 400, "malformed_json"],
  [
    "33 levels",
    "POST /v1/things",
    { headers: json, body: `${"[".repeat(33)}${"]".repeat(33)}` },
    400,
    "malformed_json",
  ],
  ["more than 256 KiB", "POST /v1/things", { headers: json, body: big(256 * 1024) }, 413, "body_too_large"],
  [
    "exactly 256 KiB, but wrong",
    "POST /v1/things",
    { headers: json, body: big(256 * 1024 - 11) },
    422,
    "validation_failed",
  ],
  ["more than the endpoint's own limit", "POST /v1/small", { headers: json, body: big(60) }, 413, "body_too_large"],
  ["no Content-Type", "POST /v1/things", { body: '{"name":"a"}' }, 415, "unsupported_media_type"],
  [
    "text/plain",
    "POST /v1/things",
    { headers: { "content-type": "text/plain" }, body: "{}" },
    415,
    "unsupported_media_type",
  ],
  [
    "a form",
    "POST /v1/things",
    { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "name=a" },
    415,
    "unsupported_media_type",
  ],
  [
    "a multipart form",
    "POST /v1/things",
    { headers: { "content-type": "multipart/form-data; boundary=x" }, body: "--x--" },
    415,
    "unsupported_media_type",
  ],
  [
    "another charset",
    "POST /v1/things",
    { headers: { "content-type": "application/json; charset=latin1" }, body: "{}" },
    415,
    "unsupported_media_type",
  ],
  [
    "a broken media type",
    "POST /v1/things",
    { headers: { "content-type": ";;;" }, body: "{}" },
    415,
    "unsupported_media_type",
  ],
  [
    "a compressed body",
    "POST /v1/things",
    { headers: { ...json, "content-encoding": "gzip" }, body: "{}" },
    415,
    "unsupported_media_type",
  ],
  ["an upload of another type", "POST /v1/upload", { headers: json, body: "{}" }, 415, "unsupported_media_type"],
  ["an upload without a type", "POST /v1/upload", { body: "a,b" }, 415, "unsupported_media_type"],
  ["no idempotency key", "POST /v1/keyed", {}, 400, "idempotency_key_required"],
  [
    "a short idempotency key",
    "POST /v1/keyed",
    { headers: { "idempotency-key": "x".repeat(15) } },
    400,
    "idempotency_key_invalid",
  ],
  [
    "a long idempotency key",
    "POST /v1/keyed",
    { headers: { "idempotency-key": "x".repeat(256) } },
    400,
    "idempotency_key_invalid",
  ],
  [
    "a key with spaces",
    "POST /v1/keyed",
    { headers: { "idempotency-key": "0123456789 0123456789" } },
    400,
    "idempotency_key_invalid",
  ],
  [
    "a key that is not ASCII",
    "POST /v1/keyed",
    { headers: { "idempotency-key": "ü".repeat(20) } },
    400,
    "idempotency_key_invalid",
  ],
  ["a URL of more than 8 KiB", `GET /v1/things/${"a".repeat(8_200)}`, {}, 414, "url_too_long"],
  ["a long URL that leads nowhere", `GET /${"a".repeat(8_200)}`, {}, 414, "url_too_long"],
  ["a URL longer than any head may be", `GET /v1/things/${"a".repeat(40_000)}`, {}, 414, "url_too_long"],
  ["a parameter that is too long", `GET /v1/things/${"a".repeat(21)}`, {}, 422, "validation_failed"],
  ["a bad escape in the path", "GET /v1/things/%zz", {}, 400, "malformed_url"],
  ["a lonely % in the path", "GET /v1/things/%", {}, 400, "malformed_url"],
  ["bad UTF-8 in the path", "GET /v1/things/%ff", {}, 400, "malformed_url"],
  ["NUL in the path", "GET /v1/things/a%00b", {}, 400, "malformed_url"],
  ["a control character in the path", "GET /v1/things/a%07b", {}, 422, "validation_failed"],
  ["a bad escape in a path that leads nowhere", "GET /v1/%zz/x", {}, 400, "malformed_url"],
  ["a bad escape in the query", "GET /v1/things/a?n=%zz", {}, 400, "malformed_url"],
  ["a bad escape where no query is wanted", "POST /v1/things?%", { body: { name: "a" } }, 400, "malformed_url"],
  ["a parameter where no query is wanted", "POST /v1/things?page=1", { body: { name: "a" } }, 422, "validation_failed"],
  ["__proto__ where no query is wanted", "POST /v1/keyed?__proto__=1", { headers: key }, 422, "validation_failed"],
  ["NUL in the query", "GET /v1/things/a?n=%00", {}, 400, "malformed_url"],
  ["an unknown parameter", "GET /v1/things/a?m=1", {}, 422, "validation_failed"],
  ["a parameter of another type", "GET /v1/things/a?n=x", {}, 422, "validation_failed"],
  ["a parameter twice", "GET /v1/things/a?n=1&n=2", {}, 422, "validation_failed"],
  ["a path up the tree", "GET /v1/things/../../etc/passwd", {}, 404, "route_not_found"],
  ["a trailing slash", "GET /v1/things/a/", {}, 404, "route_not_found"],
  ["too little time", "GET /v1/things/a", { headers: { "x-souk-timeout-ms": "9" } }, 504, "deadline_exceeded"],
];
for (const [name, line, init, status, code] of cases) {
  test(`${name}: ${status} ${code}`, async () => {
    const reply = await call(line, init);
    assert.deepEqual([reply.status, reply.json?.error?.code], [status, code], reply.text.slice(0, 300));
    assert.equal(reply.headers["content-type"], "application/problem+json; charset=utf-8");
    assert.match(reply.json.detail, /\w{3,}.*[.!]$/, "says what to mend in a sentence");
    assert.ok(reply.json.error.request_id && reply.json.error.timestamp);
    if (code === "validation_failed") assert.match(reply.json.error.details[0].field, /^\/|^$/);
  });
}

const host = "Host: x\r\n";
const rawCases: readonly (readonly [name: string, bytes: string | Buffer, status: number, code: string])[] = [
  ["rubbish", "\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, "malformed_request"],
  ["a greeting", "EHLO shop.example\r\n\r\n", 400, "malformed_request"],
  ["an unknown method", `FETCH /v1/things/a HTTP/1.1\r\n${host}\r\n`, 400, "malformed_request"],
  ["an unknown version", `GET /v1/things/a HTTP/9.9\r\n${host}\r\n`, 400, "malformed_request"],
  ["no host", "GET /v1/things/a HTTP/1.1\r\n\r\n", 400, "malformed_request"],
  ["no host, and nothing there", "GET /nowhere HTTP/1.1\r\n\r\n", 400, "malformed_request"],
  [
    "a body that is none, for an operation that takes none",
    `GET /v1/things/a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
    400,
    "malformed_request",
  ],
  [
    "a transfer encoding that is none, for an operation that takes no body",
    `GET /v1/things/a HTTP/1.1\r\n${host}Transfer-Encoding: cow\r\n\r\n`,
    400,
    "malformed_request",
  ],
  [
    "more than a hundred headers",
    `GET /v1/things/a HTTP/1.1\r\n${host}${"a: b\r\n".repeat(120)}\r\n`,
    431,
    "headers_too_large",
  ],
  ["two hosts", `GET /v1/things/a HTTP/1.1\r\n${host}Host: y\r\n\r\n`, 400, "malformed_request"],
  ["two hosts, and nothing there", `GET /nowhere HTTP/1.1\r\n${host}${host}\r\n`, 400, "malformed_request"],
  [
    "two tokens",
    `GET /v1/things/a HTTP/1.1\r\n${host}Authorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n`,
    400,
    "malformed_request",
  ],
  [
    "two idempotency keys",
    `POST /v1/keyed HTTP/1.1\r\n${host}Idempotency-Key: 0123456789abcdef\r\nIdempotency-Key: 0123456789abcdef\r\n\r\n`,
    400,
    "malformed_request",
  ],
  [
    "two of a header that the endpoint declares",
    `POST /v1/lenient HTTP/1.1\r\n${host}X-Own-Token: a\r\nX-Own-Token: b\r\n\r\n`,
    400,
    "malformed_request",
  ],
  ["a header without a colon", `GET /v1/things/a HTTP/1.1\r\n${host}oops\r\n\r\n`, 400, "malformed_request"],
  ["a space before the colon", `GET /v1/things/a HTTP/1.1\r\n${host}a : b\r\n\r\n`, 400, "malformed_request"],
  ["NUL in a header", `GET /v1/things/a HTTP/1.1\r\n${host}a: b\0c\r\n\r\n`, 400, "malformed_request"],
  ["a bare line feed in the head", "GET /v1/things/a HTTP/1.1\nHost: x\n\n", 400, "malformed_request"],
  ["bytes above ASCII in the URL", `GET /v1/things/\xe9 HTTP/1.1\r\n${host}\r\n`, 400, "malformed_request"],
  [
    "two lengths",
    `POST /v1/things HTTP/1.1\r\n${host}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    400,
    "malformed_request",
  ],
  ["a negative length", `POST /v1/things HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`, 400, "malformed_request"],
  [
    "a length that is no number",
    `POST /v1/things HTTP/1.1\r\n${host}Content-Length: 1e3\r\n\r\n`,
    400,
    "malformed_request",
  ],
  [
    "a length beyond counting",
    `POST /v1/things HTTP/1.1\r\n${host}Content-Length: 99999999999999999999\r\n\r\n`,
    400,
    "malformed_request",
  ],
  [
    "a length and chunks",
    `POST /v1/things HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    "malformed_request",
  ],
  [
    "an unknown transfer encoding",
    `POST /v1/things HTTP/1.1\r\n${host}Transfer-Encoding: gzip\r\n\r\n`,
    400,
    "malformed_request",
  ],
  [
    "chunked, but not last",
    `POST /v1/things HTTP/1.1\r\n${host}Transfer-Encoding: chunked, gzip\r\n\r\n`,
    400,
    "malformed_request",
  ],
  [
    "a chunk of no size",
    `POST /v1/things HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n`,
    400,
    "malformed_request",
  ],
  [
    "chunks of a broken document",
    `POST /v1/things HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n`,
    400,
    "malformed_json",
  ],
  [
    "chunks without end",
    Buffer.concat([
      Buffer.from(
        `POST /v1/small HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      ),
      Buffer.from("40\r\n".concat("x".repeat(64), "\r\n").repeat(4)),
    ]),
    413,
    "body_too_large",
  ],
  [
    "an expectation that is unknown",
    `POST /v1/things HTTP/1.1\r\n${host}Expect: cake\r\n\r\n`,
    417,
    "expectation_failed",
  ],
  [
    "a body that is too large and waits to be asked for",
    `POST /v1/things HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 300000\r\n\r\n`,
    413,
    "body_too_large",
  ],
  [
    "headers without end",
    `GET /v1/things/a HTTP/1.1\r\n${host}${`a: ${"b".repeat(1_000)}\r\n`.repeat(40)}\r\n`,
    431,
    "headers_too_large",
  ],
  ["a URL without end", `GET /${"a".repeat(60_000)}`, 414, "url_too_long"],
  ["a tunnel", `CONNECT bank.example:443 HTTP/1.1\r\n${host}\r\n`, 405, "method_not_allowed"],
  ["an asterisk", `GET * HTTP/1.1\r\n${host}\r\n`, 405, "method_not_allowed"],
];
for (const [name, bytes, status, code] of rawCases) {
  test(`on the wire, ${name}: ${status} ${code}`, async () => {
    const reply = await raw(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    assert.deepEqual([reply.status, reply.json?.error?.code], [status, code], reply.text.slice(0, 300));
    assert.equal(reply.headers["content-type"], "application/problem+json; charset=utf-8");
    assert.ok(reply.headers["x-request-id"] && reply.headers["traceparent"]);
  });
}

test("a list may be spread over several headers, and a number may be of any size that is kept", async () => {
  const accept = "Accept: a/b\r\nAccept: c/d\r\n";
  const { status } = await raw(Buffer.from(`GET /v1/things/${"a".repeat(21)} HTTP/1.1\r\n${host}${accept}\r\n`));
  assert.equal(status, 422, "refused for its parameter, not for its headers");
});

test("what the body says is not said again", async () => {
  for (const body of ['{"password":"hunter2",}', "hunter2", '{"a":"hunter2', '["hunter2"}', '{"x": hunter2}'])
    assert.doesNotMatch((await call("POST /v1/things", { headers: json, body })).text, /hunter|unter2/);
});

test("no problem document has a tag in it", async () => {
  const { text } = await call("POST /v1/things", { body: { name: "a", "<script>alert(1)</script>": 1 } });
  assert.doesNotMatch(text, /</);
  assert.equal(JSON.parse(text).error.details[0].field, "/<script>alert(1)<~1script>");
});
