import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, test } from "node:test";
import type { Shop } from "../shop/running-shop.ts";
import { cards, cartWith, checkout, type Order, orderOf, payWith, sell, untilFinal } from "../shop/shopping.ts";

export function payments(shop: () => Shop): void {
  let sku = "";
  before(async () => {
    sku = await sell(shop());
  });

  async function buy(card: string, terms: { wait?: number; key?: string } = { wait: 10 }) {
    const cart = await cartWith(shop(), { [sku]: 1 });
    const paymentToken = await payWith(shop(), card);
    return { cart, paymentToken, answer: await checkout(shop(), cart, { paymentToken, ...terms }) };
  }

  for (const [what, card, why] of [
    ["declined", cards.declined, /card declined/],
    ["without funds", cards.insufficientFunds, /insufficient funds/],
    ["that nobody knows", "4111111111111111", /card declined/],
  ] as const)
    test(`a card ${what} leaves a rejected order that was not charged`, async () => {
      const { answer } = await buy(card);
      assert.equal(answer.status, 422, answer.text);
      const { error } = answer.problem;
      assert.equal(error.code, "orders.payment_declined");
      assert.match(error.message, why);
      const list = await shop().http.must<{ data: Order[] }>("GET", "/v1/orders?lifecycle=rejected&limit=100", {
        token: await shop().token("support"),
      });
      const order = list.data.find(({ id }) => error.message.includes(id));
      assert.deepEqual([order?.payment, order?.reason, order?.refunded.amount], ["declined", "payment_declined", 0]);
    });

  async function challenged() {
    const { answer, cart } = await buy(cards.threeDSecure);
    assert.equal(answer.status, 202, answer.text);
    const { order } = answer.body;
    assert.deepEqual([order.lifecycle, order.payment], ["pending", "requires_action"]);
    const { nextAction } = order;
    assert.ok(nextAction);
    const { cartToken } = cart;
    const answerBank = (outcome: "succeed" | "fail", holder: { cartToken?: string | undefined } = { cartToken }) =>
      shop().http.call<{ status: string }>("POST", nextAction.url, { ...holder, body: { outcome } });
    return { id: order.id, cart, answerBank };
  }

  test("a shopper whose bank asks is told so at once, and the order goes on when they have answered, once", async () => {
    const { id, cart, answerBank } = await challenged();
    assert.equal((await answerBank("succeed", {})).status, 404, "another's payment is not there");
    assert.equal((await orderOf(shop(), id, cart)).payment, "requires_action");
    for (const outcome of ["succeed", "succeed", "fail"] as const) {
      const answer = await answerBank(outcome);
      assert.deepEqual([answer.status, answer.body.status], [200, "captured"]);
    }
    const order = await untilFinal(shop(), id, cart);
    assert.deepEqual([order.lifecycle, order.payment, order.nextAction], ["confirmed", "captured", undefined]);
  });

  test("a shopper whom the bank does not know buys nothing", async () => {
    const { id, cart, answerBank } = await challenged();
    assert.equal((await answerBank("fail")).body.status, "declined");
    const order = await untilFinal(shop(), id, cart);
    assert.deepEqual([order.lifecycle, order.reason, order.payment], ["rejected", "payment_declined", "declined"]);
  });

  test("a slow card is waited for", async () => {
    const { answer } = await buy(cards.slow);
    assert.equal(answer.status, 201, answer.text);
  });

  test("an order whose payment is slow is answered as still pending after a short wait, and confirmed later", async () => {
    const { answer, cart } = await buy(cards.slow, { wait: 1 });
    assert.equal(answer.status, 202, answer.text);
    const order = await untilFinal(shop(), answer.body.order.id, cart);
    assert.equal(order.lifecycle, "confirmed");
  });

  test("a card that is charged without an answer confirms in the end", async () => {
    const { answer, cart } = await buy(cards.hangsAfterCharging, {});
    assert.equal(answer.status, 202, answer.text);
    const order = await untilFinal(shop(), answer.body.order.id, cart);
    assert.deepEqual([order.lifecycle, order.payment, order.refunded.amount], ["confirmed", "captured", 0]);
  });

  test("a provider that notifies twice changes nothing", async () => {
    const { answer, cart } = await buy(cards.notifiesTwice);
    assert.equal(answer.status, 201, answer.text);
    const { order } = answer.body;
    assert.equal(order.payment, "captured");
    assert.equal((await orderOf(shop(), order.id, cart)).totals.total.amount, order.totals.total.amount);
  });

  test("a notification that the provider did not sign is refused", async () => {
    const raw = JSON.stringify({ id: "evt_forged", key: `charge:${randomUUID()}` });
    const path = "/v1/webhooks/payments/simulator";
    for (const signature of [undefined, "t=1,v1=00", `t=${Math.floor(Date.now() / 1_000)},v1=${"0".repeat(64)}`]) {
      const headers = signature ? { "x-signature": signature } : {};
      const answer = await shop().http.call("POST", path, { raw, headers });
      assert.equal(answer.problem.error.code, "payments.bad_signature");
      assert.equal(answer.status, 401);
    }
  });

  test("the same key answers the same bytes, whether it waits or not", async () => {
    const cart = await cartWith(shop(), { [sku]: 1 });
    const paymentToken = await payWith(shop(), cards.good);
    const [key, waitingKey] = [randomUUID(), randomUUID()];
    const at = await checkout(shop(), cart, { paymentToken, key });
    assert.equal(at.status, 202);
    assert.equal(at.headers["idempotent-replayed"], undefined);
    await untilFinal(shop(), at.body.order.id, cart);
    const replay = await checkout(shop(), cart, { paymentToken, key });
    assert.deepEqual([replay.status, replay.text], [at.status, at.text]);
    assert.equal(replay.headers["idempotent-replayed"], "true");

    const other = await cartWith(shop(), { [sku]: 2 });
    const waited = await checkout(shop(), other, { paymentToken, key: waitingKey, wait: 10 });
    assert.equal(waited.status, 201, waited.text);
    const waitedAgain = await checkout(shop(), other, { paymentToken, key: waitingKey, wait: 10 });
    assert.deepEqual([waitedAgain.status, waitedAgain.text], [201, waited.text]);
  });

  test("the same key answers the same refusal", async () => {
    const key = randomUUID();
    const { cart, paymentToken, answer } = await buy(cards.declined, { wait: 10, key });
    const again = await checkout(shop(), cart, { paymentToken, key, wait: 10 });
    assert.equal(again.status, answer.status);
    assert.equal(again.problem.error.message, answer.problem.error.message);
  });

  test("a key cannot stand for two requests, and a checkout without one is refused", async () => {
    const key = randomUUID();
    const { cart, paymentToken, answer } = await buy(cards.good, { wait: 10, key });
    assert.equal(answer.status, 201);
    const other = await checkout(shop(), cart, { paymentToken, key, email: "somebody.else@example.com", wait: 10 });
    assert.equal(other.status, 422);
    assert.match(other.problem.error.code, /idempotency/);

    const ask = { cartToken: cart.cartToken, body: {} };
    const without = await shop().http.call("POST", `/v1/carts/${cart.id}/checkout`, ask);
    assert.ok(without.status >= 400 && without.status < 500 && without.problem.error.code);
  });
}
