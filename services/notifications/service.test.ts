import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { orders } from "@souk/orders/contract";
import { payments } from "@souk/payments/contract";
import { shipping } from "@souk/shipping/contract";
import { fakeClock, sequentialIds, startForTest } from "@souk/testing";
import definition from "./service.ts";

const clock = fakeClock();
const { call, send, sql, deliver } = await startForTest(definition, new URL("./", import.meta.url), {
  clock,
  env: { SOUK_MAIL_PER_SECOND: "10000" },
});
const newId = sequentialIds();
const support: Principal = { kind: "user", id: newId(), roles: ["support"], sessionId: "s" };

/** An order's facts, with an address of its own to write to. */
function newOrder() {
  const orderId = newId();
  return { orderId, number: `N-${orderId.slice(-4)}`, email: `${orderId.slice(-4)}@example.com` };
}
type Order = ReturnType<typeof newOrder>;
const address = { name: "A", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" };

const confirm = (order: Order, id = newId()) =>
  deliver(orders.events.confirmed, {
    id,
    subject: order.orderId,
    sequence: 2,
    data: {
      ...order,
      customerId: null,
      currency: "EUR",
      lines: [{ sku: "CUP", title: "Blue cup", quantity: 2, unitAmount: 450, weightGrams: 300 }],
      totals: { subtotal: 900, discount: 0, shipping: 490, tax: 0, total: 1_390 },
      shippingMethod: "standard",
      shippingAddress: address,
    },
  });
const dispatch = ({ orderId }: Order) => {
  const shipmentId = newId();
  const data = { shipmentId, orderId, trackingNumber: "SK0123456789", lines: [{ sku: "CUP", quantity: 2 }] };
  return deliver(shipping.events.dispatched, { subject: shipmentId, data });
};
const refund = ({ orderId }: Order, amount: number) => {
  const paymentId = newId();
  const data = { paymentId, orderId, currency: "EUR", amount, captured: 1_390, refunded: amount };
  return deliver(payments.events.refunded, { subject: paymentId, data });
};

/** Waits, in the service's time, until this many mails have arrived. */
async function mailTo({ email }: Order, count: number) {
  for (let waited = 0; ; waited++) {
    const { data } = await call("sink", { query: { to: email } }, { as: support });
    if (data.length >= count) return data;
    assert.ok(waited < 500, `${data.length} of ${count} mails for ${email}`);
    await clock.advance(50);
  }
}
const deliveriesTo = async ({ email }: Order) =>
  (await call("deliveries", { query: { recipient: email } }, { as: support })).data;

test("a confirmed order is written about, by real mail", async () => {
  const order = newOrder();
  await confirm(order);
  const [mail, ...none] = await mailTo(order, 1);
  assert.deepEqual(none, []);
  assert.equal(mail?.subject, `Your order ${order.number} is confirmed`);
  assert.match(mail?.text ?? "", /2 × Blue cup {2}9\.00 EUR/);
  assert.match(mail?.text ?? "", /Shipping: 4\.90 EUR\s+Total: 13\.90 EUR/);
});

test("what is told again is not written again", async () => {
  const order = newOrder();
  const eventId = await confirm(order);
  await mailTo(order, 1);
  await confirm(order, eventId);
  await refund(order, 100); // written after it, so whatever the copy would have caused is here by then
  const mails = await mailTo(order, 2);
  assert.deepEqual(mails.map(({ subject }) => subject.replace(order.number, "N")).toSorted(), [
    "A refund for your order N",
    "Your order N is confirmed",
  ]);
});

test("each thing that happens to an order is written about in its own words", async () => {
  const order = newOrder();
  const { orderId, number, email } = order;
  await confirm(order);
  await dispatch(order);
  await refund(order, 1_390);
  await deliver(orders.events.cancelled, {
    subject: orderId,
    sequence: 5,
    data: { orderId, number, email, reason: "customer" },
  });
  const mails = await mailTo(order, 4);
  const textOf = (words: string) => mails.find(({ subject }) => subject.includes(words))?.text ?? "";
  assert.match(textOf("on its way"), /SK0123456789/);
  assert.match(textOf("refund"), /Refund: 13\.90 EUR/);
  assert.match(textOf("cancelled"), /given back/);
  const rejected = newOrder();
  await deliver(orders.events.rejected, {
    subject: rejected.orderId,
    sequence: 2,
    data: { ...rejected, reason: "out_of_stock" },
  });
  const [mail] = await mailTo(rejected, 1);
  assert.match(mail?.text ?? "", /out of stock/);
});

test("an event that overtakes the order's own waits for it, and is then written about", async () => {
  const order = newOrder();
  await assert.rejects(dispatch(order), /contact_unknown/);
  await confirm(order);
  const mails = await mailTo(order, 2);
  assert.equal(mails.filter(({ subject }) => subject.includes("on its way")).length, 1);
});

test("every mail has an id of its own that a mail server accepts", async () => {
  const order = newOrder();
  await confirm(order);
  await refund(order, 1);
  const ids = (await mailTo(order, 2)).map(({ messageId }) => messageId);
  assert.equal(new Set(ids).size, 2);
  for (const id of ids) assert.match(id, /^<[0-9a-f-]{36}@souk\.example>$/);
});

test("support sees what became of each message", async () => {
  const order = newOrder();
  await confirm(order);
  await mailTo(order, 1);
  for (let waited = 0; (await deliveriesTo(order))[0]?.status !== "sent"; waited++) {
    assert.ok(waited < 500, "never marked as sent");
    await clock.advance(50);
  }
  const [{ template, attempts, sentAt } = assert.fail("none"), ...none] = await deliveriesTo(order);
  assert.deepEqual([template, attempts, none], ["order-confirmed", 1, []]);
  assert.ok(sentAt !== null);
  const all = await call("deliveries", { query: { limit: 2 } }, { as: support });
  assert.equal(all.data.length, 2);
  assert.ok(all.pagination.total > 2);
});

test("nobody else reads mail", async () => {
  const customer: Principal = { kind: "user", id: newId(), roles: ["customer"], sessionId: "s" };
  for (const list of ["deliveries", "sink"] as const) {
    assert.equal((await send(list, { query: {} })).status, 401);
    assert.equal((await send(list, { query: {} }, { as: customer })).status, 403);
  }
});

test("in the end each message was sent exactly once", async () => {
  const counts = await sql`
    select (select count(*)::int from sink) as mails, (select count(*)::int from deliveries) as decided,
           (select count(*)::int from deliveries where status = 'failed') as failed`;
  const [{ mails, decided, failed } = {}] = counts;
  assert.deepEqual([mails, failed], [decided, 0]);
});
