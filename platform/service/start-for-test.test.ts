import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock, fakeNeighbours, startForTest } from "@souk/testing";
import { sample } from "./testdata/sample/contract.ts";
import definition from "./testdata/sample/service.ts";

const directory = new URL("testdata/sample/", import.meta.url);
const stamped: string[] = [];
const neighbours = fakeNeighbours(definition.calls, {
  sample: {
    stamp: ({ params }) => {
      stamped.push(params.id);
      return {};
    },
  },
});
const service = await startForTest(definition, directory, { neighbours, env: { SOUK_GREETING: "welcome" } });
const { call, send, published, deliver } = service;
const operator = { kind: "user", id: "o", roles: ["operator"], sessionId: "s" } as const;
const body = { text: "home" };

test("a test calls a service by its contract, as whomever it likes", async () => {
  const note = await call("write", { body }, { key: "0123456789abcdef" });
  assert.equal(note.text, "welcome home");
  assert.deepEqual(await call("read", { params: { id: note.id } }), note);
  assert.deepEqual(await call("count", {}, { as: operator }), { notes: 1 });
  assert.equal(
    (await send("stamp", { params: { id: note.id } }, { as: { kind: "service", id: "sample" } })).status,
    200,
  );
});

test("a refusal is thrown with its code and status", async () => {
  await assert.rejects(call("count"), { code: "unauthenticated", status: 401 });
  await assert.rejects(call("count", {}, { as: { ...operator, roles: [] } }), {
    code: "permission_denied",
    status: 403,
  });
  await assert.rejects(call("read", { params: { id: "00000000-0000-7000-8000-000000000000" } }), {
    code: "sample.not_found",
  });
});

test("what it publishes can be read at once", async () => {
  const { id, text } = await call("write", { body }, { key: "published-0123456" });
  const event = (await published(sample.events.written)).find(({ subject }) => subject === id);
  assert.deepEqual(
    [event?.type, event?.source, event?.sequence, event?.data],
    ["sample.written.v1", "sample", 1, { text }],
  );
});

test("an event is delivered and handled before the test goes on, a copy has no effect", async () => {
  const { id: subject } = await call("write", { body }, { key: "delivered-0123456" });
  const fact = { subject, data: { text: "x" } };
  const id = await deliver(sample.events.written, fact);
  await deliver(sample.events.written, { ...fact, id });
  assert.equal((await call("read", { params: { id: subject } })).echoes, 1);
});

test("a handler that fails fails the delivery", async () => {
  const fact = { subject: "not-a-uuid", data: { text: "x" } };
  await assert.rejects(deliver(sample.events.written, fact), /handling sample\.written\.v1 failed: .*22P02/);
});

test("sagas run against the fake neighbours", async () => {
  const before = stamped.length;
  const { id } = await call("write", { body }, { key: "saga-0123456789ab" });
  while (!stamped.slice(before).includes(id)) await call("read", { params: { id } });
  assert.equal(neighbours.sample.callsOf("stamp").at(-1)?.idempotencyKey, `${id}:stamp`);
});

test("time stands still when the test gives the clock", async () => {
  const clock = fakeClock("2031-02-03T04:05:06.000Z");
  const { call, published } = await startForTest(definition, directory, { neighbours, clock });
  await call("write", { body }, { key: "0123456789abcdef" });
  const [event] = await published();
  assert.equal(event?.time, "2031-02-03T04:05:06.000Z");
});
