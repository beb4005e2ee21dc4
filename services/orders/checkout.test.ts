import assert from "node:assert/strict";
import { test } from "node:test";
import { errors as stockErrors } from "@souk/inventory/contract";
import { errors as paymentErrors } from "@souk/payments/contract";
import { eventually } from "@souk/testing";
import { orders } from "./contract.ts";
import { address, anna, purchase } from "./people.fixture.ts";
import {
  asked,
  call,
  cancel,
  cartWith,
  checkout,
  codeIn,
  look,
  neighbours,
  newKey,
  offer,
  orderIn,
  published,
  put,
  quiet,
  see,
  send,
  toldOf,
} from "./service.fixture.ts";

test("who does not wait is answered at once, and the order goes on by itself", async () => {
  const reply = await checkout(await cartWith({ CUP: 2, POT: 1 }), { wait: 0 });
  assert.equal(reply.status, 202);
  const placed = orderIn(reply);
  assert.equal(reply.headers.get("location"), `/v1/orders/${placed.id}`);
  assert.deepEqual([placed.lifecycle, placed.payment], ["pending", "none"]);
  // 3 things of 400 g: the second rate.
  const { subtotal, discount, shipping: toShip, tax, total, discounts, taxes } = placed.totals;
  assert.deepEqual(
    [subtotal, discount, toShip, tax, total].map(({ amount }) => amount),
    [3_400, 0, 790, 0, 4_190],
  );
  assert.deepEqual([discounts, taxes], [[], []]);
  await quiet(placed.id);
  assert.deepEqual(asked(placed.id), ["commit", "pay", "reserve"]);
  assert.deepEqual(await toldOf(placed.id), ["orders.placed.v1", "orders.confirmed.v1"]);
  assert.equal((await see(placed.id)).lifecycle, "confirmed");
  const [pay] = neighbours.payments.callsOf("pay").slice(-1);
  assert.deepEqual(pay?.input, {
    body: { orderId: placed.id, amount: { amount: 4_190, currency: "EUR" }, token: "tok_test" },
  });
});

test("who waits is answered when the order is confirmed", async () => {
  const cartId = await cartWith({ CUP: 1 });
  const reply = await checkout(cartId);
  assert.equal(reply.status, 201);
  const { lifecycle, payment, number } = orderIn(reply);
  assert.deepEqual([lifecycle, payment], ["confirmed", "captured"]);
  assert.match(number, /^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
  const { status, orderId } = await look(cartId);
  assert.deepEqual([status, orderId], ["ordered", orderIn(reply).id]);
  const add = await send(
    "setItem",
    { params: { cartId, sku: "POT" }, headers: {}, body: { quantity: 1 } },
    { as: anna },
  );
  assert.equal(codeIn(add), "orders.cart_not_open");
});

test("a replay answers the same bytes, waited for or not, whatever has happened since", async () => {
  for (const wait of [0, 5]) {
    const cartId = await cartWith({ CUP: 1 });
    const key = newKey();
    const first = await checkout(cartId, { key, wait });
    const { id } = orderIn(first);
    await quiet(id);
    await cancel(id);
    await quiet(id);
    const again = await checkout(cartId, { key, wait });
    assert.equal(again.status, first.status);
    assert.equal(JSON.stringify(again.body), JSON.stringify(first.body));
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    if (wait === 0) assert.equal(first.headers.get("idempotent-replayed"), null);
  }
});

test("ten checkouts of one cart under ten keys are one order", async () => {
  const cartId = await cartWith({ CUP: 1 });
  const replies = await Promise.all(Array.from({ length: 10 }, () => checkout(cartId, { wait: 0 })));
  const accepted = replies.filter(({ status }) => status === 202);
  assert.ok(accepted.length > 0);
  for (const reply of replies) if (reply.status !== 202) assert.equal(codeIn(reply), "orders.cart_changed"); // asked to look again, and may
  assert.equal(new Set(accepted.map((reply) => orderIn(reply).id)).size, 1);
  const later = await checkout(cartId);
  assert.equal(later.status, 201);
  const orderId = orderIn(later).id;
  assert.equal(orderId, orderIn(accepted[0] ?? later).id);
  assert.equal(asked(orderId).filter((endpoint) => endpoint === "pay").length, 1);
});

test("a key is needed, and belongs to one request", async () => {
  const cartId = await cartWith({ CUP: 1 });
  const noKey = await send("checkout", { params: { cartId }, headers: {}, body: purchase }, { as: anna });
  assert.equal(noKey.status, 400);
  const key = newKey();
  assert.equal((await checkout(cartId, { key })).status, 201);
  const other = await checkout(cartId, { key, body: { ...purchase, email: "other@example.com" } });
  assert.deepEqual([other.status, codeIn(other)], [422, "idempotency_key_reused"]);
});

test("a changed price must be seen before it is paid", async () => {
  const cartId = await cartWith({ CUP: 1 });
  await offer({ CUP: 500 });
  const refused = await checkout(cartId);
  assert.deepEqual([refused.status, codeIn(refused)], [409, "orders.cart_has_problems"]);
  await put(cartId, "CUP", 1);
  const order = orderIn(await checkout(cartId));
  assert.equal(order.totals.subtotal.amount, 500);
});

test("an empty cart and an address that is not reached are refused", async () => {
  assert.equal(codeIn(await checkout(await cartWith({}))), "orders.cart_empty");
  const faraway = { ...purchase, shippingAddress: { ...address, country: "NZ", postalCode: "6011" } };
  const cartId = await cartWith({ CUP: 1 });
  assert.equal(codeIn(await checkout(cartId, { body: faraway })), "orders.not_shipped");
  const reached = async (country?: string) => {
    const query = country ? { country, shippingMethod: "standard" as const } : {};
    return (await call("cart", { params: { cartId }, headers: {}, query }, { as: anna })).shipping.available;
  };
  assert.deepEqual(
    [await reached("NZ"), await reached("DE"), await reached()],
    [false, true, undefined],
    "the cart says so",
  );
  const why = async (quantity: number, query: { country: string; shippingMethod: "standard" | "express" }) => {
    await put(cartId, "CUP", quantity);
    return (await call("cart", { params: { cartId }, headers: {}, query }, { as: anna })).shipping.reason;
  };
  assert.equal(await why(1, { country: "NZ", shippingMethod: "standard" }), "country");
  assert.equal(await why(1, { country: "DE", shippingMethod: "express" }), "method");
  assert.equal(await why(20, { country: "DE", shippingMethod: "standard" }), "weight", "8 kg of cups");
});

test("a shop that has no shipping rates in a currency says that it is they which are missing", async () => {
  await offer({ "CUP-JPY": 800 }, "JPY");
  const { id: cartId } = await call("createCart", { body: { currency: "JPY" } }, { as: anna });
  await put(cartId, "CUP-JPY", 1);
  const query = { country: "DE", shippingMethod: "standard" as const };
  const { shipping: priced } = await call("cart", { params: { cartId }, headers: {}, query }, { as: anna });
  assert.deepEqual([priced.available, priced.reason], [false, "currency"]);
  assert.match(priced.message ?? "", /no shipping rates in JPY/);
  const refused = await checkout(cartId);
  assert.equal(codeIn(refused), "orders.not_shipped");
  assert.match(JSON.stringify(refused.body), /"data":\{[^}]*"reason":"currency"/);
});

test("when there is no stock the order is rejected and nobody is charged", async () => {
  neighbours.inventory.fail("reserve").with(stockErrors.OutOfStock([{ sku: "CUP", requested: 1, available: 0 }]), 1);
  const reply = await checkout(await cartWith({ CUP: 1 }));
  assert.deepEqual([reply.status, codeIn(reply)], [422, "orders.out_of_stock"]);
  assert.match(reply.headers.get("location") ?? "", /^\/v1\/orders\/[0-9a-f-]{36}$/, "there is an order all the same");
  const [event] = (await published(orders.events.rejected)).slice(-1);
  const orderId = event?.subject ?? "";
  assert.equal(event?.data.reason, "out_of_stock");
  assert.equal(asked(orderId).includes("pay"), false);
  const { lifecycle, reason } = await see(orderId);
  assert.deepEqual([lifecycle, reason], ["rejected", "out_of_stock"]);
});

test("a declined card gives the stock back, and a replay declines again", async () => {
  neighbours.payments.fail("pay").with(paymentErrors.Declined({ reason: "insufficient_funds" }), 1);
  const cartId = await cartWith({ CUP: 1 });
  const key = newKey();
  const reply = await checkout(cartId, { key });
  assert.deepEqual([reply.status, codeIn(reply)], [422, "orders.payment_declined"]);
  const { orderId = "" } = await look(cartId);
  await quiet(orderId);
  assert.deepEqual(asked(orderId), ["pay", "release", "reserve", "reverse"]);
  const { lifecycle, reason, payment, timeline } = await see(orderId);
  assert.deepEqual([lifecycle, reason, payment], ["rejected", "payment_declined", "declined"]);
  assert.match(timeline.at(-1)?.detail ?? "", /insufficient funds/);
  assert.deepEqual(await toldOf(orderId), ["orders.placed.v1", "orders.rejected.v1"]);
  const again = await checkout(cartId, { key });
  assert.deepEqual([again.status, again.body], [422, reply.body], "the same document: its time and request id too");
  assert.equal(again.headers.get("idempotent-replayed"), "true");
});

test("a payment whose answer was lost is asked for again under the same key, and is made once", async () => {
  neighbours.payments.timeOutAfterActing("pay", 2);
  const order = orderIn(await checkout(await cartWith({ CUP: 1 })));
  assert.equal(order.lifecycle, "confirmed");
  const pays = neighbours.payments.callsOf("pay").filter(({ input }) => JSON.stringify(input).includes(order.id));
  assert.deepEqual(
    pays.map(({ idempotencyKey }) => idempotencyKey),
    Array(3).fill(`checkout:${order.id}:pay`),
  );
});

test("while the provider does not answer, the order says what it waits for, and it is paid when the provider is back", async () => {
  neighbours.payments.fail("pay").with(paymentErrors.ProviderUnavailable());
  const { id } = orderIn(await checkout(await cartWith({ CUP: 1 }), { wait: 0 }));
  await eventually("that it waits for the provider", async () => {
    const { lifecycle, payment } = await see(id);
    assert.equal(lifecycle, "pending");
    return payment === "awaiting_provider";
  });
  neighbours.payments.recover("pay");
  await quiet(id);
  const { lifecycle, payment, timeline } = await see(id);
  assert.deepEqual([lifecycle, payment], ["confirmed", "captured"]);
  assert.deepEqual(
    timeline.map(({ what }) => what),
    ["Order placed", "Waiting for the payment provider", "Paid and confirmed"],
  );
});
