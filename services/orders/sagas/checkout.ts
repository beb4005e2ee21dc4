import type { Client } from "@souk/contract";
import type { Stream } from "@souk/event-store";
import type { inventory } from "@souk/inventory/contract";
import { type Clock, instant, ServiceError } from "@souk/kernel";
import { errors as paymentErrors, type payments } from "@souk/payments/contract";
import { compensatable, isRefusal, local, retriable, saga, waitFor } from "@souk/saga";
import type { Command, Event, Reason, State } from "../domain/order-state.ts";
import { errors } from "../errors.ts";

export type Checkout = {
  readonly orderId: string;
  readonly lines: readonly { sku: string; quantity: number }[];
  readonly amount: { readonly amount: number; readonly currency: string };
  readonly paymentToken: string;
  readonly paymentId?: string;
  readonly payment?: "requires_action" | "authorized" | "captured" | "declined";
  /** What of it is promised and not in stock yet. */
  readonly backordered?: readonly { sku: string; quantity: number }[];
};
type Deps = {
  inventory: Client<typeof inventory>;
  payments: Client<typeof payments>;
  order: Stream<Command, State, Event>;
  clock: Clock;
  /** How long a neighbour that does not answer is asked again. */
  paymentWindowMs: number;
  /** How long the shopper may take to answer the bank. */
  authenticationWindowMs: number;
};

/** Given when a shopper's challenge has ended, with how. */
export const AUTHENTICATION = "authentication";
export const checkoutId = (orderId: string): string => `checkout:${orderId}`;

/** Reserve, pay, confirm, commit. The order was placed in the transaction that started this. */
export function checkout({ inventory, payments, order, clock, paymentWindowMs, authenticationWindowMs }: Deps) {
  async function awaitShopper(orderId: string, paymentId: string, redirectUrl: string | undefined) {
    const until = instant(clock.now() + authenticationWindowMs);
    await order.execute(orderId, { type: "await shopper", paymentId, until, ...(redirectUrl && { redirectUrl }) });
  }

  return saga<Checkout>(
    "checkout",
    [
      compensatable(
        "reserve stock",
        async ({ orderId, lines }) => {
          try {
            const held = await inventory.reserve({ body: { orderId, lines: [...lines], untilSettled: true } });
            return held.backordered && held.backordered.length > 0 ? { backordered: held.backordered } : undefined;
          } catch (error) {
            if (!(error instanceof ServiceError) || isRefusal(error)) throw error;
            throw errors.StockUnanswered({ orderId }, { cause: error });
          }
        },
        async ({ orderId }) => {
          await inventory.release({ params: { orderId } });
        },
        // As long as for the payment: nobody is turned away because a neighbour was restarted.
        { windowMs: paymentWindowMs },
      ),
      compensatable(
        "pay",
        async ({ orderId, amount, paymentToken }) => {
          try {
            const paid = await payments.pay({ body: { orderId, amount, token: paymentToken } });
            const { paymentId, status } = paid;
            if (status === "requires_action") await awaitShopper(orderId, paymentId, paid.action?.redirectUrl);
            const payment = status === "authorized" || status === "requires_action" ? status : "captured";
            return { paymentId, payment };
          } catch (error) {
            // It will be asked again; until then the owner sees what the order waits for.
            if (error instanceof ServiceError && !isRefusal(error))
              await order.execute(orderId, { type: "await provider" });
            throw error;
          }
        },
        async ({ orderId }) => {
          await payments.reverse({ params: { orderId }, body: { reason: "The order was not filled." } });
        },
        { windowMs: paymentWindowMs },
      ),
      // Only for a payment whose shopper is asked; the stock stays held meanwhile, and is let go of when the time is up.
      waitFor(AUTHENTICATION, {
        when: ({ payment }) => payment === "requires_action",
        windowMs: authenticationWindowMs,
      }),
      local(
        "confirm order",
        async ({ orderId, paymentId = "", payment = "captured", backordered }, tx) => {
          if (payment === "declined") throw paymentErrors.Declined({ reason: "authentication_required" });
          if (payment === "requires_action") throw errors.PaymentExpired({ orderId });
          const promised = backordered && { backordered };
          await order.executeIn(tx, orderId, { type: "confirm", paymentId, payment, ...promised });
        },
        { pivot: true },
      ),
      retriable("commit stock", async ({ orderId }) => {
        await inventory.commit({ params: { orderId } });
      }),
    ],
    {
      async rejected({ orderId }, { code, message }, tx) {
        await order.executeIn(tx, orderId, { type: "reject", reason: reasonOf(code), detail: message });
      },
    },
  );
}

const reasons: Readonly<Record<string, Reason>> = {
  "inventory.out_of_stock": "out_of_stock",
  "orders.stock_unanswered": "stock_unanswered",
  "payments.declined": "payment_declined",
  "payments.provider_unavailable": "payment_expired",
  // The provider has let go of it by itself.
  "payments.reversed": "payment_expired",
  "orders.payment_expired": "payment_expired",
};
/** What no service said by its own rules (time-out, circuit open, not known to each other) ended the payment's window. */
const reasonOf = (code: string): Reason =>
  reasons[code] ??
  (code !== "internal" && (!code.includes(".") || /^mesh\.|\.expired$/.test(code)) ? "payment_expired" : "invalid");
