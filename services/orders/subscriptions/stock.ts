import type { Stream } from "@souk/event-store";
import type { inventory } from "@souk/inventory/contract";
import type { Handler } from "@souk/messaging";
import type { Command, Event, State } from "../domain/order-state.ts";

type Order = Stream<Command, State, Event>;

/** What an order was promised has come: it can be sent. */
export const backorderFilled =
  (order: Order): Handler<typeof inventory.events.backorderFilled> =>
  async ({ data: { orderId, sku, quantity, outstanding } }, tx) => {
    await order.executeIn(tx, orderId, { type: "fill backorder", sku, quantity, outstanding });
  };
