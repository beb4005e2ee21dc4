import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { instant } from "@souk/kernel";
import { orders as ordersContract } from "@souk/orders/contract";
import { fakeClock, passingTime, passingTimeFor, sequentialIds, startForTest } from "@souk/testing";
import { users } from "@souk/users/contract";
import { shipping } from "./contract.ts";
import { consignmentTable } from "./db/consignments.ts";
import definition from "./service.ts";

const clock = fakeClock();
const { call, send, sql, origin, published, deliver } = await startForTest(definition, new URL("./", import.meta.url), {
  clock,
  env: { SOUK_CARRIER_DISPATCH_AFTER: "2s", SOUK_CARRIER_TRANSIT_AFTER: "1s", SOUK_CARRIER_DELIVER_AFTER: "1s" },
});
const newId = sequentialIds();
const orders: Principal = { kind: "service", id: "orders" };
const operator: Principal = { kind: "user", id: newId(), roles: ["operator"], sessionId: "s" };
const address = { name: "A", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" };

async function confirm(method: "express" | "pickup", customerId: string | null = null): Promise<string> {
  const orderId = newId();
  const data = {
    ...{ orderId, customerId, number: "00000-00001", email: "a@example.com", currency: "EUR" },
    lines: [{ sku: "CUP", title: "Cup", quantity: 2, unitAmount: 450, weightGrams: 300 }],
    totals: { subtotal: 900, discount: 0, shipping: 0, tax: 0, total: 900 },
    ...{ shippingMethod: method, shippingAddress: address },
  };
  await deliver(ordersContract.events.confirmed, { id: newId(), subject: orderId, sequence: 2, data });
  return orderId;
}
async function numberOf(orderId: string): Promise<string> {
  const { parcels } = await call("shipments", { params: { orderId } }, { as: operator });
  return parcels[0]?.trackingNumber ?? assert.fail("it has no parcel");
}
const statusOf = async (orderId: string) =>
  (await call("track", { params: { trackingNumber: await numberOf(orderId) } })).status;
const collect = async (orderId: string, as?: Principal) =>
  send("collect", { params: { trackingNumber: await numberOf(orderId) } }, as ? { as } : {});
const cancel = (orderId: string) => send("cancel", { params: { orderId } }, { as: orders });
const toldOf = async (orderId: string) =>
  [...(await published(shipping.events.dispatched)), ...(await published(shipping.events.delivered))].filter(
    ({ data }) => data.orderId === orderId,
  );
const until = (done: () => Promise<boolean>) => passingTime(clock, done, { what: "what it waits for" });
const addressOf = async (orderId: string) =>
  (await call("shipments", { params: { orderId } }, { as: operator })).address;

test("what is picked up waits until somebody says that it was", async () => {
  const [pickup, sent] = [await confirm("pickup"), await confirm("express")];
  await until(async () => (await statusOf(sent)) === "delivered"); // by now the carrier would have brought the other one too
  const page = async () => (await fetch(`${origin}/track/${await numberOf(pickup)}`)).text();
  assert.equal(await statusOf(pickup), "created");
  assert.match(await page(), /<h1>Ready to be picked up<\/h1>/);
  assert.equal((await collect(pickup)).status, 401);
  assert.equal((await collect(sent, operator)).status, 409);
  for (let i = 0; i < 2; i++) assert.equal((await collect(pickup, operator)).status, 200);
  assert.equal(await statusOf(pickup), "delivered");
  assert.deepEqual(
    (await toldOf(pickup)).map(({ type, data }) => [type, "collected" in data]),
    [
      ["shipping.dispatched.v1", true],
      ["shipping.delivered.v1", false],
    ],
  );
  assert.match(await page(), /<h1>Picked up<\/h1><ol><li>Ready to be picked up [^\n]*<li>Picked up /);
  assert.doesNotMatch(await page(), /On its way|left our warehouse/);
  assert.equal((await cancel(pickup)).status, 409);
});

test("what was cancelled is not handed over, and whoever would do it is told", async () => {
  const orderId = await confirm("pickup");
  assert.equal((await cancel(orderId)).status, 200);
  const { status, body } = await collect(orderId, operator);
  const { error } = body as { error: { code: string; message: string } }; // as: a problem
  assert.deepEqual([status, error.code], [409, "shipping.not_to_hand_over"]);
  assert.match(error.message, /is cancelled: keep it here/);
  assert.deepEqual(await toldOf(orderId), []);
});

test("of somebody who picks up and somebody who cancels at once one is refused", async () => {
  for (let i = 0; i < 5; i++) {
    const orderId = await confirm("pickup");
    const both: Promise<readonly { status: number }[]> = Promise.all([collect(orderId, operator), cancel(orderId)]);
    const answers = await passingTimeFor(clock, both, { what: "both answers" });
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409]);
    assert.equal(await statusOf(orderId), answers[0]?.status === 200 ? "delivered" : "cancelled");
  }
});

test("what waits to be picked up needs no address: an erasure does not wait for whoever never comes", async () => {
  const userId = newId();
  const orderId = await confirm("pickup", userId);
  const request = { erasureId: newId(), userId, addressDigests: [] };
  await deliver(users.events.erasureRequested, { id: newId(), subject: userId, sequence: 1, data: request });
  assert.deepEqual(
    (await published(shipping.events.erased)).map(({ data }) => [data.state, data.erased]),
    [["done", { addresses: 1 }]],
  );
  assert.equal(await addressOf(orderId), null);
  assert.equal((await collect(orderId, operator)).status, 200, "and it is handed over all the same");
});

test("nor is its address kept for as long as it waits", async () => {
  const [pickup, sent] = [await confirm("pickup"), await confirm("express")];
  const forgotten = await consignmentTable(sql).arrivedBefore(instant(clock.now() + 1), 1_000);
  const isForgotten = (orderId: string) => forgotten.some((one) => one.orderId === orderId);
  assert.deepEqual([isForgotten(pickup), isForgotten(sent)], [true, false]);
});
