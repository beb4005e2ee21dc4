import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import pg from "pg";
import { carrierSays, parcelsOf } from "../shop/carrier.ts";
import { eventually } from "../shop/client.ts";
import { requestReturn, settledReturn } from "../shop/returning.ts";
import type { Shop } from "../shop/running-shop.ts";
import { cards, cartWith, checkout, type Order, orderOf, payWith, sell } from "../shop/shopping.ts";

/** A shop that only reserves money at checkout, in which every unit is a parcel of its own that leaves when the carrier says so. */
export const manualCapture = {
  SOUK_PAYMENT_CAPTURE: "manual",
  SOUK_MAX_PARCEL_GRAMS: "300",
  SOUK_CARRIER_DISPATCH_AFTER: "24h",
} as const;

const taken = ({ timeline }: Order) => timeline.filter(({ what }) => what === "Money taken for what has left").length;

export function capturing(shop: () => Shop): void {
  async function authorized(units: number, card: string = cards.good) {
    const sku = await sell(shop(), { amount: 1_000, quantity: 50 });
    const cart = await cartWith(shop(), { [sku]: units });
    const { status, text, body } = await checkout(shop(), cart, {
      paymentToken: await payWith(shop(), card),
      wait: 10,
    });
    assert.equal(status, 201, text);
    assert.deepEqual([body.order.lifecycle, body.order.payment], ["confirmed", "authorized"]);
    const { id } = body.order;
    const parcels = await eventually("its parcels are made", async () => {
      const made = await parcelsOf(shop(), id);
      return made.length === units && made.map(({ trackingNumber }) => trackingNumber);
    });
    return { id, sku, cart, parcels, now: () => orderOf(shop(), id, cart) };
  }
  const becomes = (now: () => Promise<Order>, what: string, is: (order: Order) => boolean) =>
    eventually(what, async () => {
      const order = await now();
      return is(order) && order;
    });

  /** As at a card provider that lets go of what it reserved long ago. */
  async function lapses(orderId: string): Promise<void> {
    const provider = new pg.Client({ connectionString: await shop().databaseUrl("card_simulator") });
    await provider.connect();
    await provider.query("update charges set created_at = created_at - interval '8 days' where key = $1", [
      `charge:${orderId}`,
    ]);
    await provider.end();
  }

  /** As at a card provider that has let go by itself, and has told nobody yet. */
  async function isVoided(orderId: string): Promise<void> {
    const provider = new pg.Client({ connectionString: await shop().databaseUrl("card_simulator") });
    await provider.connect();
    await provider.query("update charges set status = 'voided', position = nextval('book_position') where key = $1", [
      `charge:${orderId}`,
    ]);
    await provider.end();
  }

  test("each parcel takes its share when it leaves, and the last one all that is left", async () => {
    const { sku, id, cart, parcels, now } = await authorized(3);
    const [first = "", second = "", third = ""] = parcels;
    await carrierSays(shop(), first, "dispatched");
    const part = await becomes(now, "a part is taken", (order) => taken(order) === 1);
    assert.deepEqual([part.payment, part.fulfilment], ["partially_captured", "partial"]);
    // Told twice and at once, out of order: each is taken once.
    await Promise.all([
      carrierSays(shop(), first, "delivered"),
      carrierSays(shop(), second, "in_transit", "dispatched"),
    ]);
    await carrierSays(shop(), third, "delivered");
    await carrierSays(shop(), second, "delivered");
    const whole = await becomes(now, "all of it is taken", (order) => order.payment === "captured");
    assert.equal(taken(whole), 3);
    const done = await becomes(now, "it is completed", (order) => order.lifecycle === "completed");
    assert.equal(done.fulfilment, "delivered");

    const token = await shop().token("support");
    const { id: returnId } = await requestReturn(shop(), id, cart, sku, 1);
    await shop().http.must("POST", `/v1/returns/${returnId}/approve`, { token });
    const lines = [{ sku, quantity: 1, condition: "sellable" }];
    await shop().http.must("POST", `/v1/returns/${returnId}/receive`, { token, body: { lines } });
    assert.equal((await settledReturn(shop(), returnId, cart)).refund?.amount.amount, 1_000);
  });

  test("of an order that is cancelled before anything has left nothing is taken", async () => {
    const { id, cart, now } = await authorized(2);
    await shop().http.must("POST", `/v1/orders/${id}/cancel`, { ...cart, key: randomUUID() });
    const over = await becomes(now, "it is cancelled", (order) => order.lifecycle === "cancelled");
    assert.deepEqual([over.payment, over.refunded.amount, taken(over)], ["voided", 0, 0]);
  });

  test("money that is not reserved any more cancels an order of which nothing has left", async () => {
    const { id, parcels, now } = await authorized(2);
    await lapses(id);
    const over = await becomes(now, "it is cancelled", (order) => order.lifecycle === "cancelled");
    assert.deepEqual([over.payment, over.reason, taken(over)], ["voided", "operator", 0]);
    assert.match(JSON.stringify(over.timeline), /reserved for it has lapsed/);
    const states = (await parcelsOf(shop(), id)).map(({ status }) => status);
    assert.deepEqual(
      states,
      parcels.map(() => "cancelled"),
    );
  });

  test("when the money lapses after a parcel has left, that one stays paid and the rest is cancelled", async () => {
    const { id, sku, parcels, now } = await authorized(3);
    const [first = ""] = parcels;
    await carrierSays(shop(), first, "dispatched");
    await becomes(now, "a part is taken", (order) => taken(order) === 1);
    await lapses(id);
    const cut = await becomes(now, "the rest is cancelled", ({ lines }) => lines[0]?.cancelled === 2);
    assert.deepEqual([cut.lifecycle, cut.payment, cut.fulfilment], ["confirmed", "captured", "shipped"]);
    const states = (await parcelsOf(shop(), id)).map(({ status }) => status);
    assert.deepEqual(states.toSorted(), ["cancelled", "cancelled", "dispatched"]);
    const token = await shop().token("operator");
    const stock = await shop().http.must<{ available: number }>("GET", `/v1/inventory/${sku}`, { token });
    assert.equal(stock.available, 49, "one of fifty is sold");
    await carrierSays(shop(), first, "delivered");
    await becomes(now, "it is completed", (order) => order.lifecycle === "completed");
  });

  test("what a bank lets go of by itself before anything has left cancels the order, however often it says so", async () => {
    const { id, now } = await authorized(2);
    const token = await shop().token("operator");
    const { paymentId } = await shop().http.must<{ paymentId: string }>("GET", `/v1/orders/${id}`, { token });
    const letGo = () => shop().http.call("POST", `/v1/payments/${paymentId}/let-go`, { token });
    assert.deepEqual([(await letGo()).status, (await letGo()).status], [200, 200]);
    const over = await becomes(now, "it is cancelled", (order) => order.lifecycle === "cancelled");
    assert.deepEqual([over.payment, over.reason, taken(over)], ["voided", "operator", 0]);
  });

  test("what left when its money was gone is claimed until it is paid another way or written off", async () => {
    const { id, parcels, now } = await authorized(2);
    const [first = "", second = ""] = parcels;
    await isVoided(id);
    await carrierSays(shop(), first, "dispatched");
    await becomes(now, "the rest is cancelled", ({ lines }) => lines[0]?.cancelled === 1);
    const token = await shop().token("operator");
    type Claim = Readonly<Record<"open" | "paid" | "writtenOff", { amount: number }>>;
    type Seen = Order & { claim?: Claim };
    const seen = () => shop().http.must<Seen>("GET", `/v1/orders/${id}`, { token });
    const { claim, payment, timeline } = await seen();
    const open = claim?.open.amount ?? 0;
    assert.ok(open >= 1_000, "half of what it costs");
    assert.equal(payment, "voided");
    assert.deepEqual(timeline.map(({ what }) => what).slice(-3), [
      "The money that was reserved has lapsed",
      "Sent and not paid",
      "The rest was cancelled",
    ]);
    const states = await parcelsOf(shop(), id);
    assert.equal(states.find(({ trackingNumber }) => trackingNumber === second)?.status, "cancelled");
    const transfer = { amount: { amount: 400, currency: "EUR" }, how: "Transfer of today" };
    const paid = await shop().http.call<Seen>("POST", `/v1/orders/${id}/claim/payments`, {
      ...{ token, key: randomUUID() },
      body: transfer,
    });
    assert.deepEqual([paid.status, paid.body.claim?.open.amount, paid.body.claim?.paid.amount], [202, open - 400, 400]);
    const path = `/v1/orders/${id}/claim/write-off`;
    const key = randomUUID();
    const body = { reason: "Moved without an address" };
    for (let i = 0; i < 2; i++) {
      const { status, body: answer } = await shop().http.call<Seen>("POST", path, { token, key, body });
      assert.deepEqual([status, answer.claim?.open.amount, answer.claim?.writtenOff.amount], [202, 0, open - 400]);
    }
    assert.equal(
      (await now()).timeline.some(({ what }) => what === "Claim written off"),
      false,
    );
  });

  test("a part can be refunded while the rest is still reserved", async () => {
    const { id, parcels, now } = await authorized(2);
    const [first = "", second = ""] = parcels;
    await carrierSays(shop(), first, "delivered");
    await becomes(now, "a part is taken", (order) => taken(order) === 1);
    const token = await shop().token("support");
    const refund = (amount: number) =>
      shop().http.call("POST", `/v1/orders/${id}/refunds`, {
        ...{ token, key: randomUUID() },
        body: { amount: { amount, currency: "EUR" }, reason: "The box was dented" },
      });
    assert.equal((await refund(2_000)).problem.error.code, "orders.refund_too_large", "only half of it was taken");
    assert.equal((await refund(300)).status, 202);
    await becomes(now, "it is given back", ({ refunded }) => refunded.amount === 300);
    await carrierSays(shop(), second, "delivered");
    const done = await becomes(
      now,
      "it is completed",
      (order) => order.lifecycle === "completed" && taken(order) === 2,
    );
    assert.deepEqual([done.payment, done.refunded.amount], ["partially_refunded", 300]);
  });

  test("a challenge that is met reserves, and takes nothing", async () => {
    const sku = await sell(shop());
    const cart = await cartWith(shop(), { [sku]: 1 });
    const paymentToken = await payWith(shop(), cards.threeDSecure);
    const { order } = (await checkout(shop(), cart, { paymentToken, wait: 10 })).body;
    const answer = await shop().http.call<{ status: string }>("POST", order.nextAction?.url ?? "", {
      ...cart,
      body: { outcome: "succeed" },
    });
    assert.deepEqual([answer.status, answer.body.status], [200, "authorized"], answer.text);
    const now = () => orderOf(shop(), order.id, cart);
    await becomes(
      now,
      "it is confirmed",
      ({ lifecycle, payment }) => lifecycle === "confirmed" && payment === "authorized",
    );
  });

  test("all of it adds up", async () => {
    const broken = (await shop().verify(60)).checks.filter(({ ok }) => !ok);
    assert.deepEqual(broken, []);
  });
}
