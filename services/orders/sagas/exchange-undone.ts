import type { Stream } from "@souk/event-store";
import { local, type Saga, type Sagas, saga } from "@souk/saga";
import type { Command, Event, State } from "../domain/order-state.ts";
import type { Refunding } from "./refunding.ts";

type ExchangeUndone = {
  /** The order of which something came back. */
  readonly orderId: string;
  readonly returnId: string;
  readonly refundId: string;
  readonly why: string;
};
type Deps = { order: Stream<Command, State, Event>; sagas: Sagas; refunding: Saga<Refunding> };

/** When a replacement is not sent after all, its price goes back to whoever sent something back for it. */
export const exchangeUndone = ({ order, sagas, refunding }: Deps) =>
  saga<ExchangeUndone>("exchange undone", [
    local("give its price back", async ({ orderId, returnId, refundId, why }, tx) => {
      const { state, appended } = await order.executeIn(tx, orderId, {
        type: "undo exchange",
        returnId,
        refundId,
        why,
      });
      if (state.lifecycle === "new") return;
      for (const { event } of appended)
        if (event.type === "refund granted") {
          const amount = { amount: event.amount, currency: state.order.currency };
          const data = { orderId, refundId: event.refundId, amount };
          await sagas.start(tx, refunding, `refund:${event.refundId}`, data);
        }
    }),
  ]);
