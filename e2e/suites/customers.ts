import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { Shop } from "../shop/running-shop.ts";
import {
  type Cart,
  cards,
  cartWith,
  checkout,
  type Order,
  openCart,
  orderOf,
  type Page,
  payWith,
  put,
  register,
  sell,
} from "../shop/shopping.ts";

export function customers(shop: () => Shop): void {
  test("a customer registers, signs in, orders, and finds the orders again", async () => {
    const sku = await sell(shop());
    const { email, password } = await register(shop());
    const login = await shop().http.call<{ accessToken: string; user: { email: string } }>("POST", "/v1/auth/login", {
      body: { email, password },
    });
    assert.equal(login.status, 200, login.text);
    const token = login.body.accessToken;
    assert.equal(login.body.user.email, email);

    const paymentToken = await payWith(shop(), cards.good);
    const placed: string[] = [];
    for (let i = 1; i <= 3; i++) {
      const cart = await cartWith(shop(), { [sku]: i }, token);
      assert.equal(cart.cartToken, undefined, "a customer's cart is reached with the customer's own token");
      const answer = await checkout(shop(), cart, { paymentToken, email, wait: 10 });
      assert.equal(answer.status, 201, answer.text);
      placed.unshift(answer.body.order.id);
    }

    const first = await shop().http.must<Page<Order>>("GET", "/v1/orders?limit=2", { token });
    assert.deepEqual(first.pagination, { page: 1, limit: 2, total: 3, pages: 2 });
    assert.deepEqual(
      first.data.map(({ id }) => id),
      placed.slice(0, 2),
      "newest first",
    );
    const { next, prev } = first._links;
    assert.ok(next && !prev, "there is a next page and none before");
    const second = await shop().http.must<Page<Order>>("GET", next, { token });
    assert.deepEqual(
      second.data.map(({ id }) => id),
      placed.slice(2),
    );
    assert.ok(second._links.prev && !second._links.next);
    assert.ok(second._links.self && second._links.first && second._links.last);
    const beyond = await shop().http.must<Page<Order>>("GET", "/v1/orders?page=99", { token });
    assert.deepEqual([beyond.data.length, beyond.pagination.total], [0, 3]);

    const one = await orderOf(shop(), placed[0] ?? "", { token });
    assert.equal(one.lines[0]?.quantity, 3);
  });

  test("what is somebody else's is not there", async () => {
    const sku = await sell(shop());
    const [ada, eve] = [await register(shop()), await register(shop())];
    const paymentToken = await payWith(shop(), cards.good);
    const hers = await cartWith(shop(), { [sku]: 1 }, ada.token);
    const guests = await cartWith(shop(), { [sku]: 1 });
    const orderId = (await checkout(shop(), hers, { paymentToken, wait: 10 })).body.order.id;
    const guestsOrderId = (await checkout(shop(), guests, { paymentToken, wait: 10 })).body.order.id;

    const strangers = [{}, { token: eve.token }, { cartToken: "guessed" }, { token: eve.token, cartToken: "guessed" }];
    for (const holder of strangers) {
      for (const path of [
        `/v1/carts/${hers.id}`,
        `/v1/carts/${guests.id}`,
        `/v1/orders/${orderId}`,
        `/v1/orders/${guestsOrderId}`,
        `/v1/orders/${orderId}/events`,
      ]) {
        const answer = await shop().http.call("GET", path, holder);
        assert.equal(answer.status, 404, `${path} ${answer.text}`);
      }
      const cancel = await shop().http.call("POST", `/v1/orders/${orderId}/cancel`, { ...holder, key: randomUUID() });
      assert.equal(cancel.status, 404, cancel.text);
    }
    const missing = await shop().http.call("GET", `/v1/orders/${randomUUID()}`, { token: eve.token });
    const present = await shop().http.call("GET", `/v1/orders/${orderId}`, { token: eve.token });
    assert.equal(missing.problem.error.code, present.problem.error.code, "nothing tells that it is there");
    assert.equal((await shop().http.call("GET", "/v1/orders")).status, 401);
    const list = await shop().http.must<Page<Order>>("GET", "/v1/orders", { token: eve.token });
    assert.equal(list.pagination.total, 0);
  });

  test("only a merchandiser sets a price, and what was set is what is paid", async () => {
    const sku = await sell(shop(), { amount: 5_000 });
    const { token } = await register(shop());
    const body = { quantity: 1, unitPrice: { amount: 1, currency: "EUR" } };
    for (const cart of [await openCart(shop()), await openCart(shop(), token)]) {
      const answer = await shop().http.call("PUT", `/v1/carts/${cart.id}/items/${sku}`, { ...holderOf(cart), body });
      assert.equal(answer.status, 403);
      assert.equal(answer.problem.error.code, "orders.price_override_forbidden");
    }
    const cart = await openCart(shop());
    const filled = await shop().http.must<Cart>("PUT", `/v1/carts/${cart.id}/items/${sku}`, {
      body: { quantity: 2, unitPrice: { amount: 4_200, currency: "EUR" } },
      cartToken: cart.cartToken,
      token: await shop().token("merchandiser"),
    });
    assert.equal(filled.totals.subtotal.amount, 8_400);
    const paymentToken = await payWith(shop(), cards.good);
    const { order } = (await checkout(shop(), cart, { paymentToken, wait: 10 })).body;
    assert.equal(order.totals.subtotal.amount, 8_400);
  });

  test("a wrong password and an unknown address are refused in the same words", async () => {
    const { email } = await register(shop());
    const wrong = await shop().http.call("POST", "/v1/auth/login", { body: { email, password: "not the password" } });
    const unknown = await shop().http.call("POST", "/v1/auth/login", {
      body: { email: `${randomUUID()}@example.com`, password: "not the password" },
    });
    assert.deepEqual([wrong.status, unknown.status], [401, 401]);
    assert.deepEqual(
      [wrong.problem.error.code, wrong.problem.error.message],
      [unknown.problem.error.code, unknown.problem.error.message],
    );
  });

  test("a refresh token works once, and using it again ends the session", async () => {
    const { refreshToken } = await register(shop());
    const refresh = (token: string) =>
      shop().http.call<{ refreshToken: string }>("POST", "/v1/auth/refresh", { body: { refreshToken: token } });
    const second = await refresh(refreshToken);
    assert.equal(second.status, 200, second.text);
    assert.equal((await refresh(refreshToken)).status, 401);
    assert.equal((await refresh(second.body.refreshToken)).status, 401, "the thief's token is worth nothing either");
  });

  test("what needs a role is refused to a customer and to nobody", async () => {
    const sku = await sell(shop());
    const { token } = await register(shop());
    for (const [method, path, body] of [
      ["POST", "/v1/products", {}],
      ["GET", `/v1/inventory/${sku}`, undefined],
      ["POST", `/v1/inventory/${sku}/receipts`, { quantity: 1 }],
      ["GET", "/v1/notifications/sink", undefined],
      ["GET", "/v1/payments/reconciliation", undefined],
    ] as const) {
      const ask = { key: randomUUID(), ...(body && { body }) };
      assert.equal((await shop().http.call(method, path, { ...ask, token })).status, 403, path);
      assert.equal((await shop().http.call(method, path, ask)).status, 401, path);
      const forged = `${token.slice(0, -6)}AAAAAA`;
      assert.equal((await shop().http.call(method, path, { ...ask, token: forged })).status, 401, path);
    }
  });

  test("nothing internal is reached from outside", async () => {
    const token = await shop().token("admin");
    for (const path of ["/internal/book", "/internal/revocations", "/internal/reservations", "/internal/sagas"]) {
      const answer = await shop().http.call("GET", path, { token });
      assert.equal(answer.status, 404, path);
    }
  });

  test("a guest's cart belongs to whoever holds its token", async () => {
    const sku = await sell(shop());
    const cart = await openCart(shop());
    assert.equal((await put(shop(), { ...cart, cartToken: "guessed" }, sku, 1)).status, 404);
    assert.equal((await put(shop(), cart, sku, 1)).status, 200);
  });
}

const holderOf = ({ token, cartToken }: { token?: string | undefined; cartToken?: string | undefined }) => ({
  token,
  cartToken,
});
