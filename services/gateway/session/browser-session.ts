import type { BrowserSession } from "@souk/http";
import { cookiesOf, cookieWriter } from "./cookies.ts";
import { accessName, holderCookie, holderName, payerCookie, tokenShape } from "./names.ts";
import { isFromOwnPage } from "./own-page.ts";

/** Where a checkout's answer says that the order is. */
const orderPath = /^\/v1\/orders\/[0-9a-f-]{36}$/;
const checkoutRoute = "/v1/carts/:cartId/checkout";
const cartPath = /^\/v1\/carts\/[0-9a-f-]{36}$/;
const againRoute = "/v1/orders/:orderId/cart";

/**
 * The storefront's requests carry cookies in the place of tokens. They are exchanged here, and no service ever sees one. A token that was
 * sent in its own header wins.
 */
export function browserSession(publicUrl: string): BrowserSession {
  const { origin, protocol } = new URL(publicUrl);
  const write = cookieWriter(protocol === "https:");
  return {
    open(request) {
      const { cookie, ...headers } = request.headers;
      if (cookie === undefined || !isFromOwnPage(headers, request.method ?? "GET", origin)) return headers;
      const cookies = cookiesOf(cookie);
      const access = cookies.get(accessName);
      const holder = cookies.get(holderName);
      if (headers.authorization === undefined && access && tokenShape.test(access))
        headers.authorization = `Bearer ${access}`;
      if (headers["x-cart-token"] === undefined && holder && tokenShape.test(holder)) headers["x-cart-token"] = holder;
      return headers;
    },

    /**
     * Whoever ordered a guest's cart may look at the order, and answer for its payment: the cart's token opens both. It opens the cart too
     * into which the order's things are put again.
     */
    close(route, opened, { location }) {
      const token = opened["x-cart-token"];
      const path = route === checkoutRoute ? orderPath : route === againRoute ? cartPath : undefined;
      if (path === undefined || location === undefined || typeof token !== "string") return undefined;
      if (opened["sec-fetch-site"] !== "same-origin" || !path.test(location) || !tokenShape.test(token))
        return undefined;
      const holder = write(holderCookie(token, location));
      return { "set-cookie": path === orderPath ? [holder, write(payerCookie(token))] : [holder] };
    },
  };
}
