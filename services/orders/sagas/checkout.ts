import type { Client } from "@souk/contract";
import type { Stream } from "@souk/event-store";
import type { inventory } from "@souk/inventory/contract";
import { ServiceError } from "@souk/kernel";
import type { payments } from "@souk/payments/contract";
import { compensatable, local, retriable, saga } from "@souk/saga";
import type { Command, Event, Reason, State } from "../domain/order.ts";

export type Checkout = {
  readonly orderId: string;
  readonly lines: readonly { sku: string; quantity: number }[];
  readonly amount: { readonly amount: number; readonly currency: string };
  readonly paymentToken: string;
  readonly paymentId?: string;
  readonly payment?: "authorized" | "captured";
};
type Deps = {
  inventory: Client<typeof inventory>;
  payments: Client<typeof payments>;
  order: Stream<Command, State, Event>;
  paymentWindowMs: number;
};

/** Reserve, pay, confirm, commit. The order was placed in the transaction that started this. */
export const checkout = ({ inventory, payments, order, paymentWindowMs }: Deps) =>
  saga<Checkout>(
    "checkout",
    [
      compensatable(
        "reserve stock",
        async ({ orderId, lines }) => {
          await inventory.reserve({ body: { orderId, lines: [...lines], untilSettled: true } });
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
            const { paymentId, status } = await payments.pay({ body: { orderId, amount, token: paymentToken } });
            return { paymentId, payment: status === "authorized" ? "authorized" : "captured" };
          } catch (error) {
            // It will be asked again; until then the owner sees what the order waits for.
            if (isUnanswered(error)) await order.execute(orderId, { type: "await provider" });
            throw error;
          }
        },
        async ({ orderId }) => {
          await payments.reverse({ params: { orderId }, body: { reason: "The order was not filled." } });
        },
        { windowMs: paymentWindowMs },
      ),
      local(
        "confirm order",
        async ({ orderId, paymentId = "", payment = "captured" }, tx) => {
          await order.executeIn(tx, orderId, { type: "confirm", paymentId, payment });
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

const isUnanswered = (error: unknown) =>
  error instanceof ServiceError && (error.status === "unavailable" || error.status === "deadline_exceeded");

const reasons: Readonly<Record<string, Reason>> = {
  "inventory.out_of_stock": "out_of_stock",
  "payments.declined": "payment_declined",
  "payments.provider_unavailable": "payment_expired",
};
/** An answer that never came (time-out, circuit open) ends the payment's window. */
const reasonOf = (code: string): Reason =>
  reasons[code] ?? (/^mesh\.|\.expired$/.test(code) ? "payment_expired" : "invalid");
