import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { inventory } from "@souk/inventory/contract";
import { payments } from "@souk/payments/contract";
import { products } from "@souk/products/contract";
import { addressDigest, newEnvelopeKeys, openEnvelope } from "@souk/service/personal-data";
import { shipping } from "@souk/shipping/contract";
import { fakeNeighbours, sequentialIds, startForTest } from "@souk/testing";
import { users } from "@souk/users/contract";
import { orders } from "./contract.ts";
import definition from "./service.ts";
import { settled } from "./waiting.fixture.ts";

const newId = sequentialIds();
const neighbours = fakeNeighbours(
  { inventory, payments, shipping },
  {
    inventory: {
      reserve: ({ body }) => ({ reservationId: body.orderId, status: "held" as const, expiresAt: null }),
      commit: ({ params }) => ({ reservationId: params.orderId, status: "committed" as const, expiresAt: null }),
      release: () => ({}),
    },
    payments: {
      pay({ body: { orderId, amount } }) {
        const refunded = { amount: 0, currency: amount.currency };
        return { paymentId: newId(), orderId, status: "captured" as const, amount, captured: amount, refunded };
      },
    },
  },
);
const { call, send, sql, published, deliver } = await startForTest(definition, new URL("./", import.meta.url), {
  neighbours,
});
// As the test kit makes secrets.
const key = createHash("sha256").update("SOUK_ADDRESS_KEY").digest("base64url");
const digest = addressDigest({ current: key, accepted: [key] });

await deliver(shipping.events.ratesChanged, {
  subject: "rates",
  data: { rates: [{ method: "standard", currency: "EUR", countries: ["*"], maxWeightGrams: 5_000, amount: 490 }] },
});
const productId = newId();
await deliver(products.events.changed, {
  subject: productId,
  data: {
    ...{ productId, slug: "cup", title: "Cup", description: "", status: "active", category: "K", categorySlug: "k" },
    ...{ attributes: {}, version: 1 },
    variants: [
      {
        ...{ sku: "CUP", title: "Cup", options: {}, price: { amount: 450, currency: "EUR" } },
        ...{ weightGrams: 400, taxClass: "standard" as const },
      },
    ],
  },
});

/** An order of a cup: of an account, or of a guest. */
async function order(email: string, userId?: string): Promise<string> {
  const as: { as?: Principal } = userId
    ? { as: { kind: "user", id: userId, roles: ["customer"], sessionId: "s" } }
    : {};
  const cart = await call("createCart", { body: {} }, as);
  const headers = cart.cartToken === undefined ? {} : { "x-cart-token": cart.cartToken };
  const params = { cartId: cart.id };
  await call("setItem", { params: { ...params, sku: "CUP" }, headers, body: { quantity: 1 } }, as);
  const shippingAddress = {
    name: "Anna Example",
    line1: "7 Hidden Lane",
    city: "Berlin",
    postalCode: "10115",
    country: "DE",
  };
  const body = { email, shippingAddress, shippingMethod: "standard" as const, paymentToken: "tok" };
  const [wait, key] = [{ ...headers, prefer: "wait=5" }, `key-${newId()}`];
  const answer = await settled(() => send("checkout", { params, headers: wait, body }, { ...as, key }));
  assert.equal(answer.status, 201);
  return (answer.body as { order: { id: string } }).order.id; // as: a checked-out cart's answer
}
const staff: Principal = { kind: "user", id: newId(), roles: ["support"], sessionId: "s" };
const see = (orderId: string) => call("byId", { params: { orderId }, headers: {} }, { as: staff });
const erase = (userId: string, ...addresses: string[]) =>
  deliver(users.events.erasureRequested, {
    subject: userId,
    data: { erasureId: newId(), userId, addressDigests: addresses.map(digest) },
  });
const answersTo = async (userId: string) =>
  (await published(orders.events.erased))
    .filter(({ data }) => data.userId === userId)
    .map(({ data: { state, erased } }) => [state, erased]);

test("whoever is erased is in no order any more, of their account or as a guest; the orders stay", async () => {
  const userId = newId();
  const theirs = [await order("anna@example.com", userId), await order("Anna@Example.com")];
  const [another, stranger] = [await order("anna@example.com", newId()), await order("boris@example.com")];
  await erase(userId, "anna@example.com");
  assert.deepEqual(await answersTo(userId), [["done", { orders: 2, carts: 0 }]]);
  for (const orderId of theirs) {
    const { email, shippingAddress, lines, totals, lifecycle } = await see(orderId);
    assert.deepEqual([email, shippingAddress.name, shippingAddress.line1, shippingAddress.country], ["", "", "", "DE"]);
    assert.deepEqual([lines[0]?.sku, totals.total.amount, lifecycle], ["CUP", 940, "confirmed"]);
    const [row] = await sql<{ n: number }>`
      select count(*)::integer as n from chassis.events
      where stream_id = ${orderId} and data::text ~* 'anna@example|anna example|hidden lane'`;
    assert.equal(row?.n, 0);
  }
  for (const orderId of [another, stranger]) assert.equal((await see(orderId)).shippingAddress.line1, "7 Hidden Lane");
  await erase(userId, "anna@example.com");
  assert.deepEqual((await answersTo(userId))[1], ["done", { orders: 0, carts: 0 }]);
});

test("an open cart of theirs is emptied, and nobody orders it any more", async () => {
  const userId = newId();
  const as: Principal = { kind: "user", id: userId, roles: ["customer"], sessionId: "s" };
  const { id: cartId } = await call("createCart", { body: {} }, { as });
  await call("setItem", { params: { cartId, sku: "CUP" }, headers: {}, body: { quantity: 1 } }, { as });
  await erase(userId);
  assert.deepEqual(await answersTo(userId), [["done", { orders: 0, carts: 1 }]]);
  const cart = await call("cart", { params: { cartId }, headers: {}, query: {} }, { as });
  assert.deepEqual([cart.status, cart.lines], ["abandoned", []]);
});

test("an order that is being worked on keeps its person until others were told of it", async () => {
  const userId = newId();
  const orderId = await order("cleo@example.com", userId);
  await sql`update orders set lifecycle = 'pending' where order_id = ${orderId}`;
  await erase(userId);
  assert.deepEqual(await answersTo(userId), [["waiting", { orders: 0, carts: 0 }]]);
  assert.equal((await see(orderId)).email, "cleo@example.com");
});

test("an export says what was ordered and where it went, to whoever asked", async () => {
  const userId = newId();
  await order("dora@example.com", userId);
  await order("dora@example.com");
  const pair = newEnvelopeKeys();
  const exportId = newId();
  await deliver(users.events.exportRequested, {
    subject: exportId,
    data: { exportId, userId, addressDigests: [digest("dora@example.com")], publicKey: pair.publicKey },
  });
  const [part] = (await published(orders.events.exported)).filter(({ subject }) => subject === exportId);
  const kept = JSON.parse(openEnvelope(pair, `${exportId}/1`, part?.data.sealed ?? "").toString());
  assert.deepEqual(
    kept.orders.map((one: { email: string; shippingAddress: { line1: string } }) => [
      one.email,
      one.shippingAddress.line1,
    ]),
    [
      ["dora@example.com", "7 Hidden Lane"],
      ["dora@example.com", "7 Hidden Lane"],
    ],
  );
});
