import type { Client } from "@souk/contract";
import type { Stream } from "@souk/event-store";
import type { inventory } from "@souk/inventory/contract";
import type { payments } from "@souk/payments/contract";
import type { Tx } from "@souk/postgres";
import { local, pivot, retriable, saga } from "@souk/saga";
import type { shipping } from "@souk/shipping/contract";
import type { Command, Event, State } from "../domain/order-state.ts";

export type Cancellation = { readonly orderId: string; readonly refunded?: number };
type Deps = {
  inventory: Client<typeof inventory>;
  payments: Client<typeof payments>;
  shipping: Client<typeof shipping>;
  order: Stream<Command, State, Event>;
  /** When an order cannot be cancelled any more that cannot be paid either. */
  holdBack: (tx: Tx, state: State) => Promise<void>;
};

/** Undoes a confirmed order. Whether it still can be is shipping's to say; once it has, everything goes back. */
export const cancellation = ({ inventory, payments, shipping, order, holdBack }: Deps) =>
  saga<Cancellation>(
    "cancellation",
    [
      pivot("stop dispatch", async ({ orderId }) => {
        await shipping.cancel({ params: { orderId } });
      }),
      retriable("return money", async ({ orderId }) => {
        const { refunded } = await payments.reverse({
          params: { orderId },
          body: { reason: "The order was cancelled." },
        });
        return { refunded: refunded.amount };
      }),
      retriable("return stock", async ({ orderId }) => {
        await inventory.restock({ params: { orderId } });
      }),
      local("cancel order", async ({ orderId, refunded = 0 }, tx) => {
        await order.executeIn(tx, orderId, { type: "cancel", refunded });
      }),
    ],
    {
      async rejected({ orderId }, { message }, tx) {
        const { state } = await order.executeIn(tx, orderId, { type: "refuse cancel", why: message });
        await holdBack(tx, state);
      },
    },
  );
