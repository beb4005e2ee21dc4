import type { Input } from "@souk/contract";
import type { orders } from "@souk/orders/contract";
import { api } from "./client.ts";
import { isProblem } from "./problem.ts";

type Body = Input<typeof orders.endpoints.checkout.spec>["body"];
/** What a shopper once decided to order. However often it is sent, it is one order. */
export type Intent = { readonly key: string; readonly cartId: string; readonly body: Body };

/** The card's number goes to the provider, and a token comes back: the shop never sees it. */
export const payWith = async (card: { number: string; expMonth: number; expYear: number; cvc: string }) =>
  (await api.payments.tokenize({ body: card })).token;

export const intend = (cartId: string, body: Body): Intent => ({ key: crypto.randomUUID(), cartId, body });

const attempts = 3;
const pauseMs = 700;
const waitSeconds = 10;

/**
 * Orders. When nobody answers it is asked again with the same key, which can only have one effect.
 * @throws Problem when it was refused; a passing one when nobody knows, and the same intent may be sent again
 */
export async function order({ key, cartId, body }: Intent) {
  for (let attempt = 1; ; attempt++) {
    try {
      const options = { idempotencyKey: key, wait: waitSeconds };
      return (await api.orders.checkout({ params: { cartId }, body }, options)).order;
    } catch (error) {
      const mayPass = isProblem(error) && (error.isPassing || error.code === "idempotency_in_progress");
      if (!mayPass || attempt >= attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs * attempt));
    }
  }
}
