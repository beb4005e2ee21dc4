import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { eventually } from "../shop/client.ts";
import type { Shop } from "../shop/running-shop.ts";
import {
  type Cart,
  cards,
  cartWith,
  checkout,
  checkoutAsk,
  type Order,
  openCart,
  type Page,
  payWith,
  put,
  register,
  sell,
  untilFinal,
} from "../shop/shopping.ts";

type Usage = { readonly uses: number; readonly usesLeft?: number };
type Priced = Cart & { readonly coupon?: { readonly applied: boolean } };

export function promotions(shop: () => Shop): void {
  /** A coupon of one's own, known to carts. */
  async function coupon(rule: object): Promise<string> {
    const code = `E2E-${randomUUID().slice(0, 13).toUpperCase()}`;
    const token = await shop().token("merchandiser");
    await shop().http.must("POST", "/v1/promotions", { token, body: { name: "For a test", code, ...rule } });
    const cart = await openCart(shop());
    await eventually(`${code} is known`, async () => (await enter(cart, code)).status === 200);
    return code;
  }
  const enter = (
    { id, ...holder }: { id: string; cartToken?: string | undefined; token?: string | undefined },
    code: string,
  ) => shop().http.call<Priced>("PUT", `/v1/carts/${id}/coupon`, { ...holder, body: { code } });

  test("a merchandiser's coupon takes off what it says, for as many as it says, and comes back with a cancelled order", async () => {
    const sku = await sell(shop(), { amount: 2_000 });
    const paymentToken = await payWith(shop(), cards.good);
    const code = await coupon({ effect: { kind: "percentage", of: "order", percent: 25 }, limits: { uses: 1 } });
    const [first, second] = [await cartWith(shop(), { [sku]: 1 }), await cartWith(shop(), { [sku]: 1 })];
    for (const cart of [first, second]) assert.equal((await enter(cart, code)).body.totals.discount.amount, 500);

    const bought = await checkout(shop(), first, { paymentToken, wait: 10 });
    assert.equal(bought.status, 201, bought.text);
    const { totals, id } = bought.body.order;
    assert.equal(totals.discount.amount, 500);
    assert.equal(totals.total.amount, 1_500 + totals.shipping.amount);
    const token = await shop().token("merchandiser");
    const { data } = await shop().http.must<Page<{ id: string }>>("GET", `/v1/promotions?code=${code}`, { token });
    const used = await shop().http.must<Usage>("GET", `/v1/promotions/${data[0]?.id}/usage`, { token });
    assert.deepEqual([used.uses, used.usesLeft], [1, 0], "and the merchandiser sees it");
    const late = await checkout(shop(), second, { paymentToken, wait: 10 });
    assert.equal(late.problem.error.code, "orders.cart_has_problems");

    await shop().http.must("POST", `/v1/orders/${id}/cancel`, { ...first, key: randomUUID(), body: {} });
    const { lifecycle, refunded } = await untilFinal(shop(), id, first);
    assert.equal(lifecycle, "cancelled");
    assert.deepEqual(refunded, totals.total);
    assert.equal((await checkout(shop(), second, { paymentToken, wait: 10 })).status, 201);
  });

  test("what costs nothing is ordered like anything else", async () => {
    const sku = await sell(shop());
    const paymentToken = await payWith(shop(), cards.good);
    const code = await coupon({ effect: { kind: "percentage", of: "order", percent: 100 } });
    const cart = await cartWith(shop(), { [sku]: 2 });
    await enter(cart, code);
    const { status, body, text } = await checkout(shop(), cart, { paymentToken, shippingMethod: "pickup", wait: 10 });
    assert.equal(status, 201, text);
    assert.equal(body.order.totals.total.amount, 0);
  });

  test("whoever expects another total is told so, and is charged nothing", async () => {
    const cart = await cartWith(shop(), { [await sell(shop(), { amount: 1_000 })]: 1 });
    const paymentToken = await payWith(shop(), cards.good);
    const ask = checkoutAsk(cart, { paymentToken, wait: 10 });
    const expecting = (amount: number) =>
      shop().http.call<{ order: Order }>("POST", `/v1/carts/${cart.id}/checkout`, {
        ...ask,
        key: randomUUID(),
        body: { ...ask.body, expectedTotal: { amount, currency: "EUR" } },
      });
    assert.equal((await expecting(1)).problem.error.code, "orders.total_changed");
    const shown = await shop().http.must<Cart>("GET", `/v1/carts/${cart.id}?country=DE&shippingMethod=standard`, cart);
    const { status, body } = await expecting(shown.totals.total.amount);
    assert.deepEqual([status, body.order.totals], [201, shown.totals]);
  });

  test("who signs in keeps what they had put into a cart as a guest", async () => {
    const [cup, pot] = [await sell(shop()), await sell(shop())];
    const { token } = await register(shop());
    const own = await cartWith(shop(), { [cup]: 3 }, token);
    const guests = await cartWith(shop(), { [cup]: 1, [pot]: 2 });
    const { id, lines } = await shop().http.must<Cart>("POST", `/v1/carts/${guests.id}/claim`, { ...guests, token });
    assert.equal(id, own.id);
    assert.deepEqual(
      lines.map(({ sku, quantity }) => [sku, quantity]),
      [
        [cup, 3],
        [pot, 2],
      ],
    );
    assert.equal((await put(shop(), guests, cup, 1)).status, 409, "the guest's cart is closed");
  });
}
