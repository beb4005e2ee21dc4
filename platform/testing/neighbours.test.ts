import assert from "node:assert/strict";
import { test } from "node:test";
import { Body, defineContract, get, post, service, Type } from "@souk/contract";
import { ServiceError } from "@souk/kernel";
import { currentContext, withContext } from "@souk/telemetry/context";
import { fakeClock } from "./clock.ts";
import { fakeNeighbours } from "./neighbours.ts";

const access = service("orders");
const stock = defineContract({
  name: "stock",
  endpoints: {
    reserve: post("/internal/reservations", {
      summary: "Reserve",
      access,
      idempotency: "required",
      body: Body({ sku: Type.String(), quantity: Type.Integer({ minimum: 1 }) }),
      returns: Type.Object({ left: Type.Integer() }),
    }),
    find: get("/internal/things/:sku", {
      summary: "Find",
      access,
      params: Body({ sku: Type.String() }),
      query: Body({ at: Type.Optional(Type.String()) }),
      returns: Type.Object({ sku: Type.String(), seen: Type.Optional(Type.String()) }),
      also: { 202: Type.Object({ looking: Type.Boolean() }) },
    }),
  },
  events: {},
});

function setUp() {
  const clock = fakeClock();
  const shelf = { left: 10 };
  const neighbours = fakeNeighbours(
    { stock },
    {
      stock: {
        reserve({ body }) {
          shelf.left -= body.quantity;
          return { left: shelf.left };
        },
      },
    },
    { clock },
  );
  const reserve = (idempotencyKey: string, quantity = 1) =>
    neighbours.clients.stock.reserve({ body: { sku: "A", quantity } }, { idempotencyKey });
  return { ...neighbours, shelf, reserve, clock };
}
const code = (expected: string) => (error: unknown) => error instanceof ServiceError && error.code === expected;

test("a fake answers as its contract says, and notes what it was asked", async () => {
  const { reserve, stock } = setUp();
  assert.deepEqual(await reserve("key-1", 3), { left: 7 });
  assert.deepEqual(stock.calls, [
    { endpoint: "reserve", input: { body: { sku: "A", quantity: 3 } }, idempotencyKey: "key-1" },
  ]);
  assert.deepEqual(stock.callsOf("find"), []);
});

test("what the contract refuses is refused as the real neighbour would", async () => {
  const { clients, stock, reserve } = setUp();
  await assert.rejects(reserve("key-1", 0), (error) => {
    assert.ok(error instanceof ServiceError);
    assert.deepEqual(
      [error.code, error.details],
      ["validation_failed", [{ field: "/quantity", message: "must be at least 1" }]],
    );
    return true;
  });
  await assert.rejects(clients.stock.reserve({ body: { sku: "A", quantity: 1 } }), code("idempotency_key_required"));
  assert.equal(stock.calls.length, 0);
});

test("a fake cannot answer what its contract does not promise", async () => {
  const answer: { current: object } = { current: { sku: 1 } };
  // Deliberately wrong: the types would not allow it.
  const fakes = { stock: { find: () => answer.current as { sku: string } } };
  const { clients } = fakeNeighbours({ stock }, fakes);
  const find = () => clients.stock.find({ params: { sku: "A" }, query: {} });
  await assert.rejects(find(), /fake stock\.find answers what its contract does not promise: \/sku must be a string/);
  answer.current = { looking: true };
  assert.deepEqual(await find(), { looking: true });
});

test("everything passes through JSON, so that what would not survive it is noticed", async () => {
  const given = { sku: "A", seen: undefined };
  // as: an optional member that is there but undefined, which other compiler options would let pass
  const { clients } = fakeNeighbours({ stock }, { stock: { find: () => given as { sku: string } } });
  assert.deepEqual(Object.keys(await clients.stock.find({ params: { sku: "A" }, query: {} })), ["sku"]);
});

test("a repeated key acts once and answers alike", async () => {
  const { reserve, shelf } = setUp();
  assert.deepEqual(await reserve("key-1"), await reserve("key-1"));
  assert.equal(shelf.left, 9);
});

test("a key that came with another request is refused", async () => {
  const { reserve, shelf } = setUp();
  await reserve("key-1", 1);
  await assert.rejects(reserve("key-1", 2), code("idempotency_key_reused"));
  assert.equal(shelf.left, 9);
});

test("a scripted failure refuses without acting, as often as it was told to", async () => {
  const { reserve, stock, shelf } = setUp();
  stock.fail("reserve").with(new ServiceError("stock.none", "failed_precondition", "none"), 2);
  await assert.rejects(reserve("key-1"), code("stock.none"));
  await assert.rejects(reserve("key-2"), code("stock.none"));
  await reserve("key-3");
  assert.equal(shelf.left, 9);
  stock.fail("reserve").with(new Error("for good"));
  await assert.rejects(reserve("key-4"), /for good/);
  stock.recover("reserve");
  await reserve("key-4");
});

test("an answer lost after acting is a time-out, and asking again finds what was done", async () => {
  const { reserve, stock, shelf } = setUp();
  stock.timeOutAfterActing("reserve", 1);
  await assert.rejects(reserve("key-1"), code("mesh.timeout"));
  assert.equal(shelf.left, 9);
  assert.deepEqual(await reserve("key-1"), { left: 9 });
});

test("a neighbour that hangs ends with the caller's time-out or signal, and has not acted", async () => {
  const { reserve, stock, shelf, clients, clock } = setUp();
  stock.hang("reserve");
  const timedOut = assert.rejects(reserve("key-1"), code("mesh.timeout"));
  await clock.advance(2_000);
  await timedOut;
  const caller = new AbortController();
  const options = { idempotencyKey: "key-2", signal: caller.signal };
  const cancelled = assert.rejects(
    clients.stock.reserve({ body: { sku: "A", quantity: 1 } }, options),
    code("mesh.cancelled"),
  );
  caller.abort();
  await cancelled;
  assert.equal(shelf.left, 10);
  assert.equal(clock.pending(), 0);
});

test("the key of the work in progress is used, and the neighbour sees nothing else of the caller's context", async () => {
  let seen: unknown;
  const fakes = {
    reserve: () => {
      seen = currentContext();
      return { left: 0 };
    },
  };
  const { clients, stock: fake } = fakeNeighbours({ stock }, { stock: fakes });
  await withContext({ idempotencyKey: "saga-1:reserve", correlationId: "c" }, () =>
    clients.stock.reserve({ body: { sku: "A", quantity: 1 } }),
  );
  assert.equal(fake.calls[0]?.idempotencyKey, "saga-1:reserve");
  assert.deepEqual(seen, {});
});

test("an endpoint without a fake says so", async () => {
  const { clients } = fakeNeighbours({ stock }, {});
  await assert.rejects(
    clients.stock.find({ params: { sku: "A" }, query: {} }),
    /stock\.find was called, but this test/,
  );
});
