import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fakeClock } from "@souk/testing";
import type { ForwardRequest } from "./index.ts";
import { failsWith, testMesh } from "./test-mesh.ts";
import { hang, json, problem, reset, testServer } from "./test-server.ts";

const get = (path: string, more: Partial<ForwardRequest> = {}): ForwardRequest => ({
  method: "GET",
  path,
  route: "/v1/things/:id",
  headers: {},
  body: null,
  idempotent: true,
  ...more,
});
const post = (body: ForwardRequest["body"], more: Partial<ForwardRequest> = {}): ForwardRequest =>
  get("/v1/things", { method: "POST", body, idempotent: false, ...more });
const big = Buffer.alloc(2 * 2 ** 20, "souk ");

test("a request is passed on and its answer passed back byte for byte", async (t) => {
  const server = await testServer(t, (response) =>
    response
      .writeHead(201, {
        "content-type": "application/json",
        "content-length": 10,
        location: "/v1/things/1",
        "set-cookie": ["a=1", "b=2"],
      })
      .end('{ "id":1 }'),
  );
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  const headers = { "content-type": "application/json", authorization: "Bearer x", accept: "application/json" };
  const answer = await mesh.forward("stock", post(Buffer.from('{ "a" : 1 }'), { headers }));
  assert.equal(server.received[0]?.body, '{ "a" : 1 }');
  assert.partialDeepStrictEqual(server.received[0]?.request.headers, headers);
  assert.equal(answer.status, 201);
  assert.equal(answer.headers["location"], "/v1/things/1");
  assert.deepEqual(answer.headers["set-cookie"], ["a=1", "b=2"]);
  assert.equal(String(answer.body), '{ "id":1 }');
});

test("what is about one connection, or what the mesh says itself, is not passed on", async (t) => {
  const server = await testServer(t, (response) =>
    response
      .writeHead(200, { connection: "x-secret", "x-secret": "1", "keep-alive": "timeout=5", "content-length": "2" })
      .end("ok"),
  );
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock: fakeClock() });
  const spoofed = {
    connection: "close, x-mine",
    "x-mine": "1",
    te: "trailers",
    host: "evil",
    "x-souk-identity": "forged",
    "x-souk-timeout-ms": "99999",
  };
  const answer = await mesh.forward("stock", get("/v1/things/1", { headers: spoofed }));
  const { headers } = server.received[0]?.request ?? {};
  assert.deepEqual(
    [headers?.["x-mine"], headers?.["te"], headers?.["x-souk-identity"], headers?.["x-souk-timeout-ms"]],
    [undefined, undefined, undefined, "2000"],
  );
  assert.notEqual(headers?.host, "evil");
  const { date, ...rest } = answer.headers;
  assert.ok(date);
  assert.deepEqual(rest, { "content-length": "2" });
});

test("refusals and failures are answers like any other", async (t) => {
  const server = await testServer(t, problem(422, { code: "stock.no" }));
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  const refusal = await mesh.forward("stock", get("/v1/things/1"));
  assert.deepEqual([refusal.status, refusal.headers["content-type"]], [422, "application/problem+json"]);
  server.respond = problem(503, { code: "overloaded" }, { "retry-after": "0" });
  const busy = await mesh.forward("stock", get("/v1/things/1"));
  assert.deepEqual([busy.status, busy.headers["retry-after"]], [503, "0"]);
  assert.match(String(busy.body), /overloaded/);
  assert.equal(server.received.length, 4); // 1, and 3 attempts
});

test("large bodies stream through in both directions", async (t) => {
  const server = await testServer(t, (response, { body }) => response.writeHead(200).end(body));
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  const answer = await mesh.forward(
    "stock",
    post(Readable.from([big.subarray(0, 1_000_000), big.subarray(1_000_000)])),
  );
  assert.ok(answer.body instanceof Readable);
  assert.ok((await buffer(answer.body)).equals(big));
  assert.partialDeepStrictEqual(mesh.state()["stock"]?.instances, [{ inFlight: 0 }]);
});

test("a small answer of known length comes as a whole, also an empty one", async (t) => {
  const server = await testServer(t, (response) => response.writeHead(204).end());
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  const { status, body } = await mesh.forward("stock", get("/v1/things/1", { method: "DELETE" }));
  assert.deepEqual([status, body], [204, Buffer.alloc(0)]);
});

test("an answer that is not used lets its connection go", async (t) => {
  const bad = await testServer(t, (response) => response.writeHead(503).write("sorry, "));
  const good = await testServer(t, (response) => json(response, 200, {}));
  const instances = [
    { instance: "stock-1", url: bad.url },
    { instance: "stock-2", url: good.url },
  ];
  const { mesh } = testMesh(t, { instances });
  assert.equal((await mesh.forward("stock", get("/v1/things/1"))).status, 200);
  assert.partialDeepStrictEqual(mesh.state()["stock"]?.instances, [{ inFlight: 0 }, { inFlight: 0 }]);
});

test("a request with a key is sent to another instance when the first one resets it; one without is not", async (t) => {
  const bad = await testServer(t, reset);
  const good = await testServer(t, (response) => json(response, 200, {}));
  const instances = [
    { instance: "stock-1", url: bad.url },
    { instance: "stock-2", url: good.url },
  ];
  const { mesh } = testMesh(t, { instances });
  assert.equal((await mesh.forward("stock", post(Buffer.from("{}"), { idempotent: true }))).status, 200);
  await assert.rejects(mesh.forward("stock", post(Buffer.from("{}"))), failsWith("mesh.unavailable"));
  assert.deepEqual([bad.received.length, good.received.length], [2, 1]);
});

test("a streamed body is never sent twice", async (t) => {
  const server = await testServer(t, reset);
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  await assert.rejects(
    mesh.forward("stock", post(Readable.from(["a,b"]), { idempotent: true })),
    failsWith("mesh.unavailable"),
  );
  assert.equal(server.received.length, 1);
});

/** A neighbour that reads an upload; `piece` resolves with the next that it gets. */
async function reader(t: TestContext) {
  let tell = (_: string) => {};
  const server = createServer((request, response) => {
    request.on("data", (chunk) => tell(String(chunk))).on("error", () => {});
    request.on("end", () => response.writeHead(200, { "content-length": 4 }).end("read"));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // as: it listens on TCP
  const piece = () =>
    new Promise<string>((resolve) => {
      tell = resolve;
    });
  return { url: `http://127.0.0.1:${port}`, piece };
}

test("an upload may take as long as its sender keeps sending, and is not held against the neighbour", async (t) => {
  const server = await reader(t);
  const clock = fakeClock();
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock });
  const upload = new PassThrough();
  const answered = mesh.forward("stock", post(upload, { idleMs: 60_000 }));
  for (let i = 0; i < 5; i++) {
    const arrived = server.piece();
    upload.write(`line ${i}`);
    assert.equal(await arrived, `line ${i}`);
    await clock.advance(40_000);
  }
  upload.end();
  assert.equal(String((await answered).body), "read");
  assert.partialDeepStrictEqual(mesh.state()["stock"], { breaker: { calls: 1, failed: 0, slow: 0 } });
});

test("an upload in which nothing moves is given up", async (t) => {
  const server = await reader(t);
  const clock = fakeClock();
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock });
  const upload = new PassThrough();
  const call = assert.rejects(mesh.forward("stock", post(upload, { idleMs: 60_000 })), failsWith("mesh.timeout"));
  const arrived = server.piece();
  upload.write("a,b");
  await arrived;
  await clock.advance(60_000);
  await call;
  assert.equal(clock.pending(), 0);
});

test("a stream of events outlives the time-out and ends when the reader hangs up", async (t) => {
  const server = await testServer(t, (response) =>
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n"),
  );
  const clock = fakeClock();
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock });
  const { body } = await mesh.forward("stock", get("/v1/things/1"));
  assert.ok(body instanceof Readable);
  await clock.advance(60_000);
  const [first] = await once(body, "data");
  assert.equal(String(first), "data: 1\n\n");
  assert.deepEqual(mesh.state()["stock"]?.bulkhead.inside, 0);
  const hungUp = once(server.received[0]?.request.socket ?? assert.fail(), "close");
  body.destroy();
  await hungUp;
  assert.equal(mesh.state()["stock"]?.instances[0]?.inFlight, 0);
});

test("closing the mesh ends a stream of events after a second", async (t) => {
  const server = await testServer(t, (response) =>
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n"),
  );
  const clock = fakeClock();
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock });
  const { body } = await mesh.forward("stock", get("/v1/things/1"));
  assert.ok(body instanceof Readable);
  const ended = assert.rejects(buffer(body));
  const closed = mesh.close();
  await clock.advance(1_000);
  await closed;
  await ended;
});

test("a stream that stalls past the deadline breaks off instead of pretending to be whole", async (t) => {
  const server = await testServer(t, (response) =>
    response.writeHead(200, { "content-type": "text/csv" }).write("a,b\n"),
  );
  const clock = fakeClock();
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock });
  const { body } = await mesh.forward("stock", get("/v1/things/1"));
  assert.ok(body instanceof Readable);
  const read = assert.rejects(buffer(body), { name: "NoAnswer" });
  await clock.advance(2_000);
  await read;
});

test("a stream whose instance dies breaks off", async (t) => {
  const server = await testServer(t, (response) => response.writeHead(200).write("half"));
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  const { body } = await mesh.forward("stock", get("/v1/things/1"));
  assert.ok(body instanceof Readable);
  const read = assert.rejects(buffer(body), { name: "NoAnswer" });
  await server.kill();
  await read;
});

test("an uploader that breaks off is not the neighbour's failure", async (t) => {
  const server = await testServer(t, hang);
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  const upload = new PassThrough();
  upload.write("a,b");
  const call = assert.rejects(mesh.forward("stock", post(upload)), failsWith("mesh.cancelled"));
  upload.destroy(new Error("connection lost"));
  await call;
  assert.partialDeepStrictEqual(mesh.state()["stock"], {
    breaker: { calls: 0 },
    instances: [{ consecutiveFailures: 0 }],
  });
});

test("neither the neighbour nor its instance is blamed for a caller who came late", async (t) => {
  const server = await testServer(t, hang);
  const clock = fakeClock();
  const { mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock });
  const blamed = async (timeoutMs: number) => {
    const asked = server.next();
    const call = assert.rejects(mesh.forward("stock", get("/v1/things/1", { timeoutMs })), failsWith("mesh.timeout"));
    await asked;
    await clock.advance(timeoutMs);
    await call;
    const { breaker, instances } = mesh.state()["stock"] ?? assert.fail();
    return [breaker.failed, instances[0]?.consecutiveFailures];
  };
  assert.deepEqual(await blamed(50), [0, 0]);
  assert.deepEqual(await blamed(200), [1, 1]);
});
