import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { orders as ordersContract } from "@souk/orders/contract";
import { fakeClock, sequentialIds, startForTest } from "@souk/testing";
import { shipping } from "./contract.ts";
import definition from "./service.ts";

const clock = fakeClock();
const { call, send, sql, published, deliver } = await startForTest(definition, new URL("./", import.meta.url), {
  clock,
  env: {
    SOUK_CARRIER_DISPATCH_AFTER: "5s",
    SOUK_CARRIER_TRANSIT_AFTER: "5s",
    SOUK_CARRIER_DELIVER_AFTER: "5s",
  },
});
const orders: Principal = { kind: "service", id: "orders" };
const newId = sequentialIds();
const address = { name: "A", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" };

const confirm = (orderId: string, id = newId()) =>
  deliver(ordersContract.events.confirmed, {
    id,
    subject: orderId,
    sequence: 2,
    data: {
      orderId,
      number: "00000-00001",
      customerId: null,
      email: "a@example.com",
      currency: "EUR",
      lines: [
        { sku: "CUP", title: "Cup", quantity: 2, unitAmount: 450, weightGrams: 300 },
        { sku: "POT", title: "Pot", quantity: 1, unitAmount: 2_500, weightGrams: 900 },
      ],
      totals: { subtotal: 3_400, discount: 0, shipping: 490, tax: 0, total: 3_890 },
      shippingMethod: "express",
      shippingAddress: address,
    },
  });
const cancel = (orderId: string) => send("cancel", { params: { orderId } }, { as: orders });

/** Lets time pass until `done`: the service's tasks look again and again by the same clock. */
async function until(done: () => Promise<boolean>) {
  for (let waited = 0; !(await done()); waited++) {
    assert.ok(waited < 200, "it never happened");
    await clock.advance(1_000);
  }
}
const shipmentsOf = (orderId: string) =>
  sql<{ trackingNumber: string; status: string }>`
    select tracking_number as "trackingNumber", status from shipments where order_id = ${orderId}`;
async function track(orderId: string) {
  const [shipment] = await shipmentsOf(orderId);
  return call("track", { params: { trackingNumber: shipment?.trackingNumber ?? "" } });
}
const arrival = (orderId: string, status: string) => until(async () => (await track(orderId)).status === status);
/** What was told of an order's parcel. */
const toldOf = async (orderId: string) =>
  [...(await published(shipping.events.dispatched)), ...(await published(shipping.events.delivered))].filter(
    ({ data }) => data.orderId === orderId,
  );

test("a quote prices every method that reaches the address, by weight and country", async () => {
  const quote = async (country: string, weightGrams: number, currency = "EUR") => {
    const lines = [{ sku: "CUP", quantity: 2, weightGrams }];
    const { methods } = await call("quote", { body: { address: { ...address, country }, lines, currency } });
    return Object.fromEntries(methods.map(({ method, price }) => [method, `${price.amount} ${price.currency}`]));
  };
  assert.deepEqual(await quote("DE", 1_000), { standard: "490 EUR", express: "990 EUR", pickup: "0 EUR" });
  assert.deepEqual(await quote("DE", 1_001), { standard: "790 EUR", express: "1590 EUR", pickup: "0 EUR" });
  assert.deepEqual(await quote("NZ", 1_000, "USD"), { standard: "1470 USD", express: "2970 USD", pickup: "0 USD" });
  assert.deepEqual(await quote("DE", 1_000_001), { pickup: "0 EUR" });
  const unweighed = { address, lines: [{ sku: "CUP", quantity: 5 }] };
  const [standard] = (await call("quote", { body: unweighed })).methods;
  assert.deepEqual(standard, { method: "standard", price: { amount: 790, currency: "EUR" }, minDays: 2, maxDays: 4 });
  await assert.rejects(quote("DE", 1_000, "JPY"), { code: "shipping.no_rate", status: 409 });
});

test("the rates are told, whole, and told again when they are replaced", async () => {
  const told = () => published(shipping.events.ratesChanged);
  await until(async () => (await told()).length === 1);
  await sql`update rate_table set version = 2, rates = '[]'`;
  await until(async () => (await told()).length === 2);
  const [first, second] = await told();
  assert.deepEqual([first?.subject, first?.sequence, first?.data.rates.length], ["rates", 1, 39]);
  assert.deepEqual([second?.sequence, second?.data.rates], [2, []]);
});

test("a confirmed order gets one shipment, whatever is told twice", async () => {
  const orderId = newId();
  const eventId = await confirm(orderId);
  await confirm(orderId, eventId);
  await confirm(orderId);
  assert.equal((await shipmentsOf(orderId)).length, 1);
  const { status, method, events, trackingNumber } = await track(orderId);
  assert.deepEqual([status, method, events.length], ["created", "express", 1]);
  assert.match(trackingNumber, /^SK[0-9A-F]{24}$/);
});

test("a parcel travels to the door, and its order's neighbours are told", async () => {
  const orderId = newId();
  await confirm(orderId);
  await arrival(orderId, "delivered");
  const { events, trackingNumber } = await track(orderId);
  assert.deepEqual(
    events.map(({ status }) => status),
    ["created", "dispatched", "in_transit", "delivered"],
  );
  const lines = [
    { sku: "CUP", quantity: 2 },
    { sku: "POT", quantity: 1 },
  ];
  const told = await toldOf(orderId);
  assert.deepEqual(
    told.map(({ type, sequence }) => [type, sequence]),
    [
      ["shipping.dispatched.v1", 1],
      ["shipping.delivered.v1", 2],
    ],
  );
  for (const { subject, data } of told) assert.deepEqual(data, { shipmentId: subject, orderId, trackingNumber, lines });
});

test("a parcel that was cancelled in time is not sent, whichever of the two was heard of first", async () => {
  const [confirmedFirst, cancelledFirst, other] = [newId(), newId(), newId()];
  await confirm(confirmedFirst);
  for (let i = 0; i < 2; i++) assert.equal((await cancel(confirmedFirst)).status, 200);
  assert.equal((await cancel(cancelledFirst)).status, 200);
  await confirm(cancelledFirst);
  await confirm(other);
  await arrival(other, "delivered"); // by now the two would have arrived
  for (const orderId of [confirmedFirst, cancelledFirst]) {
    assert.equal((await track(orderId)).status, "cancelled");
    assert.deepEqual(await toldOf(orderId), []);
  }
});

test("a parcel that has left cannot be cancelled", async () => {
  const orderId = newId();
  await confirm(orderId);
  await arrival(orderId, "dispatched");
  await assert.rejects(call("cancel", { params: { orderId } }, { as: orders }), {
    code: "shipping.already_dispatched",
    status: 409,
  });
  await arrival(orderId, "delivered");
  assert.equal((await cancel(orderId)).status, 409);
});

test("an unknown tracking number is not there; only orders cancels", async () => {
  assert.equal((await send("track", { params: { trackingNumber: "SK00000000000000" } })).status, 404);
  assert.equal((await send("track", { params: { trackingNumber: "x" } })).status, 422);
  const params = { orderId: newId() };
  assert.equal((await send("cancel", { params })).status, 401);
  assert.equal((await send("cancel", { params }, { as: { kind: "service", id: "payments" } })).status, 403);
});
