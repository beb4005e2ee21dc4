import assert from "node:assert/strict";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { test } from "node:test";
import { browserSession } from "./browser-session.ts";
import { cookiesOf } from "./cookies.ts";
import { isFromOwnPage } from "./own-page.ts";

const shop = "https://shop.example";
const session = browserSession(shop);
const ask = (headers: IncomingHttpHeaders, method = "GET") => session.open({ method, headers } as IncomingMessage); // as: nothing else of it is looked at
const own = { "sec-fetch-site": "same-origin" };
const cookie = "souk_access=a.b-c; souk_holder=guest_1; other=1";
const order = "/v1/orders/019d0000-0000-7000-8000-000000000001";
const checkout = "/v1/carts/:cartId/checkout";

test("the shop's own pages speak for whoever signed in, and for the cart that they opened", () => {
  const { authorization, "x-cart-token": token, cookie: passedOn } = ask({ ...own, cookie });
  assert.deepEqual([authorization, token, passedOn], ["Bearer a.b-c", "guest_1", undefined]);
});

test("a cookie that another site's page sent along is worth nothing, and goes no further", () => {
  for (const site of ["cross-site", "same-site", "none"])
    assert.deepEqual(ask({ "sec-fetch-site": site, cookie }), { "sec-fetch-site": site });
  assert.deepEqual(ask({ origin: "https://elsewhere.example", cookie }, "POST"), {
    origin: "https://elsewhere.example",
  });
});

test("a token in its own header wins, and one that was never written here is left out", () => {
  const given = { authorization: "Bearer program", "x-cart-token": "mine" };
  const { authorization, "x-cart-token": token } = ask({ ...own, ...given, cookie });
  assert.deepEqual([authorization, token], ["Bearer program", "mine"]);
  assert.deepEqual(ask({ ...own, cookie: "souk_access=a b; souk_holder=%0d%0a" }), own);
});

test("whoever ordered a guest's cart is given the key to the order, at its address alone, and to its payment for an hour", () => {
  const opened = ask({ ...own, cookie }, "POST");
  const { "set-cookie": [written, forPayment] = [] } = session.close(checkout, opened, { location: order }) ?? {};
  assert.match(
    String(written),
    new RegExp(`^souk_holder=guest_1; Path=${order}; Max-Age=\\d+; HttpOnly; SameSite=Strict; Secure$`),
  );
  assert.equal(forPayment, "souk_holder=guest_1; Path=/v1/payments; Max-Age=3600; HttpOnly; SameSite=Strict; Secure");
  assert.equal(session.close(checkout, opened, { location: "/v1/orders/../carts" }), undefined);
  assert.equal(session.close("/v1/orders/:orderId", opened, { location: order }), undefined);
  assert.equal(session.close(checkout, { "x-cart-token": "a program's" }, { location: order }), undefined);
});

test("whoever puts what a guest ordered into a cart again is given the key to that cart", () => {
  const opened = ask({ ...own, cookie }, "POST");
  const cart = order.replace("orders", "carts");
  const again = "/v1/orders/:orderId/cart";
  const { "set-cookie": cookies = [] } = session.close(again, opened, { location: cart }) ?? {};
  assert.equal(cookies.length, 1);
  assert.match(String(cookies[0]), new RegExp(`^souk_holder=guest_1; Path=${cart}; `));
  assert.equal(session.close(again, opened, { location: order }), undefined);
});

test("browsers that do not say where a request comes from are believed only what is harmless", () => {
  assert.deepEqual(
    [
      isFromOwnPage({}, "GET", shop),
      isFromOwnPage({}, "POST", shop),
      isFromOwnPage({ origin: shop }, "POST", shop),
      isFromOwnPage({ origin: "null" }, "GET", shop),
    ],
    [true, false, true, false],
  );
});

test("of two cookies with one name the first counts; what is none is passed over", () => {
  assert.deepEqual(
    [...cookiesOf("a=1; b = x=y ;; =z; c; a=2")],
    [
      ["a", "1"],
      ["b", "x=y"],
    ],
  );
  assert.equal(cookiesOf(undefined).size, 0);
});
