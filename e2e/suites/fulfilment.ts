import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { carrierBrings, parcelsOf } from "../shop/carrier.ts";
import { eventually } from "../shop/client.ts";
import type { Shop } from "../shop/running-shop.ts";
import {
  cards,
  cartWith,
  checkout,
  mailTo,
  type Order,
  openCart,
  orderOf,
  type Page,
  payWith,
  sell,
  untilFinal,
} from "../shop/shopping.ts";

const someone = () => `${randomUUID()}@example.com`;

export function fulfilment(shop: () => Shop): void {
  test("a guest who waits gets a confirmed order that adds up", async () => {
    const sku = await sell(shop(), { amount: 1_999 });
    const cart = await cartWith(shop(), { [sku]: 3 });
    const paymentToken = await payWith(shop(), cards.good);
    const answer = await checkout(shop(), cart, { paymentToken, wait: 10 });
    assert.equal(answer.status, 201, answer.text);
    const { order } = answer.body;
    assert.equal(answer.headers["location"], `/v1/orders/${order.id}`);
    assert.deepEqual([order.lifecycle, order.payment, order.fulfilment], ["confirmed", "captured", "none"]);
    const { subtotal, discount, shipping, tax, total } = order.totals;
    assert.equal(subtotal.amount, 3 * 1_999);
    assert.equal(total.amount, subtotal.amount - discount.amount + shipping.amount + tax.amount);
  });

  test("an order is answered at once and then followed live, until it is delivered", async () => {
    const sku = await sell(shop());
    const email = someone();
    const cart = await cartWith(shop(), { [sku]: 1 });
    const paymentToken = await payWith(shop(), cards.good);
    const answer = await checkout(shop(), cart, { paymentToken, email });
    assert.equal(answer.status, 202, answer.text);
    const { id, number, lifecycle } = answer.body.order;
    assert.equal(lifecycle, "pending");

    const seen: Order[] = [];
    /** The carrier goes on once everybody has seen how far it is. */
    const legs = new Map([
      ["none", ["dispatched"]],
      ["shipped", ["in_transit", "delivered"]],
    ]);
    for await (const order of shop().http.events<Order>(`/v1/orders/${id}/events`, cart)) {
      seen.push(order);
      const leg = order.lifecycle === "confirmed" && legs.get(order.fulfilment);
      if (!leg) continue;
      legs.delete(order.fulfilment);
      await carrierBrings(shop(), id, ...leg);
    }
    const story = (member: "lifecycle" | "fulfilment") =>
      seen.map((o) => o[member]).filter((s, i, all) => s !== all[i - 1]);
    assert.deepEqual(story("lifecycle").slice(-2), ["confirmed", "completed"]);
    assert.deepEqual(story("fulfilment"), ["none", "shipped", "delivered"]);
    assert.deepEqual(seen.at(-1), await orderOf(shop(), id, cart));

    const told = seen.at(-1)?.timeline.map(({ what }) => what);
    assert.deepEqual(told, [
      "Order placed",
      "Paid and confirmed",
      "Parcel dispatched",
      "Parcel delivered",
      "Order completed",
    ]);
    const trackingNumber = /SK[0-9A-F]+/.exec(
      seen.at(-1)?.timeline.find((t) => t.what === "Parcel dispatched")?.detail ?? "",
    )?.[0];
    const parcel = await shop().http.must<{ status: string; events: { status: string }[] }>(
      "GET",
      `/v1/shipments/${trackingNumber}`,
    );
    assert.equal(parcel.status, "delivered");
    assert.deepEqual(
      parcel.events.map(({ status }) => status),
      ["created", "dispatched", "in_transit", "delivered"],
    );

    const mail = await eventually("two messages", async () => {
      const all = await mailTo(shop(), email);
      return all.length >= 2 && all;
    });
    assert.deepEqual(mail.map(({ subject }) => subject).toSorted(), [
      `Your order ${number} is confirmed`,
      `Your order ${number} is on its way`,
    ]);
    const letter = mail.find(({ subject }) => subject.endsWith("on its way"));
    assert.ok(letter?.text.includes(trackingNumber ?? ""), "the mail says how to track it");
  });

  test("what is in stock is sent, and what is back-ordered follows when it has come", async () => {
    const sku = await sell(shop(), { quantity: 1 });
    const token = await shop().token("operator");
    await shop().http.must("PUT", `/v1/inventory/${sku}/rules`, { token, body: { backorderLimit: 5 } });
    const cart = await cartWith(shop(), { [sku]: 3 });
    const answer = await checkout(shop(), cart, { paymentToken: await payWith(shop(), cards.good), wait: 10 });
    assert.equal(answer.status, 201, answer.text);
    const { id, lines } = answer.body.order;
    assert.equal(lines[0]?.backordered, 2);
    const held = async () => (await parcelsOf(shop(), id)).map(({ lines: [line] }) => line?.quantity);
    await eventually("what is there is packed", async () => (await held()).length === 1);
    await carrierBrings(shop(), id, "delivered");
    await eventually("it arrives", async () => (await orderOf(shop(), id, cart)).lines[0]?.delivered === 1);
    const receipt = { token, key: `more-of-${sku}`, body: { quantity: 10 } };
    await shop().http.must("POST", `/v1/inventory/${sku}/receipts`, receipt);
    await eventually("the rest is packed", async () => (await held()).length === 2);
    await carrierBrings(shop(), id, "delivered");
    const done = await eventually("the rest has arrived", async () => {
      const order = await orderOf(shop(), id, cart);
      return order.lifecycle === "completed" && order;
    });
    assert.deepEqual(await held(), [1, 2]);
    assert.equal(done.lines[0]?.backordered, undefined);
    assert.deepEqual(
      done.timeline.map(({ what, detail }) => (/stock/i.test(`${what} ${detail}`) ? `${what}: ${detail}` : what)),
      [
        "Order placed",
        `Paid and confirmed: Not in stock yet: 2 × ${sku}`,
        "Parcel dispatched",
        "Parcel delivered",
        `Stock has come: 2 × ${sku}`,
        "Parcel dispatched",
        "Parcel delivered",
        "Order completed",
      ],
    );
  });

  test("a delivered order cannot be cancelled", async () => {
    const sku = await sell(shop());
    const cart = await cartWith(shop(), { [sku]: 1 });
    const paymentToken = await payWith(shop(), cards.good);
    const { order } = (await checkout(shop(), cart, { paymentToken, wait: 10 })).body;
    await carrierBrings(shop(), order.id, "delivered");
    await eventually("delivered", async () => (await orderOf(shop(), order.id, cart)).lifecycle === "completed");
    const cancel = await shop().http.call("POST", `/v1/orders/${order.id}/cancel`, { ...cart, key: randomUUID() });
    assert.equal(cancel.problem.error.code, "orders.cannot_cancel");
    assert.ok(cancel.status < 500);
  });

  test("an order cancelled before dispatch gives money and stock back, and says so", async () => {
    const sku = await sell(shop(), { quantity: 5 });
    const email = someone();
    const cart = await cartWith(shop(), { [sku]: 2 });
    const paymentToken = await payWith(shop(), cards.good);
    const { order } = (await checkout(shop(), cart, { paymentToken, email, wait: 10 })).body;

    const key = randomUUID();
    const cancel = await shop().http.call<{ order: Order }>("POST", `/v1/orders/${order.id}/cancel`, {
      ...cart,
      key,
      body: { reason: "Too many" },
    });
    assert.equal(cancel.status, 202, cancel.text);
    const cancelled = await eventually("cancelled", async () => {
      const now = await orderOf(shop(), order.id, cart);
      return now.lifecycle === "cancelled" && now;
    });
    assert.deepEqual([cancelled.payment, cancelled.reason], ["refunded", "customer"]);
    assert.deepEqual(cancelled.refunded, order.totals.total);
    const again = await shop().http.call("POST", `/v1/orders/${order.id}/cancel`, {
      ...cart,
      key,
      body: { reason: "Too many" },
    });
    assert.deepEqual([again.status, again.text], [cancel.status, cancel.text], "the same key answers the same bytes");

    const stock = await shop().http.must<{ available: number; reserved: number }>("GET", `/v1/inventory/${sku}`, {
      token: await shop().token("operator"),
    });
    assert.deepEqual([stock.available, stock.reserved], [5, 0]);
    const subjects = await eventually("three messages", async () => {
      const all = await mailTo(shop(), email);
      return all.length >= 3 && all.map(({ subject }) => subject).sort();
    });
    assert.deepEqual(subjects, [
      `A refund for your order ${order.number}`,
      `Your order ${order.number} is cancelled`,
      `Your order ${order.number} is confirmed`,
    ]);
  });

  test("an order cancelled while it is still being paid is undone", async () => {
    const sku = await sell(shop(), { quantity: 5 });
    const cart = await cartWith(shop(), { [sku]: 1 });
    const paymentToken = await payWith(shop(), cards.slow);
    const { order } = (await checkout(shop(), cart, { paymentToken })).body;
    await shop().http.must("POST", `/v1/orders/${order.id}/cancel`, { ...cart, key: randomUUID() });
    const over = await eventually("cancelled", async () => {
      const now = await orderOf(shop(), order.id, cart);
      return now.lifecycle === "cancelled" && now;
    });
    assert.equal(over.refunded.amount === 0 || over.refunded.amount === order.totals.total.amount, true);
    const stock = await eventually("nothing is reserved", async () => {
      const now = await shop().http.must<{ available: number; reserved: number }>("GET", `/v1/inventory/${sku}`, {
        token: await shop().token("operator"),
      });
      return now.reserved === 0 && now;
    });
    assert.equal(stock.available, 5);
  });

  test("what is not in stock is refused, in words a shopper understands", async () => {
    const sku = await sell(shop(), { quantity: 2 });
    const email = someone();
    const cart = await cartWith(shop(), { [sku]: 3 });
    const paymentToken = await payWith(shop(), cards.good);
    const answer = await checkout(shop(), cart, { paymentToken, email, wait: 10 });
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.problem.error.code, "orders.out_of_stock");

    const orders = await shop().http.must<Page<Order>>("GET", "/v1/orders?lifecycle=rejected&limit=100", {
      token: await shop().token("operator"),
    });
    const rejected = orders.data.find((order) => order.lines.some((line) => line.sku === sku));
    assert.deepEqual([rejected?.reason, rejected?.payment], ["out_of_stock", "none"]);
    const mail = await eventually("a message", async () => (await mailTo(shop(), email))[0]);
    assert.equal(mail.subject, `Your order ${rejected?.number} could not be filled`);
  });

  test("an empty cart and an invented payment token are refused", async () => {
    const sku = await sell(shop());
    const cart = await openCart(shop());
    const empty = await checkout(shop(), cart, { paymentToken: "anything" });
    assert.equal(empty.problem.error.code, "orders.cart_empty");
    assert.ok(empty.status < 500);
    const unpaid = await cartWith(shop(), { [sku]: 1 });
    const answer = await checkout(shop(), unpaid, { paymentToken: "no-such-token", wait: 10 });
    assert.equal(answer.problem.error.code, "orders.payment_declined");
    assert.equal(answer.status, 422);
  });

  test("an order that is asked for again under another key stays one order", async () => {
    const sku = await sell(shop());
    const cart = await cartWith(shop(), { [sku]: 1 });
    const paymentToken = await payWith(shop(), cards.good);
    const first = await checkout(shop(), cart, { paymentToken, wait: 10 });
    const second = await checkout(shop(), cart, { paymentToken, wait: 10 });
    assert.equal(second.status, 201, second.text);
    assert.equal(second.body.order.id, first.body.order.id);
    assert.equal((await untilFinal(shop(), first.body.order.id, cart)).timeline.length >= 2, true);
  });
}
