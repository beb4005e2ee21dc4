import type { Client } from "@souk/contract";
import type { Stream } from "@souk/event-store";
import type { payments } from "@souk/payments/contract";
import { local, pivot, saga } from "@souk/saga";
import type { Command, Event, State } from "../domain/order-state.ts";
import { seeOrder } from "./see-order.ts";

export type Refunding = {
  readonly orderId: string;
  readonly refundId: string;
  readonly amount: { readonly amount: number; readonly currency: string };
};
type Deps = { payments: Client<typeof payments>; order: Stream<Command, State, Event> };

/**
 * Executes a refund that was granted. Payments keys it by its id, so that it may be asked again until it is known; when payments
 * refuses it for good, nothing was given back, and what was promised is free again.
 */
export const refunding = ({ payments, order }: Deps) =>
  saga<Refunding>(
    "refund",
    [
      pivot("give money back", async ({ orderId, refundId, amount }) => {
        await payments.refund({ params: { orderId }, body: { refundId, amount, reason: seeOrder } });
      }),
      local("record refund", async ({ orderId, refundId }, tx) => {
        await order.executeIn(tx, orderId, { type: "execute refund", refundId });
      }),
    ],
    {
      async rejected({ orderId, refundId }, { message }, tx) {
        await order.executeIn(tx, orderId, { type: "fail refund", refundId, why: message });
      },
    },
  );
