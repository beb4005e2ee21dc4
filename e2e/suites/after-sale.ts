import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { carrierBrings } from "../shop/carrier.ts";
import { eventually } from "../shop/client.ts";
import { arrivedOrder, requestReturn, returned, type SentBack, settledReturn } from "../shop/returning.ts";
import type { Shop } from "../shop/running-shop.ts";
import { cards, cartWith, checkout, type Order, orderOf, payWith, register, sell } from "../shop/shopping.ts";

export function afterSale(shop: () => Shop): void {
  test("what comes back is paid back, put on the shelf or written off, and told", async () => {
    const sku = await sell(shop(), { quantity: 10, amount: 1_999 });
    const { order, holder, returnId } = await returned(shop(), sku, { ordered: 3, sellable: 1, damaged: 1 });
    const done = await settledReturn(shop(), returnId, holder);
    assert.deepEqual([done.value.amount, done.refund?.status, done.refund?.amount.amount], [3_998, "executed", 3_998]);
    assert.equal((await shop().http.call("GET", done.label ?? "")).status, 200, "the label can be printed");

    const after = await orderOf(shop(), order.id, holder);
    assert.deepEqual([after.returns, after.payment, after.refunded.amount], ["partial", "partially_refunded", 3_998]);
    assert.deepEqual(
      after.timeline.map(({ what }) => what).filter((what) => /return|refund|money/i.test(what)),
      [
        "Return requested by the customer",
        "Return approved",
        "Return label made",
        "Return received",
        "Refund granted",
        "Money given back",
      ],
    );
    const operator = await shop().token("operator");
    // 10 − 3 sold + 1 that can be sold again
    await eventually("the shelf has it", async () => {
      const stock = await shop().http.must<{ available: number }>("GET", `/v1/inventory/${sku}`, { token: operator });
      return stock.available === 8;
    });
  });

  test("an order's timeline goes on live while money is on its way back", async () => {
    const sku = await sell(shop());
    const { order, holder, returnId } = await returned(shop(), sku, { ordered: 1, sellable: 1, damaged: 0 });
    let last: Order | undefined;
    for await (const seen of shop().http.events<Order>(`/v1/orders/${order.id}/events`, holder)) last = seen;
    await settledReturn(shop(), returnId, holder);
    assert.equal(last?.timeline.at(-1)?.what, "Money given back");
  });

  test("what comes back pays for what is sent instead", async () => {
    const [sku, other] = [await sell(shop(), { amount: 1_999 }), await sell(shop(), { amount: 1_500 })];
    const { order, holder } = await arrivedOrder(shop(), sku, 1);
    const { id } = await requestReturn(shop(), order.id, holder, sku, 1, [{ sku: other, quantity: 1 }]);
    const token = await shop().token("support");
    await shop().http.must("POST", `/v1/returns/${id}/approve`, { token });
    const lines = [{ sku, quantity: 1, condition: "sellable" }];
    await shop().http.must("POST", `/v1/returns/${id}/receive`, { token, body: { lines } });
    const { exchange, refund } = await settledReturn(shop(), id, holder);
    assert.deepEqual([exchange?.status, refund?.amount.amount], ["ordered", 499]);
    await carrierBrings(shop(), exchange?.orderId ?? "", "delivered");
    const sent = await eventually("the replacement has arrived", async () => {
      const now = await orderOf(shop(), exchange?.orderId ?? "", holder);
      return now.lifecycle === "completed" && now;
    });
    assert.deepEqual([sent.totals.total.amount, sent.lines[0]?.sku], [0, other]);
  });

  test("support refunds in parts, never more than was paid, and the same key refunds once", async () => {
    const sku = await sell(shop(), { amount: 1_000 });
    const cart = await cartWith(shop(), { [sku]: 1 });
    const paymentToken = await payWith(shop(), cards.good);
    const { order } = (await checkout(shop(), cart, { paymentToken, wait: 10 })).body;
    const token = await shop().token("support");
    const refund = (amount: number, key: string = randomUUID()) =>
      shop().http.call<{ refund: NonNullable<SentBack["refund"]> }>("POST", `/v1/orders/${order.id}/refunds`, {
        token,
        key,
        body: { amount: { amount, currency: "EUR" }, reason: "The box was dented" },
      });
    const key = randomUUID();
    const first = await refund(300, key);
    assert.deepEqual([first.status, first.body.refund.status], [202, "granted"]);
    assert.equal((await refund(300, key)).text, first.text);
    const most = order.totals.total.amount - 300;
    assert.equal((await refund(most + 1)).problem.error.code, "orders.refund_too_large");
    assert.equal((await refund(most)).status, 202);
    await eventually("both are executed", async () => {
      const { payment, refunded } = await orderOf(shop(), order.id, cart);
      return payment === "refunded" && refunded.amount === order.totals.total.amount;
    });
  });

  test("a note is for those who work here", async () => {
    const ada = await register(shop());
    const sku = await sell(shop());
    const cart = await cartWith(shop(), { [sku]: 1 }, ada.token);
    const paymentToken = await payWith(shop(), cards.good);
    const { order } = (await checkout(shop(), cart, { paymentToken, wait: 10 })).body;
    const support = { token: await shop().token("support") };
    const note = { ...support, key: randomUUID(), body: { text: "Called about the colour." } };
    await shop().http.must("POST", `/v1/orders/${order.id}/notes`, note);
    const told = async (holder: { token: string }) =>
      (await orderOf(shop(), order.id, holder)).timeline.some(({ detail }) => detail === "Called about the colour.");
    assert.deepEqual([await told(support), await told({ token: ada.token })], [true, false]);
  });
}
