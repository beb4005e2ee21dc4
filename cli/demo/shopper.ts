import { randomUUID } from "node:crypto";
import { Failure } from "../failure.ts";
import { codeOf, detailOf, type ShopAnswer, type ShopClient } from "../shop-client.ts";
import type { Goods } from "./goods.ts";
import type { Price } from "./money.ts";

/** What the demo reads of an order. */
export type Order = {
  readonly id: string;
  readonly number: string;
  readonly lifecycle: string;
  readonly payment: string;
  readonly refunded: Price;
  readonly lines: readonly { readonly title: string; readonly quantity: number; readonly total: Price }[];
  readonly totals: { readonly total: Price };
  readonly timeline: readonly { readonly at: string; readonly what: string; readonly detail?: string }[];
};

/** The simulator's test cards. */
export const cards = {
  good: "4242424242424242",
  declined: "4000000000000002",
  chargedWithoutAnswer: "4000000000000119",
};

export type Checkout = {
  readonly answer: ShopAnswer;
  readonly cartToken: string | undefined;
  /** From sending the checkout to its answer. */
  readonly ms: number;
};
type Clock = { readonly monotonic: () => number; readonly pause: (ms: number) => Promise<void> };
type Held = { readonly token?: string | undefined; readonly cartToken?: string | undefined };

const shippingAddress = {
  name: "Demo Shopper",
  line1: "1 Market Street",
  city: "Berlin",
  postalCode: "10115",
  country: "DE",
};
const waitSeconds = 10;

/** Somebody who shops through the public API. @param token a signed-in customer's; a guest has none */
export function shopper(shop: ShopClient, { monotonic, pause }: Clock, email: string, token?: string) {
  /** A product that was added just now reaches carts by an event, a moment later. */
  async function put(cartId: string, sku: string, quantity: number, held: Held): Promise<void> {
    const path = `/v1/carts/${cartId}/items/${encodeURIComponent(sku)}`;
    for (let attempt = 1; ; attempt++) {
      const { status, body } = await shop.call("PUT", path, { body: { quantity }, ...held });
      if (status === 200) return;
      if (codeOf(body) !== "orders.unknown_sku" || attempt === 40)
        throw new Failure(`${sku} cannot be put into a cart: ${detailOf(body)}`, "See: souk logs orders");
      await pause(100);
    }
  }

  const orderPath = (id: string) => `/v1/orders/${id}`;
  const look = (id: string, held: Held) => shop.must<Order>("GET", orderPath(id), { token, ...held });

  return {
    email,
    /** Opens a cart, fills it, hands the card to the provider and orders; waits for the outcome. */
    async buy({ sku, price }: Goods, quantity: number, number: string): Promise<Checkout> {
      const cart = await shop.must<{ id: string; cartToken?: string }>("POST", "/v1/carts", {
        body: { currency: price.currency },
        token,
      });
      const held = { token, cartToken: cart.cartToken };
      await put(cart.id, sku, quantity, held);
      const card = { number, expMonth: 12, expYear: 2099, cvc: "123" };
      const payment = await shop.must<{ token: string }>("POST", "/v1/payment-tokens", { body: card });
      const begun = monotonic();
      const answer = await shop.call("POST", `/v1/carts/${cart.id}/checkout`, {
        ...held,
        idempotencyKey: randomUUID(),
        waitSeconds,
        body: { email, shippingAddress, shippingMethod: "standard", paymentToken: payment.token },
      });
      return { answer, cartToken: cart.cartToken, ms: Math.round(monotonic() - begun) };
    },
    look,
    /** Asks for the cancellation and waits until the order is final. */
    async cancel(id: string, held: Held): Promise<Order> {
      await shop.must("POST", `${orderPath(id)}/cancel`, { body: {}, token, ...held, idempotencyKey: randomUUID() });
      return settled(
        () => look(id, held),
        ({ lifecycle }) => lifecycle !== "cancel_pending",
        pause,
      );
    },
  };
}
export type Shopper = ReturnType<typeof shopper>;

const patience = 50;
const betweenMs = 100;

/** Looks until something is as it will be, for five seconds at most. @returns what was seen last */
export async function settled<T>(
  look: () => Promise<T>,
  done: (seen: T) => boolean,
  pause: (ms: number) => Promise<void>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const seen = await look();
    if (done(seen) || attempt === patience) return seen;
    await pause(betweenMs);
  }
}
