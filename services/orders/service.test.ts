import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Principal } from "@souk/contract";
import { inventory, errors as stockErrors } from "@souk/inventory/contract";
import { errors as paymentErrors, payments } from "@souk/payments/contract";
import { products } from "@souk/products/contract";
import { shipping, errors as shippingErrors } from "@souk/shipping/contract";
import { fakeNeighbours, sequentialIds, startForTest } from "@souk/testing";
import { orders } from "./contract.ts";
import definition from "./service.ts";

/** What the provider took, by order: what `reverse` gives back. */
const taken = new Map<string, number>();
const gate: { open?: Promise<void> } = {};
const newId = sequentialIds();

const neighbours = fakeNeighbours(
  { inventory, payments, shipping },
  {
    inventory: {
      reserve: ({ body }) => ({ reservationId: body.orderId, status: "held" as const, expiresAt: null }),
      commit: ({ params }) => ({ reservationId: params.orderId, status: "committed" as const, expiresAt: null }),
      release: () => ({}),
      restock: () => ({}),
    },
    payments: {
      async pay({ body: { orderId, amount } }) {
        await gate.open;
        taken.set(orderId, amount.amount);
        const nothing = { amount: 0, currency: amount.currency };
        return {
          paymentId: newId(),
          orderId,
          status: "captured" as const,
          amount,
          captured: amount,
          refunded: nothing,
        };
      },
      reverse({ params: { orderId } }) {
        const amount = taken.get(orderId) ?? 0;
        return {
          status: amount > 0 ? ("refunded" as const) : ("voided" as const),
          refunded: { amount, currency: "EUR" },
        };
      },
    },
    shipping: { cancel: () => ({}) },
  },
);
const service = await startForTest(definition, new URL("./", import.meta.url), { neighbours });
const { call, send, sql, published, deliver, origin } = service;

const person = (n: number, ...roles: string[]): Principal => ({
  kind: "user",
  id: `019d0000-0000-7000-8000-00000000000${n}`,
  roles,
  sessionId: "s",
});
const anna = person(1, "customer");
const boris = person(2, "customer");
const merchandiser = person(3, "merchandiser");
const support = person(4, "support");

const address = { name: "Anna", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" };
const purchase = {
  email: "anna@example.com",
  shippingAddress: address,
  shippingMethod: "standard" as const,
  paymentToken: "tok_test",
};
const productId = newId();
let version = 0;

/** What the catalogue offers from now on: prices by SKU. */
const offer = (prices: Record<string, number>, currency = "EUR") =>
  deliver(products.events.changed, {
    subject: productId,
    sequence: ++version,
    data: {
      productId,
      slug: "tea-things",
      title: "Tea things",
      description: "",
      status: "active",
      category: "Kitchen",
      categorySlug: "kitchen",
      attributes: {},
      version,
      variants: Object.entries(prices).map(([sku, amount]) => ({
        sku,
        title: sku,
        options: {},
        price: { amount, currency },
        weightGrams: 400,
        taxClass: "standard" as const,
      })),
    },
  });

await deliver(shipping.events.ratesChanged, {
  subject: "rates",
  data: {
    rates: [
      { method: "standard", currency: "EUR", countries: ["DE"], maxWeightGrams: 1_000, amount: 490 },
      { method: "standard", currency: "EUR", countries: ["DE"], maxWeightGrams: 5_000, amount: 790 },
    ],
  },
});

beforeEach(async () => {
  for (const endpoint of ["reserve", "commit", "release", "restock"] as const) neighbours.inventory.recover(endpoint);
  for (const endpoint of ["pay", "reverse"] as const) neighbours.payments.recover(endpoint);
  neighbours.shipping.recover("cancel");
  delete gate.open;
  await offer({ CUP: 450, POT: 2_500 });
});

/** A customer's cart with these quantities in it. */
async function cartWith(quantities: Record<string, number>, as: Principal = anna) {
  const { id: cartId } = await call("createCart", { body: {} }, { as });
  for (const [sku, quantity] of Object.entries(quantities)) await put(cartId, sku, quantity, as);
  return cartId;
}
const put = (cartId: string, sku: string, quantity: number, as: Principal = anna) =>
  call("setItem", { params: { cartId, sku }, headers: {}, body: { quantity } }, { as });
const look = (cartId: string, as: Principal = anna) =>
  call("cart", { params: { cartId }, headers: {}, query: {} }, { as });

const newKey = () => `key-${newId()}`;
const checkout = (cartId: string, { key = newKey(), wait = 5, as = anna, body = purchase } = {}) =>
  send("checkout", { params: { cartId }, headers: wait > 0 ? { prefer: `wait=${wait}` } : {}, body }, { as, key });
type Order = Awaited<ReturnType<typeof see>>;
const orderIn = ({ body }: { body: unknown }) => (body as { order: Order }).order; // as: a checked-out cart's answer
const codeIn = ({ body }: { body: unknown }) => (body as { error: { code: string } }).error.code; // as: a problem
const see = (orderId: string, as: Principal = anna) => call("byId", { params: { orderId }, headers: {} }, { as });
const cancel = (orderId: string, { key = newKey(), as = anna } = {}) =>
  send("cancel", { params: { orderId }, headers: {}, body: {} }, { as, key });

/** Resolves when no saga of the order is at work any more. */
async function quiet(orderId: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  const busy = () =>
    sql`select id, status from chassis.sagas where input->>'orderId' = ${orderId} and status not in ('completed', 'compensated')`;
  for (let left = await busy(); left.length > 0; left = await busy())
    assert.ok(performance.now() < deadline, `still busy: ${JSON.stringify(left)}`);
}

/** A confirmed order of two cups and a pot. */
async function confirmedOrder(as: Principal = anna): Promise<string> {
  const reply = await checkout(await cartWith({ CUP: 2, POT: 1 }, as), { as });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  const { id } = orderIn(reply);
  await quiet(id);
  return id;
}
const asked = (orderId: string) =>
  [...neighbours.inventory.calls, ...neighbours.payments.calls, ...neighbours.shipping.calls]
    .filter(({ input }) => JSON.stringify(input).includes(orderId))
    .map(({ endpoint }) => endpoint)
    .toSorted();
const toldOf = async (orderId: string) =>
  (await published()).filter(({ subject }) => subject === orderId).map(({ type }) => type);

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
    assert.equal(first.headers.get("idempotent-replayed"), null);
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
  assert.equal(codeIn(await checkout(await cartWith({ CUP: 1 }), { body: faraway })), "orders.not_shipped");
});

test("when there is no stock the order is rejected and nobody is charged", async () => {
  neighbours.inventory.fail("reserve").with(stockErrors.OutOfStock([{ sku: "CUP", requested: 1, available: 0 }]), 1);
  const reply = await checkout(await cartWith({ CUP: 1 }));
  assert.deepEqual([reply.status, codeIn(reply)], [422, "orders.out_of_stock"]);
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
  const deadline = performance.now() + 30_000;
  for (let order = await see(id); order.payment !== "awaiting_provider"; order = await see(id)) {
    assert.equal(order.lifecycle, "pending");
    assert.ok(performance.now() < deadline, "it never said so");
  }
  neighbours.payments.recover("pay");
  await quiet(id);
  const { lifecycle, payment, timeline } = await see(id);
  assert.deepEqual([lifecycle, payment], ["confirmed", "captured"]);
  assert.deepEqual(
    timeline.map(({ what }) => what),
    ["Order placed", "Waiting for the payment provider", "Paid and confirmed"],
  );
});

test("an order cancelled while it is being paid gives back what was taken", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate.open = promise;
  const before = neighbours.payments.callsOf("pay").length;
  const { id } = orderIn(await checkout(await cartWith({ CUP: 1 }), { wait: 0 }));
  const deadline = performance.now() + 30_000;
  while (neighbours.payments.callsOf("pay").length === before) {
    await sql`select 1`;
    assert.ok(performance.now() < deadline, "never asked to pay");
  }
  const reply = await cancel(id);
  assert.deepEqual([reply.status, orderIn(reply).lifecycle], [202, "cancel_pending"]);
  resolve();
  await quiet(id);
  assert.deepEqual(asked(id), ["pay", "release", "reserve", "reverse"]);
  const { lifecycle, reason, payment } = await see(id);
  assert.deepEqual([lifecycle, reason, payment], ["cancelled", "customer", "voided"]);
  assert.deepEqual(await toldOf(id), ["orders.placed.v1", "orders.cancelled.v1"]);
});

test("a confirmed order that is cancelled gives money and stock back, once however often it is asked", async () => {
  const orderId = await confirmedOrder();
  const key = newKey();
  const [first, again] = [await cancel(orderId, { key }), await cancel(orderId, { key })];
  assert.equal(JSON.stringify(first.body), JSON.stringify(again.body));
  assert.equal((await cancel(orderId)).status, 202);
  await quiet(orderId);
  assert.deepEqual(asked(orderId), ["cancel", "commit", "pay", "reserve", "restock", "reverse"]);
  const { lifecycle, payment, refunded, totals } = await see(orderId);
  assert.deepEqual([lifecycle, payment], ["cancelled", "refunded"]);
  assert.deepEqual(refunded, totals.total);
  assert.deepEqual((await toldOf(orderId)).slice(2), ["orders.cancelled.v1"]);
});

test("support cancels for a customer, and the order says so", async () => {
  const orderId = await confirmedOrder();
  await cancel(orderId, { as: support });
  await quiet(orderId);
  assert.equal((await see(orderId)).reason, "operator");
});

test("when the parcel has left, the cancellation is refused and the order goes on", async () => {
  const orderId = await confirmedOrder();
  neighbours.shipping.fail("cancel").with(shippingErrors.AlreadyDispatched({ orderId }));
  assert.equal((await cancel(orderId)).status, 202);
  await quiet(orderId);
  assert.equal(asked(orderId).includes("reverse"), false);
  const { lifecycle, payment, reason, timeline } = await see(orderId);
  assert.deepEqual([lifecycle, payment, reason], ["confirmed", "captured", undefined]);
  assert.equal(timeline.at(-1)?.what, "Cancellation refused");
});

const parcel = (
  orderId: string,
  lines = [
    { sku: "CUP", quantity: 2 },
    { sku: "POT", quantity: 1 },
  ],
) => ({
  shipmentId: newId(),
  orderId,
  trackingNumber: "SK0123456789",
  lines,
});

test("parcels move an order on until it is completed; what is told twice counts once", async () => {
  const orderId = await confirmedOrder();
  const cups = parcel(orderId, [{ sku: "CUP", quantity: 2 }]);
  const pot = parcel(orderId, [{ sku: "POT", quantity: 1 }]);
  const tell = async (event: "dispatched" | "delivered", data: typeof cups) => {
    const sequence = event === "dispatched" ? 1 : 2;
    await deliver(shipping.events[event], { subject: data.shipmentId, sequence, data });
    await deliver(shipping.events[event], { subject: data.shipmentId, sequence, data });
    const { lifecycle, fulfilment } = await see(orderId);
    return `${lifecycle}, ${fulfilment}`;
  };
  assert.equal(await tell("dispatched", cups), "confirmed, partial");
  assert.equal(codeIn(await cancel(orderId)), "orders.cannot_cancel");
  assert.equal(await tell("dispatched", pot), "confirmed, shipped");
  assert.equal(await tell("delivered", cups), "confirmed, shipped");
  assert.equal(await tell("delivered", pot), "completed, delivered");
  assert.deepEqual((await toldOf(orderId)).slice(2), ["orders.completed.v1"]);
});

test("a refund told by payments shows in the order, and an older total changes nothing", async () => {
  const orderId = await confirmedOrder();
  const paymentId = newId();
  const refunded = (amount: number, total: number, sequence: number) =>
    deliver(payments.events.refunded, {
      subject: paymentId,
      sequence,
      data: { paymentId, orderId, currency: "EUR", amount, captured: 4_190, refunded: total },
    });
  await refunded(500, 500, 2);
  assert.equal((await see(orderId)).payment, "partially_refunded");
  await refunded(3_690, 4_190, 3);
  await refunded(500, 500, 2);
  const { payment, refunded: given } = await see(orderId);
  assert.deepEqual([payment, given.amount], ["refunded", 4_190]);
});

test("a customer sees their own orders, newest first, page by page", async () => {
  const carla = person(7, "customer");
  const placed: string[] = [];
  for (let i = 0; i < 3; i++) placed.unshift(await confirmedOrder(carla));
  await cancel(placed[1] ?? "", { as: carla });
  await quiet(placed[1] ?? "");
  const list = (query: { page?: number; limit?: number; lifecycle?: "confirmed" | "cancelled" }, as = carla) =>
    call("list", { query }, { as });
  const first = await list({ limit: 2 });
  assert.deepEqual(
    first.data.map(({ id }) => id),
    placed.slice(0, 2),
  );
  assert.deepEqual(first.pagination, { page: 1, limit: 2, total: 3, pages: 2 });
  assert.match(first._links.next ?? "", /page=2/);
  assert.deepEqual(
    (await list({ limit: 2, page: 2 })).data.map(({ id }) => id),
    placed.slice(2),
  );
  assert.deepEqual(
    (await list({ lifecycle: "cancelled" })).data.map(({ id }) => id),
    [placed[1]],
  );
  assert.ok((await list({ limit: 100 }, support)).pagination.total > 3, "support sees everybody's");
  assert.equal((await send("list", { query: {} })).status, 401);
});

test("an order's timeline is told live, and ends with the order", async () => {
  const orderId = await confirmedOrder();
  const token = Buffer.from(JSON.stringify(anna)).toString("base64url");
  const url = `${origin}/v1/orders/${orderId}/events`;
  assert.equal((await fetch(url)).status, 404);
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" } });
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  const data = parcel(orderId);
  const seen: string[] = [];
  let buffered = "";
  for await (const chunk of response.body ?? []) {
    buffered += Buffer.from(chunk).toString();
    const events = buffered.split("\n\n");
    buffered = events.pop() ?? "";
    for (const event of events.filter((event) => event.startsWith("data: "))) {
      const { lifecycle, fulfilment } = JSON.parse(event.slice("data: ".length)) as Order;
      seen.push(`${lifecycle}, ${fulfilment}`);
      // What happens next happens because the last was seen: nothing is skipped.
      if (seen.length === 1) await deliver(shipping.events.dispatched, { subject: data.shipmentId, sequence: 1, data });
      if (seen.length === 2) await deliver(shipping.events.delivered, { subject: data.shipmentId, sequence: 2, data });
    }
  }
  assert.deepEqual(seen, ["confirmed, none", "confirmed, shipped", "completed, delivered"]);
});

test("an older word about a product or its stock changes nothing", async () => {
  const cartId = await cartWith({ POT: 1 });
  version -= 2;
  await offer({ POT: 1 });
  version += 1;
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

test("what was sold is told again to whom asks, without what was cancelled", async () => {
  const kept = await confirmedOrder();
  const cancelled = await confirmedOrder();
  await cancel(cancelled);
  await quiet(cancelled);
  const sold = new Map<string, { sku: string; quantity: number }[]>();
  const as: Principal = { kind: "service", id: "search" };
  for (let after: string | null | undefined; after !== null; ) {
    const query = { limit: 2, ...(after !== undefined && { after }) };
    const page: { data: { orderId: string; lines: { sku: string; quantity: number }[] }[]; next: string | null } =
      await call("sales", { query }, { as });
    for (const { orderId, lines } of page.data) sold.set(orderId, lines);
    after = page.next;
  }
  assert.deepEqual(sold.get(kept), [
    { sku: "CUP", quantity: 2 },
    { sku: "POT", quantity: 1 },
  ]);
  assert.equal(sold.has(cancelled), false);
  assert.equal((await send("sales", { query: {} }, { as: support })).status, 403, "to services only");
});
