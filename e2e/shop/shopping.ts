import { randomUUID } from "node:crypto";
import { type Answer, eventually } from "./client.ts";
import type { Shop } from "./running-shop.ts";

/** The simulator's documented cards (api.md). */
export const cards = {
  good: "4242424242424242",
  declined: "4000000000000002",
  insufficientFunds: "4000000000009995",
  threeDSecure: "4000002500003155",
  slow: "4000000000000341",
  hangsAfterCharging: "4000000000000119",
  notifiesTwice: "4000000000000259",
} as const;

export type Money = { readonly amount: number; readonly currency: string };
export type Cart = {
  readonly id: string;
  readonly status: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: Money }[];
  readonly totals: Readonly<Record<"subtotal" | "discount" | "shipping" | "tax" | "total", Money>>;
  readonly problems: readonly { readonly kind: string; readonly sku: string }[];
  readonly orderId?: string;
  readonly cartToken?: string;
};
export type Order = {
  readonly id: string;
  readonly number: string;
  readonly lifecycle: string;
  readonly payment: string;
  readonly fulfilment: string;
  readonly returns: string;
  readonly reason?: string;
  readonly paymentId?: string;
  readonly nextAction?: { readonly url: string; readonly redirectUrl?: string };
  readonly dispute?: string;
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly delivered: number;
    readonly backordered?: number;
    readonly cancelled?: number;
  }[];
  readonly totals: Cart["totals"];
  readonly refunded: Money;
  readonly timeline: readonly { readonly at: string; readonly what: string; readonly detail?: string }[];
};
export type Page<T> = {
  readonly data: readonly T[];
  readonly pagination: {
    readonly page: number;
    readonly limit: number;
    readonly total: number;
    readonly pages: number;
  };
  readonly _links: Readonly<Record<"self" | "next" | "prev" | "first" | "last", string | null | undefined>>;
};

/** Who holds a cart: a customer by a token, a guest by the cart's own. */
export type Holder = { readonly token?: string | undefined; readonly cartToken?: string | undefined };
export type OpenCart = Holder & { readonly id: string };

export const address = {
  name: "Ada Byron",
  line1: "12 St James's Square",
  city: "Berlin",
  postalCode: "10115",
  country: "DE",
};

/** Fewer than a shopper may put into a cart (1,000): one more than there are is what shows that carts know of them. */
const mostShown = 900;

/** A new product, in stock and known to carts. @returns its SKU */
export async function sell(shop: Shop, { quantity = mostShown, amount = 1_999 } = {}): Promise<string> {
  const sku = `E2E-${randomUUID().slice(0, 13).toUpperCase()}`;
  await shop.http.must("POST", "/v1/products", {
    token: await shop.token("merchandiser"),
    body: {
      title: `Test product ${sku}`,
      description: "Sold by the end-to-end tests.",
      category: "Tests",
      variants: [{ sku, title: "One size", price: { amount, currency: "EUR" }, weightGrams: 250 }],
    },
  });
  const token = await shop.token("operator");
  const receive = (some: number) =>
    shop.http.must("POST", `/v1/inventory/${sku}/receipts`, { token, key: `${sku}-${some}`, body: { quantity: some } });
  const shown = Math.min(quantity, mostShown);
  await receive(shown);
  const cart = await openCart(shop);
  await eventually(`${sku} is on sale`, async () => {
    const { status, body, text } = await put(shop, cart, sku, shown + 1);
    if (status === 422) throw new Error(text);
    // The cart complains about too large a quantity only once it knows the stock.
    return status === 200 && body.problems.some(({ kind }) => kind === "insufficient_stock");
  });
  if (quantity > shown) await receive(quantity - shown);
  return sku;
}

export async function openCart(shop: Shop, token?: string): Promise<OpenCart> {
  const { id, cartToken } = await shop.http.must<Cart>("POST", "/v1/carts", { body: {}, token });
  return { id, token, cartToken };
}

export const put = (shop: Shop, { id, token, cartToken }: OpenCart, sku: string, quantity: number) =>
  shop.http.call<Cart>("PUT", `/v1/carts/${id}/items/${sku}`, { token, cartToken, body: { quantity } });

export async function cartWith(shop: Shop, items: Readonly<Record<string, number>>, token?: string): Promise<OpenCart> {
  const cart = await openCart(shop, token);
  for (const [sku, quantity] of Object.entries(items)) {
    const { status, text } = await put(shop, cart, sku, quantity);
    if (status !== 200) throw new Error(`${sku} does not go into the cart: ${status} ${text}`);
  }
  return cart;
}

export async function payWith(shop: Shop, number: string): Promise<string> {
  const body = { number, expMonth: 12, expYear: 2099, cvc: "123" };
  const { token } = await shop.http.must<{ token: string }>("POST", "/v1/payment-tokens", { body });
  return token;
}

export type Terms = {
  readonly paymentToken: string;
  readonly email?: string;
  readonly shippingMethod?: string;
  readonly key?: string;
  /** Seconds to wait for the outcome; answers at once without it. */
  readonly wait?: number;
};

/** As long as the shop lets anybody wait. */
const longestWait = 10;

/** Whoever waits as long as can be asks again, under another key, while the order is not decided: a busy machine may take longer. */
export async function checkout(shop: Shop, cart: OpenCart, terms: Terms): Promise<Answer<{ order: Order }>> {
  const ask = (key: string | undefined) => {
    const own = checkoutAsk(cart, { ...terms, ...(key !== undefined && { key }) });
    return shop.http.persist<{ order: Order }>("POST", `/v1/carts/${cart.id}/checkout`, own);
  };
  const isOpen = ({ status, body }: Answer<{ order: Order }>) =>
    status === 202 && terms.wait === longestWait && body.order.payment !== "requires_action";
  let answer = await ask(terms.key);
  for (let more = 0; more < 5 && isOpen(answer); more++) answer = await ask(randomUUID());
  return answer;
}

export function checkoutAsk({ token, cartToken }: Holder, terms: Terms) {
  const { paymentToken, email = "ada@example.com", shippingMethod = "standard", key = randomUUID(), wait } = terms;
  return {
    token,
    cartToken,
    key,
    ...(wait !== undefined && { wait }),
    body: { email, shippingAddress: address, shippingMethod, paymentToken },
  };
}

export const orderOf = (shop: Shop, id: string, holder: Holder): Promise<Order> =>
  shop.http.must<Order>("GET", `/v1/orders/${id}`, holder);

const final: ReadonlySet<string> = new Set(["confirmed", "completed", "rejected", "cancelled"]);
export const untilFinal = (shop: Shop, id: string, holder: Holder): Promise<Order> =>
  eventually(`order ${id} is final`, async () => {
    const order = await orderOf(shop, id, holder);
    return final.has(order.lifecycle) && order;
  });

export type Customer = { readonly email: string; readonly token: string; readonly refreshToken: string };
export async function register(shop: Shop): Promise<Customer & { password: string }> {
  const email = `${randomUUID()}@example.com`;
  const password = randomUUID();
  type SignedIn = { accessToken: string; refreshToken: string };
  const signedIn = await shop.http.must<SignedIn>("POST", "/v1/auth/register", {
    body: { email, password, name: "Grace Hopper" },
  });
  return { email, password, token: signedIn.accessToken, refreshToken: signedIn.refreshToken };
}

/** The subjects of the mail that somebody got, oldest first. */
export async function mailTo(shop: Shop, to: string): Promise<{ subject: string; text: string }[]> {
  const page = await shop.http.must<Page<{ subject: string; text: string }>>(
    "GET",
    `/v1/notifications/sink?limit=100&to=${encodeURIComponent(to)}`,
    { token: await shop.token("operator") },
  );
  return page.data.toReversed();
}
