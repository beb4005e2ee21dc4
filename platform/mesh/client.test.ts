import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { ServiceError } from "@souk/kernel";
import { isSampled, spanIdOf, traceIdOf, withContext } from "@souk/telemetry";
import { fakeClock } from "@souk/testing";
import { failsWith, testMesh } from "./test-mesh.ts";
import { hang, json, problem, reset, testServer } from "./test-server.ts";

const SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED = SAMPLED.replace(/01$/, "00");

test("a call becomes the request that the contract describes, and its answer comes back", async (t) => {
  const server = await testServer(t, (response) => json(response, 200, { id: "ä" }));
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  assert.deepEqual(await stock.find({ params: { id: "a/b ?" }, query: { tag: ["x", "y&z"], page: 2 } }), { id: "ä" });
  const [one] = server.received;
  assert.equal(one?.request.method, "GET");
  assert.equal(one?.request.url, "/internal/things/a%2Fb%20%3F?tag=x&tag=y%26z&page=2");
  assert.equal(one?.request.headers["content-type"], undefined);
});

test("a call carries deadline, trace, correlation, idempotency key and the caller's identity", async (t) => {
  const server = await testServer(t, (response) => json(response, 200, { reserved: true }));
  const identity = { service: "orders", tokenFor: (callee: string) => `token-for-${callee}` };
  const clock = fakeClock();
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock, identity });
  const context = { traceparent: UNSAMPLED, correlationId: "req-1", idempotencyKey: "saga-1:reserve", deadlineAt: 700 };
  await withContext(context, () => stock.reserve({ body: { sku: "A" } }));
  const headers = server.received[0]?.request.headers ?? {};
  assert.equal(server.received[0]?.body, '{"sku":"A"}');
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers["x-souk-timeout-ms"], "700");
  assert.equal(headers["traceparent"], UNSAMPLED);
  assert.equal(headers["x-correlation-id"], "req-1");
  assert.equal(headers["idempotency-key"], "saga-1:reserve");
  assert.equal(headers["x-souk-identity"], "token-for-stock");
});

test("in a sampled trace the call is a span of its own, and the neighbour continues it", async (t) => {
  const server = await testServer(t, (response) => json(response, 200, { reserved: true }));
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  await withContext({ traceparent: SAMPLED }, () => stock.reserve({ body: { sku: "A" } }));
  const sent = String(server.received[0]?.request.headers["traceparent"]);
  assert.ok(isSampled(sent));
  assert.equal(traceIdOf(sent), traceIdOf(SAMPLED));
  assert.notEqual(spanIdOf(sent), spanIdOf(SAMPLED));
});

test("options go before the context", async (t) => {
  const server = await testServer(t, (response) => json(response, 200, { moved: true }));
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock: fakeClock() });
  await withContext({ idempotencyKey: "context" }, () =>
    stock.move({ body: { sku: "A" } }, { idempotencyKey: "option", timeoutMs: 300 }),
  );
  const headers = server.received[0]?.request.headers;
  assert.deepEqual([headers?.["idempotency-key"], headers?.["x-souk-timeout-ms"]], ["option", "300"]);
});

test("a neighbour's refusal is thrown as the neighbour threw it, and is no failure of its", async (t) => {
  const refusal = {
    code: "stock.not_enough",
    status: "failed_precondition",
    message: "2 of A left",
    details: [],
    data: { left: 2 },
  };
  const server = await testServer(t, problem(409, refusal));
  const { stock, mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  await assert.rejects(stock.reserve({ body: { sku: "A" } }), (error) => {
    assert.ok(error instanceof ServiceError);
    assert.deepEqual(
      [error.code, error.status, error.message],
      ["stock.not_enough", "failed_precondition", "2 of A left"],
    );
    assert.deepEqual(error.details, { left: 2 });
    return true;
  });
  assert.equal(server.received.length, 1);
  assert.partialDeepStrictEqual(mesh.state()["stock"]?.breaker, { calls: 1, failed: 0 });
});

test("a refusal in somebody else's words is understood by its status", async (t) => {
  const server = await testServer(
    t,
    problem(422, { code: "x.y", message: "no", details: [{ field: "/sku", message: "is required" }] }),
  );
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  await assert.rejects(stock.reserve({ body: { sku: "" } }), {
    code: "x.y",
    status: "invalid_argument",
    details: [{ field: "/sku", message: "is required" }],
  });
});

test("what cannot be understood is a bad answer: no problem document, malformed JSON, a redirect", async (t) => {
  const server = await testServer(t, (response) =>
    response.writeHead(404, { "content-type": "text/html" }).end("<h1>Not here</h1>"),
  );
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  await assert.rejects(stock.reserve({ body: { sku: "A" } }), failsWith("mesh.bad_answer"));
  server.respond = (response) => response.writeHead(200, { "content-type": "application/json" }).end("{");
  await assert.rejects(stock.reserve({ body: { sku: "A" } }), failsWith("mesh.bad_answer"));
  server.respond = (response) => response.writeHead(302, { location: "/" }).end();
  await assert.rejects(stock.reserve({ body: { sku: "A" } }), failsWith("mesh.bad_answer"));
});

test("an answer that is not JSON is its text", async (t) => {
  const server = await testServer(t, (response) =>
    response.writeHead(200, { "content-type": "text/plain" }).end("A-1"),
  );
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  assert.equal(await stock.label(), "A-1");
});

test("an answer without end is given up at 8 MiB", async (t) => {
  const server = await testServer(t, (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const more = () => response.writable && response.write(Buffer.alloc(2 ** 20, 32), () => more());
    more();
  });
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock: fakeClock() });
  await assert.rejects(stock.reserve({ body: { sku: "A" } }), failsWith("mesh.bad_answer"));
});

for (const status of [502, 503, 504]) {
  test(`a repeatable call that gets ${status} is answered by another instance`, async (t) => {
    const bad = await testServer(t, (response) => response.writeHead(status).end());
    const good = await testServer(t, (response) => json(response, 200, { reserved: true }));
    const instances = [
      { instance: "stock-1", url: bad.url },
      { instance: "stock-2", url: good.url },
    ];
    const { stock } = testMesh(t, { instances });
    assert.deepEqual(await stock.reserve({ body: { sku: "A" } }), { reserved: true });
    assert.deepEqual([bad.received.length, good.received.length], [1, 1]);
  });
}

test("a call that must not be repeated is sent once, whatever becomes of it", async (t) => {
  const server = await testServer(t, reset);
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  await assert.rejects(stock.move({ body: { sku: "A" } }), failsWith("mesh.unavailable"));
  assert.equal(server.received.length, 1);
  server.respond = problem(503, { code: "overloaded", message: "busy" });
  await assert.rejects(stock.move({ body: { sku: "A" } }), failsWith("mesh.unavailable"));
  assert.equal(server.received.length, 2);
});

test("with an idempotency key it is repeated, with the same key, at most three times in all", async (t) => {
  const server = await testServer(t, reset);
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  await assert.rejects(
    stock.move({ body: { sku: "A" } }, { idempotencyKey: "key-of-the-move" }),
    failsWith("mesh.unavailable"),
  );
  const keys = server.received.map(({ request }) => request.headers["idempotency-key"]);
  assert.deepEqual(keys, ["key-of-the-move", "key-of-the-move", "key-of-the-move"]);
});

test("what could not even be sent goes to another instance, repeatable or not", async (t) => {
  const alive = await testServer(t, (response) => json(response, 200, { moved: true }));
  const instances = [
    { instance: "stock-1", url: "http://127.0.0.1:1" }, // nobody listens there
    { instance: "stock-2", url: alive.url },
  ];
  const { stock } = testMesh(t, { instances });
  assert.deepEqual(await stock.move({ body: { sku: "A" } }), { moved: true });
});

test("a busy neighbour's Retry-After is waited for", async (t) => {
  const server = await testServer(
    t,
    problem(429, { code: "stock.too_fast", message: "slow down" }, { "retry-after": "1" }),
  );
  const clock = fakeClock();
  const { stock, mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock });
  const call = stock.reserve({ body: { sku: "A" } });
  await server.next();
  while (mesh.state()["stock"]?.instances[0]?.inFlight !== 0) await clock.advance(0); // until the answer is back
  server.respond = (response) => json(response, 200, { reserved: true });
  await clock.advance(999);
  assert.equal(server.received.length, 1);
  await clock.advance(1);
  assert.deepEqual(await call, { reserved: true });
  assert.partialDeepStrictEqual(
    mesh.state()["stock"]?.breaker,
    { calls: 1, slow: 0 },
    "we were slow, not the neighbour",
  );
});

test("a busy instance's Retry-After is not waited for when another one is there", async (t) => {
  const busy = await testServer(t, problem(503, { code: "overloaded", message: "busy" }, { "retry-after": "60" }));
  const idle = await testServer(t, (response) => json(response, 200, { reserved: true }));
  const instances = [
    { instance: "stock-1", url: busy.url },
    { instance: "stock-2", url: idle.url },
  ];
  const { stock } = testMesh(t, { instances });
  assert.deepEqual(await stock.reserve({ body: { sku: "A" } }), { reserved: true });
});

test("when the retries are used up, the neighbour's own words are the cause", async (t) => {
  const server = await testServer(t, problem(503, { code: "overloaded", status: "unavailable", message: "too busy" }));
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  await assert.rejects(stock.reserve({ body: { sku: "A" } }), (error) => {
    assert.ok(error instanceof ServiceError && error.cause instanceof ServiceError);
    assert.deepEqual([error.code, error.status, error.cause.code], ["mesh.unavailable", "unavailable", "overloaded"]);
    return true;
  });
  assert.equal(server.received.length, 3);
});

test("a neighbour of whom no instance is known is unavailable, and found as soon as it comes up", async (t) => {
  let instances: { instance: string; url: string }[] = [];
  const { stock } = testMesh(t, { instances: () => instances });
  for (let i = 0; i < 30; i++) {
    await assert.rejects(stock.move({ body: { sku: "A" } }), failsWith("mesh.unavailable"));
  }
  const server = await testServer(t, (response) => json(response, 200, { moved: true }));
  instances = [{ instance: "stock-1", url: server.url }];
  assert.deepEqual(await stock.move({ body: { sku: "A" } }), { moved: true });
});

test("a neighbour that hangs costs the caller its deadline and no more, and is not asked again", async (t) => {
  const server = await testServer(t, hang);
  const clock = fakeClock();
  const { stock, mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock });
  const call = assert.rejects(stock.reserve({ body: { sku: "A" } }), failsWith("mesh.timeout"));
  const { request } = await server.next();
  const hungUp = once(request.socket, "close");
  await clock.advance(2_000);
  await call;
  await hungUp;
  assert.equal(server.received.length, 1);
  assert.partialDeepStrictEqual(mesh.state()["stock"], {
    breaker: { calls: 1, failed: 1 },
    bulkhead: { inside: 0 },
    instances: [{ inFlight: 0 }],
  });
});

test("a neighbour that begins to answer and then hangs times out as well", async (t) => {
  const server = await testServer(t, (response) =>
    response.writeHead(200, { "content-type": "application/json" }).write("{"),
  );
  const clock = fakeClock();
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock });
  const call = assert.rejects(stock.reserve({ body: { sku: "A" } }), failsWith("mesh.timeout"));
  await server.next();
  await clock.advance(2_000);
  await call;
});

test("with less than 10 ms left no call is made", async (t) => {
  const server = await testServer(t, hang);
  const clock = fakeClock();
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock });
  await withContext({ deadlineAt: clock.monotonic() + 9 }, () =>
    assert.rejects(stock.reserve({ body: { sku: "A" } }), failsWith("mesh.timeout")),
  );
  assert.equal(server.received.length, 0);
});

test("who gives up is let go at once, and the neighbour learns of it", async (t) => {
  const server = await testServer(t, hang);
  const { stock, mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  const caller = new AbortController();
  const call = assert.rejects(
    stock.reserve({ body: { sku: "A" } }, { signal: caller.signal }),
    failsWith("mesh.cancelled"),
  );
  const { request } = await server.next();
  const hungUp = once(request.socket, "close");
  caller.abort();
  await call;
  await hungUp;
  assert.partialDeepStrictEqual(mesh.state()["stock"]?.breaker, { calls: 0, failed: 0 });
  await assert.rejects(stock.reserve({ body: { sku: "A" } }, { signal: caller.signal }), failsWith("mesh.cancelled"));
  assert.equal(server.received.length, 1);
});

test("who gives up for a reason in our own words hears that reason", async (t) => {
  const server = await testServer(t, hang);
  const { stock } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  const request = new AbortController();
  const call = withContext({ signal: request.signal }, () =>
    assert.rejects(stock.reserve({ body: { sku: "A" } }), failsWith("deadline_exceeded")),
  );
  await server.next();
  request.abort(new ServiceError("deadline_exceeded", "deadline_exceeded", "too late"));
  await call;
});

test("a neighbour that keeps failing is left alone, then probed", async (t) => {
  const server = await testServer(t, problem(500, { code: "internal", message: "oops" }));
  const clock = fakeClock();
  const { stock, lines } = testMesh(t, {
    instances: [{ instance: "stock-1", url: server.url }],
    clock,
    chance: () => 0.5,
  });
  const call = () => stock.reserve({ body: { sku: "A" } });
  for (let i = 0; i < 20; i++) await assert.rejects(call(), failsWith("internal"));
  await assert.rejects(call(), (error) => {
    assert.ok(error instanceof ServiceError);
    assert.deepEqual(
      [error.code, error.status, error.details],
      ["mesh.circuit_open", "unavailable", { service: "stock", retryAfterMs: 5_000 }],
    );
    return true;
  });
  assert.equal(server.received.length, 20);
  assert.ok(lines.some((line) => line.includes("the circuit to stock is open")));
  server.respond = (response) => json(response, 200, { reserved: true });
  await clock.advance(5_000);
  for (let i = 0; i < 6; i++) assert.deepEqual(await call(), { reserved: true });
});

test("an instance that keeps failing gets no more calls while another one works", async (t) => {
  const bad = await testServer(t, problem(500, { code: "internal", message: "oops" }));
  const good = await testServer(t, (response) => json(response, 200, { reserved: true }));
  const instances = [
    { instance: "stock-1", url: bad.url },
    { instance: "stock-2", url: good.url },
  ];
  const { stock, mesh } = testMesh(t, { instances }); // chance 0 draws the first of two equals
  for (let i = 0; i < 5; i++) await assert.rejects(stock.reserve({ body: { sku: "A" } }));
  for (let i = 0; i < 20; i++) await stock.reserve({ body: { sku: "A" } });
  assert.deepEqual([bad.received.length, good.received.length], [5, 20]);
  const [first] = mesh.state()["stock"]?.instances ?? [];
  assert.ok(first && first.ejectedForMs > 0);
});

test("the less busy of two instances gets the call", async (t) => {
  const busy = await testServer(t, hang);
  const idle = await testServer(t, (response) => json(response, 200, { reserved: true }));
  const instances = [
    { instance: "stock-1", url: busy.url },
    { instance: "stock-2", url: idle.url },
  ];
  const { stock } = testMesh(t, { instances });
  const caller = new AbortController();
  const hanging = assert.rejects(stock.reserve({ body: { sku: "A" } }, { signal: caller.signal }));
  await busy.next();
  for (let i = 0; i < 10; i++) await stock.reserve({ body: { sku: "A" } });
  assert.deepEqual([busy.received.length, idle.received.length], [1, 10]);
  caller.abort();
  await hanging;
});

test("a hung neighbour can hold 128 calls, 256 more wait, the rest is refused at once", async (t) => {
  const server = await testServer(t, hang);
  const { stock, mesh } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }], clock: fakeClock() });
  const caller = new AbortController();
  const calls = Array.from({ length: 384 }, () => stock.reserve({ body: { sku: "A" } }, { signal: caller.signal }));
  const ended = Promise.allSettled(calls);
  await assert.rejects(stock.reserve({ body: { sku: "A" } }), failsWith("mesh.bulkhead_full"));
  assert.deepEqual(mesh.state()["stock"]?.bulkhead, { inside: 128, waiting: 256, limit: 128 });
  caller.abort();
  await ended;
  assert.deepEqual(mesh.state()["stock"]?.bulkhead, { inside: 0, waiting: 0, limit: 128 });
});

test("an instance that was killed and came back elsewhere is found again", async (t) => {
  const before = await testServer(t, (response) => json(response, 200, { moved: true }));
  let instances = [{ instance: "stock-1", url: before.url }];
  const { stock } = testMesh(t, { instances: () => instances });
  await stock.move({ body: { sku: "A" } });
  await before.kill();
  await assert.rejects(stock.move({ body: { sku: "A" } }), failsWith("mesh.unavailable"));
  const after = await testServer(t, (response) => json(response, 200, { moved: true }));
  instances = [{ instance: "stock-1", url: after.url }];
  assert.deepEqual(await stock.move({ body: { sku: "A" } }), { moved: true });
});

test("what streams is not for the client", async (t) => {
  const { stock } = testMesh(t, { instances: [] });
  await assert.rejects(stock.watch(), /reach it with forward/);
});

test("every attempt is measured by neighbour, method and route", async (t) => {
  const server = await testServer(t, problem(503, { code: "overloaded", message: "busy" }));
  const { stock, telemetry } = testMesh(t, { instances: [{ instance: "stock-1", url: server.url }] });
  await assert.rejects(stock.find({ params: { id: "a" }, query: {} }));
  const text = await telemetry.registry.metrics();
  const labels =
    'peer_service="stock",http_request_method="GET",http_route="/internal/things/:id",http_response_status_code="503",error_type="503"';
  assert.ok(text.includes(`http_client_request_duration_seconds_count{${labels}} 3`));
  assert.match(text, /^souk_client_retries_total\{peer_service="stock"\} 2$/m);
  assert.match(text, /^souk_circuit_breaker_state\{peer_service="stock"\} 0$/m);
});
