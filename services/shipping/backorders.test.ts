import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { orders as ordersContract } from "@souk/orders/contract";
import { fakeClock, sequentialIds, startForTest } from "@souk/testing";
import { users } from "@souk/users/contract";
import { shipping } from "./contract.ts";
import definition from "./service.ts";

const clock = fakeClock();
const { call, send, sql, published, deliver } = await startForTest(definition, new URL("./", import.meta.url), {
  clock,
});
const newId = sequentialIds();
const operator: Principal = { kind: "user", id: newId(), roles: ["operator"], sessionId: "s" };

type Units = { sku: string; quantity: number };
type Method = "express" | "pickup";
const confirm = (
  orderId: string,
  backordered?: Units[],
  customerId: string | null = null,
  shippingMethod: Method = "express",
) =>
  deliver(ordersContract.events.confirmed, {
    id: newId(),
    subject: orderId,
    sequence: 2,
    data: {
      ...{ orderId, customerId, number: "00000-00001", email: "a@example.com", currency: "EUR" },
      lines: [
        { sku: "CUP", title: "Cup", quantity: 3, unitAmount: 450, weightGrams: 300 },
        { sku: "POT", title: "Pot", quantity: 1, unitAmount: 2_500, weightGrams: 900 },
      ],
      totals: { subtotal: 3_850, discount: 0, shipping: 490, tax: 0, total: 4_340 },
      shippingMethod,
      shippingAddress: { name: "A", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" },
      ...(backordered && { backordered }),
    },
  });
const comes = (
  orderId: string,
  { sku, quantity }: Units,
  sequence: number,
  { id = newId(), shippingMethod = "express" as Method } = {},
) =>
  deliver(ordersContract.events.backorderFilled, {
    ...{ id, subject: orderId, sequence },
    data: {
      ...{ orderId, number: "00000-00001", shippingMethod, outstanding: 0 },
      lines: [{ sku, title: sku, quantity, weightGrams: 300 }],
    },
  });
const cancel = (orderId: string) => send("cancel", { params: { orderId } }, { as: { kind: "service", id: "orders" } });
const parcelsOf = async (orderId: string) =>
  (
    await sql<{ lines: Units[]; method: string; weight: number; status: string }>`
      select lines, method, weight_grams as weight, status from shipments where order_id = ${orderId} order by weight_grams desc`
  ).map(({ lines, method, weight, status }) => ({
    ...{ method, weight, status },
    holds: lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(" + "),
  }));
const created = { method: "express", status: "created" };

test("what is in stock leaves at once, and the rest in parcels of its own when it has come", async () => {
  const orderId = newId();
  await confirm(orderId, [{ sku: "CUP", quantity: 2 }]);
  const first = { ...created, holds: "1 CUP + 1 POT", weight: 1_200 };
  assert.deepEqual(await parcelsOf(orderId), [first]);
  const id = newId();
  for (let i = 0; i < 2; i++) await comes(orderId, { sku: "CUP", quantity: 1 }, 3, { id });
  await comes(orderId, { sku: "CUP", quantity: 1 }, 4);
  const later = { ...created, holds: "1 CUP", weight: 300 };
  assert.deepEqual(await parcelsOf(orderId), [first, later, later]);
});

const nothingInStock = [
  { sku: "CUP", quantity: 3 },
  { sku: "POT", quantity: 1 },
];
/** What shipping answers at once. */
async function erase(userId: string) {
  const request = { erasureId: newId(), userId, addressDigests: [] };
  await deliver(users.events.erasureRequested, { id: newId(), subject: userId, sequence: 1, data: request });
  const { state, waitingFor } =
    (await published(shipping.events.erased)).find(({ data }) => data.userId === userId)?.data ?? {};
  return [state, waitingFor];
}

test("an order of which nothing is in stock waits whole, and its address is kept as long", async () => {
  const [orderId, customerId] = [newId(), newId()];
  await confirm(orderId, nothingInStock, customerId);
  assert.deepEqual(await parcelsOf(orderId), []);
  const words = "goods that an order waits for need its address; cancel the order if they do not come";
  assert.deepEqual(await erase(customerId), ["waiting", words]);
  const { address } = await call("shipments", { params: { orderId } }, { as: operator });
  assert.equal(address?.city, "Berlin", "it is still needed");
  await comes(orderId, { sku: "POT", quantity: 1 }, 3);
  await comes(orderId, { sku: "CUP", quantity: 3 }, 4);
  assert.deepEqual((await parcelsOf(orderId)).map(({ holds }) => holds).toSorted(), ["1 POT", "3 CUP"]);
});

test("where goods are picked up that have not come yet, no erasure waits for them", async () => {
  const [orderId, customerId] = [newId(), newId()];
  await confirm(orderId, nothingInStock, customerId, "pickup");
  assert.deepEqual(await erase(customerId), ["done", undefined]);
  assert.equal((await call("shipments", { params: { orderId } }, { as: operator })).address, null);
  await comes(orderId, { sku: "POT", quantity: 1 }, 3, { shippingMethod: "pickup" });
  assert.deepEqual(await parcelsOf(orderId), [{ method: "pickup", status: "created", holds: "1 POT", weight: 300 }]);
});

test("what comes for an order that was cancelled is not sent", async () => {
  const orderId = newId();
  await confirm(orderId, [{ sku: "CUP", quantity: 2 }]);
  assert.equal((await cancel(orderId)).status, 200);
  await comes(orderId, { sku: "CUP", quantity: 2 }, 4);
  assert.deepEqual(
    (await parcelsOf(orderId)).map(({ status }) => status),
    ["cancelled"],
  );
  assert.deepEqual(await published(shipping.events.dispatched), []);
});
