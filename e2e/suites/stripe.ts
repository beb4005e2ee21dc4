import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { signedByStripe, stripeServer } from "../../services/payments/providers/stripe/stripe-server.fixture.ts";
import { carrierSays, parcelsOf } from "../shop/carrier.ts";
import { eventually } from "../shop/client.ts";
import type { Shop } from "../shop/running-shop.ts";
import { cards, cartWith, checkout, type Order, orderOf, payWith, sell, untilFinal } from "../shop/shopping.ts";

const apiKey = "sk_test_of_no_account_at_all_0123456789";
const webhookSecret = "whsec_of_no_account_at_all_0123456789";
const nowSeconds = () => Math.floor(Date.now() / 1_000);

/** A shop that took money with the simulator is switched to Stripe, or to the server of ours that speaks Stripe's HTTP. */
export function stripe(shop: () => Shop): void {
  let provider: Awaited<ReturnType<typeof stripeServer>>;
  let sku = "";
  /** Bought with the simulator, before. */
  let former: Order;
  let told = 0;

  before(async () => {
    provider = await stripeServer({ nowSeconds, apiKey });
    sku = await sell(shop(), { amount: 1_000 });
    const cart = await cartWith(shop(), { [sku]: 1 });
    former = (await checkout(shop(), cart, { paymentToken: await payWith(shop(), cards.good), wait: 10 })).body.order;
    await shop().souk("down");
    const up = await shop().up({
      SOUK_PAYMENT_PROVIDER: "stripe",
      SOUK_PAYMENT_CAPTURE: "automatic",
      SOUK_STRIPE_SECRET_KEY: apiKey,
      SOUK_STRIPE_WEBHOOK_SECRET: webhookSecret,
      SOUK_STRIPE_RETURN_URL: `${shop().address}/orders`,
      SOUK_STRIPE_API_URL: provider.url,
    });
    assert.equal(up.code, 0, up.err);
  });
  after(() => provider?.close());

  async function buy(paymentToken: string, wait = 10) {
    const cart = await cartWith(shop(), { [sku]: 1 });
    return { cart, answer: await checkout(shop(), cart, { paymentToken, wait }) };
  }
  async function bought() {
    const { cart, answer } = await buy("pm_ok");
    assert.equal(answer.status, 201, answer.text);
    return {
      id: answer.body.order.id,
      order: answer.body.order,
      now: () => orderOf(shop(), answer.body.order.id, cart),
    };
  }
  function notify(event: object, secret = webhookSecret) {
    const { body, headers } = signedByStripe(event, secret, nowSeconds());
    return shop().http.call("POST", "/v1/webhooks/payments/stripe", { raw: body, headers });
  }
  /** Everything that Stripe has to tell since the last time, each of it twice, the newest first. */
  async function notifyAll(): Promise<void> {
    const news = provider.events.slice(told).toReversed();
    told = provider.events.length;
    for (const event of news) for (let i = 0; i < 2; i++) assert.equal((await notify(event)).status, 200, event.type);
  }
  const refund = (orderId: string, token: string, amount: number) =>
    shop().http.must("POST", `/v1/orders/${orderId}/refunds`, {
      ...{ token, key: randomUUID() },
      body: { amount: { amount, currency: "EUR" }, reason: "The box was dented" },
    });

  test("an order is charged once, and what Stripe tells of it afterwards changes nothing", async () => {
    const { id, order, now } = await bought();
    assert.equal(order.payment, "captured");
    assert.equal(provider.kept(id), order.totals.total.amount);
    await notifyAll();
    assert.deepEqual((await now()).timeline, order.timeline);
  });

  test("a refused card leaves a rejected order, and says why", async () => {
    const { answer } = await buy("pm_poor");
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.problem.error.code, "orders.payment_declined");
    assert.match(answer.problem.error.message, /insufficient funds/);
  });

  test("a shopper whose bank asks answers there; the webhook confirms the order, or ends it", async () => {
    for (const isMet of [true, false]) {
      const { cart, answer } = await buy("pm_3ds");
      assert.equal(answer.status, 202, answer.text);
      const { id, nextAction } = answer.body.order;
      assert.match(nextAction?.redirectUrl ?? "", /^https:\/\/hooks\.stripe\.example\//);
      provider.challenge(provider.intentOfOrder(id), isMet);
      await notifyAll();
      const order = await untilFinal(shop(), id, cart);
      assert.equal(order.lifecycle, isMet ? "confirmed" : "rejected");
      assert.equal(provider.kept(id), isMet ? order.totals.total.amount : 0);
    }
  });

  test("money that was taken without an answer is not taken again", async () => {
    provider.next(/confirm$/, "reset after", "reset after");
    const { cart, answer } = await buy("pm_ok");
    const id = answer.body.order.id;
    const order = await untilFinal(shop(), id, cart);
    assert.equal(order.lifecycle, "confirmed");
    assert.equal(provider.kept(id), order.totals.total.amount);
  });

  test("support refunds a part, at Stripe", async () => {
    const { id, order, now } = await bought();
    await refund(id, await shop().token("support"), 300);
    await eventually("it is given back", async () => (await now()).refunded.amount === 300);
    assert.equal(provider.kept(id), order.totals.total.amount - 300);
    await notifyAll();
    assert.equal((await now()).refunded.amount, 300);
  });

  test("a disputed payment is on the order, and can be refunded when the dispute is won", async () => {
    const { id, now } = await bought();
    const intent = provider.intentOfOrder(id);
    provider.dispute(intent, "needs_response");
    await notifyAll();
    await eventually("it is disputed", async () => (await now()).dispute === "open");
    const token = await shop().token("support");
    const path = "/v1/payments/disputes?limit=100";
    const { data } = await shop().http.must<{ data: { orderId: string; status: string }[] }>("GET", path, {
      token: await shop().token("operator"),
    });
    assert.equal(data.find(({ orderId }) => orderId === id)?.status, "open");
    provider.dispute(intent, "won");
    await notifyAll();
    await eventually("it is won", async () => (await now()).dispute === "won");
    await refund(id, token, 100);
    await eventually("it is given back", async () => (await now()).refunded.amount === 100);
  });

  test("what Stripe did not sign is refused", async () => {
    const answer = await notify(
      { id: "evt_forged", type: "payment_intent.succeeded", data: { object: {} } },
      "whsec_no",
    );
    assert.deepEqual([answer.status, answer.problem.error.code], [401, "payments.bad_signature"]);
  });

  test("what the simulator reserved is taken, and given back, by the simulator", async () => {
    const token = await shop().token("support");
    const becomes = (what: string, is: (order: Order) => boolean) =>
      eventually(what, async () => is(await orderOf(shop(), former.id, { token })));
    const [parcel] = await parcelsOf(shop(), former.id);
    await carrierSays(shop(), parcel?.trackingNumber ?? "", "delivered");
    await becomes("it is taken", ({ payment }) => payment === "captured");
    await refund(former.id, token, 200);
    await becomes("it is given back", ({ refunded }) => refunded.amount === 200);
  });
}
