import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { eventually } from "../shop/client.ts";
import type { Shop } from "../shop/running-shop.ts";
import { type Cart, cards, cartWith, checkout, openCart, type Page, payWith, put, sell } from "../shop/shopping.ts";

type Product = { readonly id: string; readonly slug: string; readonly variants: readonly { readonly sku: string }[] };

export function carts(shop: () => Shop): void {
  test("a cart is filled, changed, emptied, and always adds up", async () => {
    const [mug, bowl] = [await sell(shop(), { amount: 700 }), await sell(shop(), { amount: 1_101 })];
    const cart = await cartWith(shop(), { [mug]: 2, [bowl]: 3 });
    const filled = (await put(shop(), cart, mug, 5)).body;
    assert.equal(filled.totals.subtotal.amount, 5 * 700 + 3 * 1_101);
    assert.deepEqual(
      filled.lines.map(({ sku, quantity }) => [sku, quantity]),
      [
        [mug, 5],
        [bowl, 3],
      ],
    );
    const emptied = await shop().http.must<Cart>("DELETE", `/v1/carts/${cart.id}/items/${mug}`, cart);
    assert.deepEqual(
      emptied.lines.map(({ sku }) => sku),
      [bowl],
    );
    const again = await shop().http.call("DELETE", `/v1/carts/${cart.id}/items/${mug}`, cart);
    assert.ok(again.status < 300, "taking out what is not there changes nothing");
    const unknown = await put(shop(), cart, "NO-SUCH-SKU", 1);
    assert.equal(unknown.problem.error.code, "orders.unknown_sku");
  });

  test("a changed price is shown before it is paid", async () => {
    const sku = await sell(shop(), { amount: 1_000 });
    const cart = await cartWith(shop(), { [sku]: 1 });
    const found = await eventually("the product is found", async () => {
      const page = await shop().http.must<Page<Product>>("GET", `/v1/products?q=${sku}`);
      return page.data[0];
    });
    const token = await shop().token("merchandiser");
    await shop().http.must("PATCH", `/v1/products/${found.id}`, {
      token,
      body: { variants: [{ sku, title: "One size", price: { amount: 1_500, currency: "EUR" }, weightGrams: 250 }] },
    });
    await eventually("the cart says so", async () => {
      const { problems } = await shop().http.must<Cart>("GET", `/v1/carts/${cart.id}`, cart);
      return problems.some(({ kind }) => kind === "price_changed");
    });
    const paymentToken = await payWith(shop(), cards.good);
    const refused = await checkout(shop(), cart, { paymentToken, wait: 10 });
    assert.equal(refused.problem.error.code, "orders.cart_has_problems");
    const agreed = (await put(shop(), cart, sku, 1)).body;
    assert.deepEqual([agreed.problems.length, agreed.totals.subtotal.amount], [0, 1_500]);
    assert.equal((await checkout(shop(), cart, { paymentToken, wait: 10 })).status, 201);
  });

  test("an ordered cart is closed", async () => {
    const sku = await sell(shop());
    const cart = await cartWith(shop(), { [sku]: 1 });
    const paymentToken = await payWith(shop(), cards.good);
    const { order } = (await checkout(shop(), cart, { paymentToken, wait: 10 })).body;
    const closed = await shop().http.must<Cart>("GET", `/v1/carts/${cart.id}`, cart);
    assert.deepEqual([closed.status, closed.orderId], ["ordered", order.id]);
    assert.equal((await put(shop(), cart, sku, 2)).problem.error.code, "orders.cart_not_open");
  });

  test("an unchanged answer is not sent twice", async () => {
    const cart = await openCart(shop());
    const first = await shop().http.call("GET", `/v1/carts/${cart.id}`, cart);
    const etag = String(first.headers["etag"]);
    const second = await shop().http.call("GET", `/v1/carts/${cart.id}`, {
      ...cart,
      headers: { "if-none-match": etag },
    });
    assert.deepEqual([second.status, second.text], [304, ""]);
  });

  test("every answer can be found again in the logs, and what was sent in is kept", async () => {
    const requestId = randomUUID();
    const answer = await shop().http.call("GET", "/v1/products", { headers: { "x-request-id": requestId } });
    assert.equal(answer.headers["x-request-id"], requestId);
    assert.match(String(answer.headers["traceparent"]), /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
  });

  test("documents and pages are served", async () => {
    for (const [path, type] of [
      ["/", /^text\/html/],
      ["/docs", /^text\/html/],
      ["/openapi.json", /^application\/json/],
      ["/asyncapi.json", /^application\/json/],
      ["/.well-known/jwks.json", /^application\/json/],
      ["/.well-known/openid-configuration", /^application\/json/],
    ] as const) {
      const answer = await shop().http.call("GET", path);
      assert.equal(answer.status, 200, path);
      assert.match(String(answer.headers["content-type"]), type, path);
    }
  });
}
