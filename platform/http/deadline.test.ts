import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { anyone, Body, defineContract, get, post, Text, Type } from "@souk/contract";
import { ServiceError } from "@souk/kernel";
import { createLoadShedder } from "@souk/resilience";
import { fakeClock, seededChance } from "@souk/testing";
import { raw, testServer } from "./test-server.ts";

const Done = Type.Object({});
const contract = defineContract({
  name: "slow",
  endpoints: {
    wait: get("/v1/wait", { summary: "Wait", access: anyone, returns: Done }),
    act: post("/v1/act", {
      summary: "Act",
      access: anyone,
      body: Body({ name: Text(10) }),
      timeoutMs: 5_000,
      returns: Done,
    }),
    natural: post("/v1/natural", {
      summary: "Act",
      access: anyone,
      idempotency: "natural",
      timeoutMs: 60_000,
      returns: Done,
    }),
  },
  events: {},
});

/** A server whose routes begin, say so, and end when told to. */
async function slowServer(more: Parameters<typeof testServer<typeof contract>>[2] = {}) {
  const clock = fakeClock();
  const begun = Promise.withResolvers<AbortSignal>();
  const end = Promise.withResolvers<void>();
  const work = async ({ signal }: { signal: AbortSignal }) => {
    begun.resolve(signal);
    await end.promise;
    return {};
  };
  const server = await testServer(contract, { wait: work, act: work, natural: work }, { clock, ...more });
  return { ...server, clock, begun: begun.promise, end };
}

test("an answer that takes longer than the caller waits is 504, and the work is told to stop", async () => {
  const { call, clock, begun, end } = await slowServer();
  const reply = call("GET /v1/wait");
  const signal = await begun;
  await clock.advance(1_999);
  assert.equal(signal.aborted, false);
  await clock.advance(1);
  const { status, json } = await reply;
  assert.deepEqual([status, json.error.code, signal.aborted], [504, "deadline_exceeded", true]);
  end.resolve();
});

test("the caller may allow less, or more up to ten seconds", async () => {
  for (const [allowed, ms] of [
    ["50", 50],
    ["8000", 8_000],
    ["99999", 10_000],
  ] as const) {
    const { call, clock, begun, end } = await slowServer();
    const reply = call("GET /v1/wait", { headers: { "x-souk-timeout-ms": allowed } });
    const signal = await begun;
    await clock.advance(ms - 1);
    assert.equal(signal.aborted, false, allowed);
    await clock.advance(1);
    assert.equal((await reply).status, 504, allowed);
    end.resolve();
  }
});

test("an endpoint's own patience is capped too", async () => {
  const { call, clock, begun, end } = await slowServer();
  const reply = call("POST /v1/natural");
  await begun;
  await clock.advance(10_000);
  const { status, json } = await reply;
  assert.equal(status, 504);
  assert.match(json.detail, /safe to repeat/);
  end.resolve();
});

test("a change whose time ran out says that its outcome is unknown", async () => {
  const { call, clock, begun, end } = await slowServer();
  const reply = call("POST /v1/act", { body: { name: "a" } });
  await begun;
  await clock.advance(5_000);
  assert.match((await reply).json.detail, /not known: look before you repeat/);
  end.resolve();
});

test("a route that fails when nobody waits any more is heard of in the log, unless that is why it fails", async () => {
  const failures: readonly (readonly [(reason: unknown) => unknown, number])[] = [
    [(reason) => reason, 0],
    [(reason) => new Error("the query was given up", { cause: reason }), 0],
    [() => new DOMException("aborted", "AbortError"), 0],
    [() => new ServiceError("slow.gone", "not_found", "there is no such thing"), 0],
    [() => new TypeError("a mistake"), 1],
  ];
  for (const [failure, told] of failures) {
    const { call, clock, begun, end, lines } = await slowServer();
    const reply = call("GET /v1/wait");
    const signal = await begun;
    await clock.advance(2_000);
    await reply;
    end.reject(failure(signal.reason));
    await clock.advance(0);
    assert.equal(lines.length, told, String(failure));
  }
});

test("a body that does not arrive in time is 408, and its connection is closed", async () => {
  const { port, clock } = await slowServer();
  const reply = raw(
    port,
    "POST /v1/act HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{",
  );
  while (clock.pending() === 0) await clock.advance(0);
  await clock.advance(5_000);
  const { status, json } = await reply;
  assert.deepEqual([status, json.error.code], [408, "request_timeout"]);
});

test("a refused client that goes on sending is cut off after two seconds", async () => {
  const { port, clock } = await slowServer();
  const socket = connect(port, "127.0.0.1");
  socket.write("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbegin");
  const [answer] = await once(socket, "data");
  assert.match(String(answer), /^HTTP\/1.1 404/);
  const closed = once(socket, "close");
  await clock.advance(2_000);
  await closed;
});

test("a caller who hangs up takes the work off its hook", async () => {
  const { port, begun, end } = await slowServer();
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
  const signal = await begun;
  socket.destroy();
  await once(signal, "abort");
  end.resolve();
});

test("what there is no room for is refused at once and asked to come back", async () => {
  const clock = fakeClock();
  const shedder = createLoadShedder({ clock, chance: seededChance(1), lagMs: () => 1_000 });
  const { call } = await slowServer({ shedder });
  const { status, json, headers } = await call("GET /v1/wait");
  assert.deepEqual([status, json.error.code], [503, "overloaded"]);
  assert.match(String(headers["retry-after"]), /^[1-4]$/);
});

test("a place among the requests in progress is given back, whatever the outcome", async () => {
  const clock = fakeClock();
  const shedder = createLoadShedder({ clock, chance: seededChance(1), lagMs: () => 0 });
  const { call, begun, end } = await slowServer({ shedder });
  const reply = call("GET /v1/wait");
  await begun;
  assert.equal(shedder.snapshot().inside, 1);
  end.resolve();
  await reply;
  await call("POST /v1/act", { body: {} });
  await call("POST /v1/act", { body: "{", headers: { "content-type": "application/json" } });
  assert.equal(shedder.snapshot().inside, 0);
});

test("a caller who is gone before their body was read holds no place among the requests in progress", async () => {
  const clock = fakeClock();
  const shedder = createLoadShedder({ clock, chance: seededChance(1), lagMs: () => 0 });
  const asked = Promise.withResolvers<void>();
  const proved = Promise.withResolvers<{ kind: "anonymous" }>();
  const { port, app } = await slowServer({
    shedder,
    verifyUser() {
      asked.resolve();
      return proved.promise;
    },
  });
  const gone = once(app.server, "connection").then(([connection]) => once(connection, "close"));
  const socket = connect(port, "127.0.0.1");
  const head = "POST /v1/act HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\n";
  socket.write(`${head}Content-Length: 20\r\n\r\n{`);
  await asked.promise;
  socket.destroy();
  await gone;
  proved.resolve({ kind: "anonymous" });
  await clock.advance(0);
  assert.equal(shedder.snapshot().inside, 0);
});
