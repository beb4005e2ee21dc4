import assert from "node:assert/strict";
import { test } from "node:test";
import { anyone, Body, defineContract, holder, post, service, signedIn, Text, Type } from "@souk/contract";
import { type Clock, ServiceError, systemClock } from "@souk/kernel";
import type { Db, Sql } from "@souk/postgres";
import { currentContext } from "@souk/telemetry";
import { fakeClock, testDatabase } from "@souk/testing";
import { createIdempotency, migrations } from "./idempotency.ts";
import { idempotencyStore } from "./idempotency-store.ts";
import { testServer } from "./test-server.ts";
import { answer } from "./types.ts";

const { db, sql } = await testDatabase({ sets: [migrations] });
await sql`create table effects (id bigint generated always as identity primary key, name text not null, unique_name text unique)`;

const Made = Type.Object({ id: Type.Integer(), name: Type.String(), at: Type.Optional(Type.String()) });
const contract = defineContract({
  name: "things",
  endpoints: {
    make: post("/v1/things", {
      summary: "Make",
      access: [signedIn, service("orders")],
      idempotency: "required",
      body: Body({ name: Text(40), more: Type.Optional(Type.Unknown()) }),
      status: 201,
      returns: Made,
    }),
    order: post("/v1/carts/:id/order", {
      summary: "Order",
      access: holder,
      idempotency: "required",
      params: Body({ id: Text(40) }),
      headers: Body({ "x-token": Type.Optional(Text(40)), prefer: Type.Optional(Text(40)) }),
      timeoutMs: 5_000,
      returns: Made,
    }),
    wait: post("/v1/wait", {
      summary: "Begin, and wait for how it ends",
      access: anyone,
      idempotency: "required",
      headers: Body({ "x-end": Type.Optional(Text(40)) }, { additionalProperties: true }),
      returns: Type.Object({}),
    }),
    nothing: post("/v1/nothing", {
      summary: "Nothing",
      access: anyone,
      idempotency: "required",
      returns: Type.Object({}),
    }),
  },
  events: {},
});

/** What the effect does besides being counted, by its name. */
const behaviours: Record<string, (tx: Sql) => unknown> = {
  refused: () =>
    Promise.reject(new ServiceError("things.sold_out", "failed_precondition", "Sold out.", { name: "refused" })),
  busy: () => Promise.reject(new ServiceError("things.busy", "unavailable", "Busy.")),
  bug: () => Promise.reject(new TypeError("a mistake")),
  once: (tx) => tx`insert into effects (name, unique_name) values ('once', 'only one')`,
};

/** How the next requests to wait end, after their keys were recorded. */
const ends: Error[] = [];

type Pause = { readonly reached: PromiseWithResolvers<void>; readonly go: PromiseWithResolvers<void> };
let pause: Pause | undefined;
const keysCarried: (string | undefined)[] = [];

const handlersOn = (): Parameters<typeof testServer<typeof contract>>[1] => ({
  async make({ body, once }) {
    keysCarried.push(currentContext().idempotencyKey);
    const made = await once(async (tx) => {
      const [row] = await tx<{ id: number }>`insert into effects (name) values (${body.name}) returning id`;
      await behaviours[body.name]?.(tx);
      pause?.reached.resolve();
      await pause?.go.promise;
      return { id: row?.id ?? 0, name: body.name, at: new Date(0) };
    });
    // as: a Date is text once it has been recorded, and must be from the start
    return answer(201, { ...made, at: made.at as unknown as string }, { location: `/v1/things/${made.id}` });
  },
  order: ({ params, once }) =>
    once(async (tx) => {
      const [row] = await tx<{ id: number }>`insert into effects (name) values (${params.id}) returning id`;
      return { id: row?.id ?? 0, name: params.id };
    }),
  async wait({ once }) {
    await once(async () => ({ begun: true }));
    throw ends.shift() ?? new Error("nothing was expected");
  },
  nothing: async () => ({}),
});

const replica = (clock: Clock = systemClock, on: Db = db) =>
  testServer(contract, handlersOn(), { clock, idempotency: createIdempotency(on, clock) });
const one = await replica();
const two = await replica();
const effects = async (name: string) => (await sql`select from effects where name = ${name}`).length;
const keys = async () => (await sql`select from chassis.idempotency_keys`).length;

let lastKey = 0;
const freshKey = () => `test-key-${String(++lastKey).padStart(10, "0")}`;
const make = (name: string, key: string, { on = one, token = "user~ada", body = {} } = {}) =>
  on.call("POST /v1/things", { token, headers: { "idempotency-key": key }, body: { name, ...body } });

test("a repeated request has no second effect and the same answer, byte for byte", async () => {
  const key = freshKey();
  const first = await make("a", key);
  const again = await make("a", key, { on: two });
  assert.equal(first.status, 201);
  assert.deepEqual(
    [again.status, again.text, again.headers["location"]],
    [first.status, first.text, first.headers["location"]],
  );
  assert.deepEqual([first.headers["idempotent-replayed"], again.headers["idempotent-replayed"]], [undefined, "true"]);
  assert.equal(first.json.at, "1970-01-01T00:00:00.000Z");
  assert.equal(await effects("a"), 1);
});

test("a refusal that becomes known after the key was recorded is the same document in every replay", async () => {
  const key = freshKey();
  const wait = (requestId: string, on = one) =>
    on.call("POST /v1/wait", { headers: { "idempotency-key": key, "x-request-id": requestId } });
  const refused = () => new ServiceError("things.sold_out", "failed_precondition", "Sold out.");
  ends.push(refused(), refused(), new ServiceError("things.busy", "unavailable", "Busy."));
  const first = await wait("request-one");
  const again = await wait("request-two", two);
  assert.deepEqual([first.status, first.json.error.request_id], [409, "request-one"]);
  assert.deepEqual([again.status, again.text], [first.status, first.text]);
  assert.equal(again.headers["x-request-id"], "request-two");
  assert.deepEqual([first.headers["idempotent-replayed"], again.headers["idempotent-replayed"]], [undefined, "true"]);
  const busy = await wait("request-three");
  assert.equal(busy.json.error.request_id, "request-three", "what may end otherwise is this request's own");
});

test("the order of members does not make another request, anything else does", async () => {
  const key = freshKey();
  const body = (text: string) =>
    one.call("POST /v1/things", {
      token: "user~ada",
      headers: { "idempotency-key": key, "content-type": "application/json" },
      body: text,
    });
  assert.equal((await body('{"name":"b","more":{"x":1,"y":[2]}}')).status, 201);
  assert.equal((await body('{ "more": {"y":[2],"x":1.0}, "name":"b" }')).status, 201);
  const other = await body('{"name":"b","more":{"x":1,"y":[3]}}');
  assert.deepEqual([other.status, other.json.error.code], [422, "idempotency_key_reused"]);
  assert.equal(await effects("b"), 1);
});

test("one key sent twenty times at once to two replicas is one effect and one answer", async () => {
  const key = freshKey();
  const replies = await Promise.all(Array.from({ length: 20 }, (_, n) => make("c", key, { on: n % 2 ? one : two })));
  const codes = replies.map(({ status, json }) => (status === 201 ? "201" : json.error.code));
  assert.ok(
    codes.every((code) => code === "201" || code === "idempotency_in_progress"),
    codes.join(),
  );
  assert.equal(new Set(replies.filter(({ status }) => status === 201).map(({ text }) => text)).size, 1);
  assert.equal(await effects("c"), 1);
});

test("while the first request is worked on, a second is told to come back", async () => {
  const key = freshKey();
  const held: Pause = { reached: Promise.withResolvers(), go: Promise.withResolvers() };
  pause = held;
  const first = make("d", key);
  await held.reached.promise;
  pause = undefined;
  const second = await make("d", key);
  assert.deepEqual(
    [second.status, second.json.error.code, second.headers["retry-after"]],
    [409, "idempotency_in_progress", "1"],
  );
  assert.equal((await make("other", key)).json.error.code, "idempotency_key_reused");
  held.go.resolve();
  assert.equal((await first).status, 201);
  assert.equal((await make("d", key)).text, (await first).text);
});

test("between replicas whoever commits first decides, and the other gets that answer", async () => {
  const key = freshKey();
  const held: Pause = { reached: Promise.withResolvers(), go: Promise.withResolvers() };
  pause = held;
  const slow = make("e", key);
  await held.reached.promise;
  pause = undefined;
  const quick = await make("e", key, { on: two });
  held.go.resolve();
  assert.deepEqual([quick.status, quick.headers["idempotent-replayed"]], [201, undefined]);
  assert.equal((await slow).text, quick.text);
  assert.equal((await slow).headers["idempotent-replayed"], "true");
  assert.equal(await effects("e"), 1);
});

test("a final refusal leaves no effect and is repeated byte for byte, its time and request id too", async () => {
  const key = freshKey();
  const first = await make("refused", key);
  const again = await make("refused", key, { on: two });
  assert.deepEqual([first.status, first.json.error.code], [409, "things.sold_out"]);
  assert.equal(first.headers["content-type"], "application/problem+json; charset=utf-8");
  assert.deepEqual([again.status, again.text], [first.status, first.text]);
  assert.equal(again.headers["idempotent-replayed"], "true");
  assert.equal(first.json.error.request_id, first.headers["x-request-id"]);
  assert.equal(await effects("refused"), 0);
});

for (const [name, status] of [
  ["busy", 503],
  ["bug", 500],
] as const) {
  test(`what may end otherwise (${status}) is not recorded`, async () => {
    const key = freshKey();
    const before = await keys();
    assert.equal((await make(name, key)).status, status);
    assert.equal(await keys(), before);
    const behaviour = behaviours[name];
    delete behaviours[name];
    assert.equal((await make(name, key)).status, 201);
    if (behaviour) behaviours[name] = behaviour;
  });
}

test("a request that is invalid or not allowed leaves its key free", async () => {
  const key = freshKey();
  assert.equal((await make("", key)).status, 422);
  assert.equal((await make("f", key, { token: "forged" })).status, 401);
  assert.equal((await make("f", key)).status, 201);
});

test("a repeated request that trips over its own first effect still gets the first answer", async () => {
  const key = freshKey();
  const first = await make("once", key);
  const again = await make("once", key);
  assert.deepEqual([again.status, again.text], [201, first.text]);
  const other = await make("once", freshKey());
  assert.equal(other.status, 500);
});

test("a key is its caller's own", async () => {
  const key = freshKey();
  const callers = [{ token: "user~ada" }, { token: "user~bob" }];
  for (const caller of callers) assert.equal((await make("g", key, caller)).headers["idempotent-replayed"], undefined);
  const asService = await one.call("POST /v1/things", {
    identity: "service~orders",
    headers: { "idempotency-key": key },
    body: { name: "g" },
  });
  assert.equal(asService.headers["idempotent-replayed"], undefined);
  assert.equal(await effects("g"), 3);
});

test("a stranger's key belongs to what they hold: another cart, another key", async () => {
  const key = freshKey();
  const order = (id: string, headers: Record<string, string> = {}) =>
    one.call(`POST /v1/carts/${id}/order`, { headers: { "idempotency-key": key, ...headers } });
  const first = await order("cart-1", { "x-token": "t", prefer: "wait=10" });
  assert.equal((await order("cart-2", { "x-token": "t" })).headers["idempotent-replayed"], undefined);
  const again = await order("cart-1", { "x-token": "t" });
  assert.deepEqual([again.text, again.headers["idempotent-replayed"]], [first.text, "true"]);
  // Who does not have the token learns nothing from the key.
  assert.equal((await order("cart-1")).json.error.code, "idempotency_key_reused");
});

test("calls made by the work carry a key of their own, the same for every attempt", async () => {
  const key = freshKey();
  keysCarried.length = 0;
  await make("h", key);
  await make("h", key);
  await make("h", freshKey());
  const [first, second, third] = keysCarried;
  assert.match(String(first), /^[0-9a-f-]{36}$/);
  assert.equal(second, first);
  assert.notEqual(third, first);
});

test("a route that forgets its promise fails", async () => {
  const { status } = await one.call("POST /v1/nothing", { headers: { "idempotency-key": freshKey() } });
  assert.equal(status, 500);
});

test("a commit whose answer was lost is settled by its key", async () => {
  // Commits, and then behaves as the pool does when the connection breaks before the answer: it asks `settle`.
  const lossy: Db = Object.assign((...args: Parameters<Sql>) => db(...args), {
    async tx<T>(work: Parameters<Db["tx"]>[0], options: Parameters<Db["tx"]>[1]): Promise<T> {
      await db.tx(work);
      return (await options?.settle?.(db)) as T;
    },
  }) as Db;
  const unlucky = await replica(systemClock, lossy);
  const key = freshKey();
  const { status, text } = await make("i", key, { on: unlucky });
  assert.equal(status, 201);
  assert.equal((await make("i", key)).text, text);
  assert.equal(await effects("i"), 1);
});

test("keys are forgotten after thirty days, and not before", async () => {
  const clock = fakeClock("2030-01-01T00:00:00.000Z");
  const { sweep } = createIdempotency(db, clock);
  await sweep();
  const key = { fingerprint: Buffer.alloc(32), refused: false, outcome: "", requestId: null };
  const record = (id: number, recordedAt: string) =>
    idempotencyStore.record(db, `00000000-0000-0000-0000-00000000000${id}`, { ...key, recordedAt });
  await record(1, "2030-01-01T00:00:00.000Z");
  await record(2, "2030-01-02T00:00:00.000Z");
  await clock.advance(30 * 24 * 3_600_000);
  assert.equal(await sweep(), 0);
  await clock.advance(1);
  assert.equal(await sweep(), 1);
  assert.equal(await keys(), 1);
});
