import assert from "node:assert/strict";
import { test } from "node:test";
import { anyone, defineContract, get, Type } from "@souk/contract";
import { testServer } from "./test-server.ts";
import { Written } from "./types.ts";

const contract = defineContract({
  name: "things",
  endpoints: {
    written: get("/v1/written", {
      summary: "Answer with JSON that is written already",
      access: anyone,
      returns: Type.Object({ name: Type.String() }),
    }),
    bytes: get("/v1/bytes", {
      summary: "Answer with bytes, and say what they are known by",
      access: anyone,
      returns: Type.Object({ name: Type.String() }),
    }),
    usual: get("/v1/usual", {
      summary: "Answer the same as usual",
      access: anyone,
      returns: Type.Object({ name: Type.String() }),
    }),
  },
  events: {},
});
const { call } = await testServer(contract, {
  written: async () => new Written('{"name":"Käse 🧀"}'),
  bytes: async () => new Written(Buffer.from('{"name":"Käse 🧀"}'), 'W/"cheese"'),
  usual: async () => ({ name: "Käse 🧀" }),
});

test("JSON that is written already goes out as an answer does that is written for a handler", async () => {
  const [written, usual] = [await call("GET /v1/written"), await call("GET /v1/usual")];
  assert.deepEqual(written.json, { name: "Käse 🧀" });
  for (const name of ["content-type", "content-length", "etag", "cache-control"])
    assert.equal(written.headers[name], usual.headers[name], name);
  const again = await call("GET /v1/written", { headers: { "if-none-match": String(written.headers["etag"]) } });
  assert.deepEqual([written.status, again.status, again.text], [200, 304, ""]);
});

test("it may be bytes, known by an ETag of their own", async () => {
  const [bytes, usual] = [await call("GET /v1/bytes"), await call("GET /v1/usual")];
  assert.deepEqual(bytes.json, { name: "Käse 🧀" });
  for (const name of ["content-type", "content-length", "cache-control"])
    assert.equal(bytes.headers[name], usual.headers[name], name);
  assert.equal(bytes.headers["etag"], 'W/"cheese"');
  assert.equal((await call("GET /v1/bytes", { headers: { "if-none-match": 'W/"cheese"' } })).status, 304);
});
