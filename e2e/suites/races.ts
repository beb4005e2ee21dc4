import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { Shop } from "../shop/running-shop.ts";
import {
  cards,
  cartWith,
  checkout,
  checkoutAsk,
  type Order,
  type Page,
  payWith,
  sell,
  untilFinal,
} from "../shop/shopping.ts";

type Checkout = { readonly order: Order };

export function races(shop: () => Shop): void {
  test("of 200 shoppers racing for 10 units exactly 10 win", async () => {
    const sku = await sell(shop(), { quantity: 10 });
    const paymentToken = await payWith(shop(), cards.good);
    const { persist } = shop().http;
    const shoppers = await inGroups(20, 200, async () => {
      const { body: cart } = await persist<{ id: string; cartToken: string }>("POST", "/v1/carts", { body: {} });
      const { id, cartToken } = cart;
      const put = await persist("PUT", `/v1/carts/${id}/items/${sku}`, { cartToken, body: { quantity: 1 } });
      assert.equal(put.status, 200, put.text);
      return { id, cartToken };
    });

    const answers = await Promise.all(
      shoppers.map((cart) =>
        shop().http.persist<Checkout>(
          "POST",
          `/v1/carts/${cart.id}/checkout`,
          checkoutAsk(cart, { paymentToken, wait: 10 }),
        ),
      ),
    );
    const final = await Promise.all(
      answers.map(async (answer, i) => {
        if (answer.status !== 202) return answer.status === 201 ? "confirmed" : answer.problem.error.code;
        return (await untilFinal(shop(), answer.body.order.id, shoppers[i] ?? {})).lifecycle;
      }),
    );
    const outcomes = Map.groupBy(final, (outcome) => outcome);
    assert.equal(outcomes.get("confirmed")?.length, 10);
    const lost = (outcomes.get("orders.out_of_stock")?.length ?? 0) + (outcomes.get("rejected")?.length ?? 0);
    assert.equal(lost, 190, JSON.stringify([...outcomes.keys()]));

    const stock = await shop().http.must<{ onHand: number; reserved: number }>("GET", `/v1/inventory/${sku}`, {
      token: await shop().token("operator"),
    });
    assert.equal(stock.onHand - stock.reserved, 0);
  });

  test("one key sent 20 times at once makes one order", async () => {
    const sku = await sell(shop());
    const cart = await cartWith(shop(), { [sku]: 1 });
    const paymentToken = await payWith(shop(), cards.good);
    const ask = checkoutAsk(cart, { paymentToken, wait: 10 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => shop().http.call<Checkout>("POST", `/v1/carts/${cart.id}/checkout`, ask)),
    );
    // On a busy machine the order may not be decided when the waiting ends: then that is what all are told.
    const made = answers.filter(({ status }) => status === 201 || status === 202);
    const refused = answers.filter((answer) => !made.includes(answer));
    assert.ok(
      refused.every(({ status, headers }) => status === 409 && headers["retry-after"]),
      refused.map(({ text }) => text).join(),
    );
    assert.ok(made.length >= 1);
    assert.equal(new Set(made.map(({ text }) => text)).size, 1, "all that were answered were answered the same bytes");
    const id = made[0]?.body.order.id ?? "";
    const settled = await shop().http.persist<Checkout>("POST", `/v1/carts/${cart.id}/checkout`, ask);
    assert.equal(settled.body.order.id, id);
    assert.deepEqual(await ordersOf(sku), [id]);
  });

  test("two checkouts of one cart at once, under two keys, make one order", async () => {
    const sku = await sell(shop());
    const paymentToken = await payWith(shop(), cards.good);
    const made = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const cart = await cartWith(shop(), { [sku]: 1 });
        const answers = await Promise.all([1, 2].map(() => checkout(shop(), cart, { paymentToken, wait: 10 })));
        for (const { status, text } of answers) assert.equal(status, 201, text);
        const ids = new Set(answers.map(({ body }) => body.order.id));
        assert.equal(ids.size, 1);
        return [...ids][0] ?? "";
      }),
    );
    assert.deepEqual((await ordersOf(sku)).sort(), made.sort());
  });

  test("an order and a change of its cart at once never order what was not in the cart", async () => {
    const sku = await sell(shop());
    const paymentToken = await payWith(shop(), cards.good);
    await inGroups(10, 10, async () => {
      const cart = await cartWith(shop(), { [sku]: 1 });
      const [ordered, changed] = await Promise.all([
        checkout(shop(), cart, { paymentToken, wait: 10 }),
        shop().http.persist("PUT", `/v1/carts/${cart.id}/items/${sku}`, { ...cart, body: { quantity: 7 } }),
      ]);
      assert.ok(ordered.status < 500 && changed.status < 500, `${ordered.text} ${changed.text}`);
      if (ordered.status !== 201) return assert.equal(ordered.status, 409, ordered.text);
      const [line] = ordered.body.order.lines;
      // The change was first, or it was refused.
      assert.equal(line?.quantity, changed.status === 200 ? 7 : 1);
    });
  });

  test("twenty cancellations of one order at once give the money back once", async () => {
    const sku = await sell(shop(), { quantity: 3 });
    const paymentToken = await payWith(shop(), cards.good);
    const cart = await cartWith(shop(), { [sku]: 3 });
    const { order } = (await checkout(shop(), cart, { paymentToken, wait: 10 })).body;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        shop().http.persist("POST", `/v1/orders/${order.id}/cancel`, { ...cart, key: randomUUID() }),
      ),
    );
    assert.ok(
      answers.every(({ status }) => status < 500),
      answers.map(({ text }) => text).join(),
    );
    const over = await untilCancelled(order.id, cart);
    assert.deepEqual(over.refunded, order.totals.total);
    assert.equal(over.timeline.filter(({ what }) => what === "Order cancelled").length, 1);
  });

  async function ordersOf(sku: string): Promise<string[]> {
    const token = await shop().token("operator");
    const { data } = await shop().http.must<Page<Order>>("GET", "/v1/orders?limit=100", { token });
    return data.filter(({ lines }) => lines.some((line) => line.sku === sku)).map(({ id }) => id);
  }

  async function untilCancelled(id: string, cart: { cartToken?: string | undefined }): Promise<Order> {
    for await (const order of shop().http.events<Order>(`/v1/orders/${id}/events`, cart))
      if (order.lifecycle === "cancelled") return order;
    throw new Error(`order ${id} was never cancelled`);
  }
}

/** Runs `task` `times` over, `width` at once. */
async function inGroups<T>(width: number, times: number, task: () => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  let left = times;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (left-- > 0) done.push(await task());
    }),
  );
  return done;
}
