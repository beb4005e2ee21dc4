import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { inventory } from "@souk/inventory/contract";
import { errors as paymentErrors } from "@souk/payments/contract";
import { anna, boris, merchandiser, person, purchase, support } from "./people.fixture.ts";
import {
  call,
  cancel,
  cartWith,
  catalogue,
  checkout,
  codeIn,
  confirmedOrder,
  deliver,
  look,
  neighbours,
  newKey,
  offer,
  orderIn,
  put,
  quiet,
  see,
  send,
} from "./service.fixture.ts";
import { settled } from "./waiting.fixture.ts";

test("a cart is priced from what the catalogue last told", async () => {
  const cartId = await cartWith({ CUP: 2, POT: 1 });
  const { lines, totals, problems } = await look(cartId);
  assert.deepEqual(
    lines.map(({ sku, title, quantity, total }) => [sku, title, quantity, total.amount]),
    [
      ["CUP", "Tea things, CUP", 2, 900],
      ["POT", "Tea things, POT", 1, 2_500],
    ],
  );
  assert.equal(totals.total.amount, 3_400);
  assert.deepEqual(problems, []);
  assert.equal((await put(cartId, "CUP", 5)).totals.total.amount, 4_750, "putting it again sets its quantity");
  const left = await call("removeItem", { params: { cartId, sku: "POT" }, headers: {} }, { as: anna });
  assert.deepEqual(
    left.lines.map(({ sku }) => sku),
    ["CUP"],
  );
});

test("a cart lists what its holder should know", async () => {
  const cartId = await cartWith({ CUP: 2, POT: 1 });
  await deliver(inventory.events.stockChanged, {
    subject: "CUP",
    sequence: 2,
    data: { sku: "CUP", onHand: 1, reserved: 0, available: 1 },
  });
  await offer({ CUP: 500 });
  const kinds = async () => (await look(cartId)).problems.map(({ kind, sku }) => `${sku} ${kind}`);
  assert.deepEqual(await kinds(), ["CUP insufficient_stock", "CUP price_changed", "POT variant_gone"]);
  await deliver(inventory.events.stockChanged, {
    subject: "CUP",
    sequence: 3,
    data: { sku: "CUP", onHand: 100, reserved: 0, available: 100 },
  });
  await put(cartId, "CUP", 2); // the new price is seen
  assert.deepEqual(await kinds(), ["POT variant_gone"]);
});

test("a guest's cart and order are reached with its token, and otherwise are not there", async () => {
  const { id: cartId, cartToken = "" } = await call("createCart", { body: {} });
  assert.ok(cartToken.length >= 32);
  const item = { params: { cartId, sku: "CUP" }, body: { quantity: 1 } };
  assert.equal((await send("setItem", { ...item, headers: {} })).status, 404);
  assert.equal((await send("setItem", { ...item, headers: { "x-cart-token": "x".repeat(32) } })).status, 404);
  const mine = { "x-cart-token": cartToken };
  assert.equal((await call("setItem", { ...item, headers: mine })).cartToken, undefined, "it is told once");
  assert.equal(
    (await send("checkout", { params: { cartId }, headers: {}, body: purchase }, { key: newKey() })).status,
    404,
  );
  const reply = await send("checkout", { params: { cartId }, headers: mine, body: purchase }, { key: newKey() });
  assert.equal(reply.status, 202);
  const params = { orderId: orderIn(reply).id };
  assert.equal((await send("byId", { params, headers: {} })).status, 404);
  assert.equal((await send("byId", { params, headers: {} }, { as: anna })).status, 404);
  assert.equal((await call("byId", { params, headers: mine })).id, params.orderId);
  assert.equal((await send("cancel", { params, headers: {}, body: {} }, { key: newKey() })).status, 404);
  await quiet(params.orderId);
});

test("a customer's cart and order are not there for anybody else", async () => {
  const cartId = await cartWith({ CUP: 1 });
  assert.equal((await send("cart", { params: { cartId }, headers: {}, query: {} }, { as: boris })).status, 404);
  assert.equal((await send("cart", { params: { cartId }, headers: {}, query: {} })).status, 404);
  assert.equal((await checkout(cartId, { as: boris })).status, 404);
  const orderId = await confirmedOrder();
  assert.equal((await send("byId", { params: { orderId }, headers: {} }, { as: boris })).status, 404);
  assert.equal((await cancel(orderId, { as: boris })).status, 404);
  assert.equal((await see(orderId, support)).id, orderId);
});

test("only a merchandiser sets a price, and it then stays", async () => {
  const cartId = await cartWith({});
  const item = {
    params: { cartId, sku: "CUP" },
    headers: {},
    body: { quantity: 1, unitPrice: { amount: 99, currency: "EUR" } },
  };
  assert.equal((await send("setItem", item, { as: anna })).status, 403);
  assert.equal((await send("setItem", item)).status, 403);
  assert.equal((await call("setItem", item, { as: merchandiser })).totals.total.amount, 99);
  await offer({ CUP: 700 });
  const { totals, problems } = await look(cartId);
  assert.deepEqual([totals.total.amount, problems], [99, []]);
});

test("of changes made to a cart at the same time none is lost unnoticed", async () => {
  const cartId = await cartWith({});
  const skus = ["CUP", "POT"];
  const replies = await Promise.all(
    skus.map((sku) => send("setItem", { params: { cartId, sku }, headers: {}, body: { quantity: 1 } }, { as: anna })),
  );
  const { lines } = await look(cartId);
  const kept = skus.filter((_, i) => replies[i]?.status === 200);
  assert.ok(kept.length >= 1);
  assert.deepEqual(lines.map(({ sku }) => sku).toSorted(), kept);
  for (const reply of replies.filter(({ status }) => status !== 200)) {
    assert.equal(reply.status, 409);
    assert.equal(codeIn(reply), "orders.cart_changed");
  }
});

const again = (orderId: string, { as, token }: { as?: Principal; token?: string }) =>
  send(
    "orderAgain",
    { params: { orderId }, headers: token === undefined ? {} : { "x-cart-token": token } },
    as === undefined ? {} : { as },
  );
const cartIn = ({ body }: { body: unknown }) => body as Awaited<ReturnType<typeof look>>; // as: a cart's answer
const linesIn = ({ lines }: Awaited<ReturnType<typeof look>>) =>
  lines.map(({ sku, quantity, unitPrice }) => `${quantity} ${sku} ${unitPrice.amount}`).toSorted();

test("what was ordered is put into a cart again, at today's prices, and what is gone is listed", async () => {
  const nora = person(6, "customer");
  const orderId = await confirmedOrder(nora);
  await offer({ CUP: 500 });
  const reply = await again(orderId, { as: nora });
  const cart = cartIn(reply);
  assert.deepEqual([reply.status, reply.headers.get("location")], [200, `/v1/carts/${cart.id}`]);
  assert.deepEqual([cart.status, linesIn(cart)], ["open", ["1 POT 2500", "2 CUP 500"]]);
  assert.deepEqual(
    cart.problems.map(({ kind, sku }) => `${sku} ${kind}`),
    ["POT variant_gone"],
    "today's price is what is shown: it has not changed since",
  );
  await put(cart.id, "CUP", 5, nora);
  const once = cartIn(await again(orderId, { as: nora }));
  assert.deepEqual([once.id, linesIn(once)], [cart.id, ["1 POT 2500", "5 CUP 500"]], "the cart that is there");
});

test("what somebody else ordered cannot be put into a cart", async () => {
  const orderId = await confirmedOrder(anna);
  for (const who of [{ as: boris }, { as: support }, { as: merchandiser }, { token: "guessed" }, {}])
    assert.equal(codeIn(await again(orderId, who)), "orders.order_not_found");
  assert.equal(codeIn(await again("019d0000-0000-7000-8000-00000000ffff", { as: anna })), "orders.order_not_found");
});

test("a guest whose order was rejected goes on with the same things and the same token", async () => {
  neighbours.payments.fail("pay").with(paymentErrors.Declined({ reason: "insufficient_funds" }), 1);
  const { id: cartId, cartToken: token = "" } = await call("createCart", { body: {} });
  const headers = { "x-cart-token": token };
  await call("setItem", { params: { cartId, sku: "CUP" }, headers, body: { quantity: 3 } });
  const [wait, key] = [{ ...headers, prefer: "wait=5" }, newKey()];
  const refused = await settled(() => send("checkout", { params: { cartId }, headers: wait, body: purchase }, { key }));
  assert.equal(codeIn(refused), "orders.payment_declined");
  const orderId = (refused.headers.get("location") ?? "").replace("/v1/orders/", "");
  const cart = cartIn(await again(orderId, { token }));
  assert.notEqual(cart.id, cartId);
  assert.deepEqual(linesIn(cart), ["3 CUP 450"]);
  const reply = await send("checkout", { params: { cartId: cart.id }, headers, body: purchase }, { key: newKey() });
  assert.equal(reply.status, 202, "and it can be ordered");
});

test("an older word about a product or its stock changes nothing", async () => {
  const cartId = await cartWith({ POT: 1 });
  catalogue.version -= 2;
  await offer({ POT: 1 });
  catalogue.version += 1;
  const stock = (sequence: number, available: number) =>
    deliver(inventory.events.stockChanged, {
      subject: "POT",
      sequence,
      data: { sku: "POT", onHand: available, reserved: 0, available },
    });
  await stock(2, 10);
  await stock(1, 0);
  const { lines, problems } = await look(cartId);
  assert.deepEqual([lines[0]?.unitPrice.amount, problems], [2_500, []]);
});
