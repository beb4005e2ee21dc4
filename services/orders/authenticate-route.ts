import type { Handlers } from "@souk/http";
import { ServiceError } from "@souk/kernel";
import type { orders } from "./contract.ts";
import { orderIndex } from "./db/order-index.ts";
import { errors } from "./errors.ts";
import { holds } from "./holder.ts";
import type { RouteDeps } from "./routes.ts";
import { AUTHENTICATION, checkoutId } from "./sagas/checkout.ts";

/**
 * Passes the shopper's answer on to the provider and tells the checkout that waits for it. Should this process die in between, the
 * checkout hears of it by `payments.authenticated.v1`.
 */
export function authenticateRoute({
  db,
  sagas,
  payments,
}: Pick<RouteDeps, "db" | "sagas" | "payments">): Handlers<typeof orders>["authenticate"] {
  const index = orderIndex(db);

  async function orderOf(paymentId: string): Promise<string> {
    try {
      return (await payments.byId({ params: { paymentId } })).orderId;
    } catch (error) {
      if (error instanceof ServiceError && error.status === "not_found")
        throw errors.PaymentNotFound({ paymentId }, { cause: error });
      throw error;
    }
  }

  return async ({ params: { paymentId }, headers, body, principal }) => {
    const orderId = await orderOf(paymentId);
    const owner = await index.owner(orderId);
    if (!owner || !holds(owner, principal, headers["x-cart-token"])) throw errors.PaymentNotFound({ paymentId });
    const { status } = await payments.authenticate({
      params: { orderId },
      body: { outcome: body?.outcome ?? "succeed" },
    });
    const ended =
      status === "authorized" || status === "declined" || status === "requires_action" ? status : "captured";
    if (ended !== "requires_action")
      await db.tx((tx) => sagas.signal(tx, checkoutId(orderId), AUTHENTICATION, { payment: ended }));
    return { paymentId, orderId, status: ended };
  };
}
