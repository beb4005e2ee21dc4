import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { anyone, Body, defineContract, get, post, Text, Type } from "@souk/contract";
import { fakeClock } from "@souk/testing";
import { request } from "undici";
import type { Forward } from "./proxy.ts";
import { testServer } from "./test-server.ts";

const edge = defineContract({ name: "edge", endpoints: {}, events: {} });
const behind = defineContract({
  name: "behind",
  endpoints: {
    make: post("/v1/things", {
      summary: "Make",
      access: anyone,
      body: Body({ name: Text(10) }),
      returns: Type.Object({}),
    }),
    look: get("/v1/things/:id", { summary: "Look", access: anyone, returns: Type.Object({}) }),
    import: post("/v1/import", {
      summary: "Import",
      access: anyone,
      upload: ["text/csv"],
      bodyLimit: 1_000_000,
      returns: Type.Object({}),
    }),
    hurried: post("/v1/hurried", {
      summary: "Import in a moment",
      access: anyone,
      upload: ["text/csv"],
      timeoutMs: 5_000,
      returns: Type.Object({}),
    }),
  },
  events: {},
});

type Passed = Parameters<Forward>[1];
async function edgeServer(service: (passed: Passed) => Promise<Buffer> = async () => Buffer.from("{}")) {
  const passed: Passed[] = [];
  const clock = fakeClock();
  const forward: Forward = async (_, one) => {
    passed.push(one);
    return { status: 200, headers: { "content-type": "application/json" }, body: await service(one) };
  };
  const guard = { limit: async () => undefined, isRevoked: () => false };
  const server = await testServer(edge, {}, { clock, forwarding: { contracts: [behind], forward, guard } });
  return { ...server, clock, passed };
}
const readIt = async ({ body }: Passed) => {
  assert.ok(body instanceof Readable);
  return Buffer.from(JSON.stringify({ bytes: (await buffer(body)).length }));
};
const json = { "content-type": "application/json" };
const csv = { "content-type": "text/csv" };
const inPieces = (bytes: number) => Readable.from([Buffer.alloc(bytes / 2), Buffer.alloc(bytes / 2)]);

test("who sends a body slowly keeps no service waiting, and is refused after ten seconds", async () => {
  const { port, clock, passed, lines } = await edgeServer();
  const socket = connect(port, "127.0.0.1");
  socket.write("POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{");
  while (clock.pending() === 0) await new Promise((resolve) => setImmediate(resolve));
  const answered = once(socket, "data");
  await clock.advance(10_000);
  assert.match(String((await answered)[0]), /^HTTP\/1.1 408 .*"code":"request_timeout"/s);
  socket.write('"name":"too late"}  ');
  const closed = once(socket, "close");
  await clock.advance(2_000);
  socket.end();
  await closed;
  assert.deepEqual([passed, lines], [[], []]);
});

test("a body in pieces is read whole before a service is asked", async () => {
  const { origin, dispatcher, passed } = await edgeServer();
  const send = (body: Readable) => request(`${origin}/v1/things`, { method: "POST", dispatcher, headers: json, body });
  assert.equal((await send(inPieces(200_000))).statusCode, 200);
  assert.equal(passed[0]?.body instanceof Buffer && passed[0].body.length, 200_000);
  assert.equal((await send(inPieces(300_000))).statusCode, 413);
  assert.equal(passed.length, 1);
});

test("an upload flows through, bounded by silence; a small one is read whole", async () => {
  const { origin, dispatcher, passed } = await edgeServer(({ body }) =>
    body instanceof Readable ? readIt({ body } as Passed) : Promise.resolve(Buffer.from("{}")),
  );
  const send = (path: string, body: Readable | Buffer) =>
    request(`${origin}${path}`, { method: "POST", dispatcher, headers: csv, body });
  assert.deepEqual(await (await send("/v1/import", inPieces(500_000))).body.json(), { bytes: 500_000 });
  assert.equal(passed[0]?.idleMs, 60_000);
  await send("/v1/import", Buffer.alloc(10));
  assert.ok(passed[1]?.body instanceof Buffer);
  await send("/v1/hurried", inPieces(10));
  assert.ok(passed[2]?.body instanceof Buffer);
  assert.deepEqual([passed[2].idleMs, passed[2].timeoutMs], [undefined, 5_000]);
});

test("an upload that grows too large is told so, whatever the service made of its end", async () => {
  const { origin, dispatcher } = await edgeServer(readIt);
  const { statusCode, body } = await request(`${origin}/v1/import`, {
    method: "POST",
    dispatcher,
    headers: csv,
    body: inPieces(1_000_002),
  });
  assert.match(await body.text(), /body_too_large/);
  assert.equal(statusCode, 413);
});

test("an address may be sent whole, as to a proxy", async () => {
  const { raw, passed } = await edgeServer();
  const ask = (target: string) =>
    raw(Buffer.from(`POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Type: text/csv\r\n\r\n`));
  assert.equal((await ask("http://shop.example/v1/import?x=1")).status, 200);
  assert.equal(passed[0]?.path, "/v1/import?x=1");
  assert.equal((await ask("http://shop.example")).status, 404);
  assert.equal((await ask("http:/v1/import")).status, 400);
});

test("a caller cannot have taken out what the edge says about them", async () => {
  const { raw, passed } = await edgeServer();
  const named = "close, X-Souk-Caller-Address ,x-souk-caller-agent, x-request-id, x-own";
  await raw(`GET /v1/things/1 HTTP/1.1\r\nHost: x\r\nUser-Agent: test\r\nX-Own: 1\r\nConnection: ${named}\r\n\r\n`);
  const { headers = {} } = passed[0] ?? {};
  assert.deepEqual(
    [headers["x-souk-caller-address"], headers["x-souk-caller-agent"], headers["x-own"], headers.connection],
    ["127.0.0.1", "test", undefined, undefined],
  );
  assert.ok(headers["x-request-id"]);
});

test("an answer without a body has the length that the service says, or none", async () => {
  let answer: Awaited<ReturnType<Forward>>;
  const guard = { limit: async () => undefined, isRevoked: () => false };
  const forwarding = { contracts: [behind], forward: async () => answer, guard };
  const { call } = await testServer(edge, {}, { forwarding });
  const lengthOf = async (line: string, status: number, length?: string) => {
    answer = { status, headers: { "content-length": length }, body: Buffer.alloc(0) };
    return (await call(line)).headers["content-length"];
  };
  assert.equal(await lengthOf("HEAD /v1/things/1", 200, "1234"), "1234");
  assert.equal(await lengthOf("GET /v1/things/1", 200, "0"), "0");
  assert.equal(await lengthOf("GET /v1/things/1", 304), undefined);
  assert.equal(await lengthOf("POST /v1/things", 204), undefined);
});
