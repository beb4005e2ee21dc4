import type { Client } from "@souk/contract";
import type { Stream } from "@souk/event-store";
import type { inventory } from "@souk/inventory/contract";
import { local, retriable, saga } from "@souk/saga";
import type { shipping } from "@souk/shipping/contract";
import type { Units } from "../domain/after-sale.ts";
import { restOf } from "../domain/lapse.ts";
import type { Command, Event, State } from "../domain/order-state.ts";
import { unitsIn } from "../domain/order-status.ts";

export type HoldingBack = {
  readonly orderId: string;
  /** Under which the stock is put back, once. */
  readonly holdId: string;
  /** What is still here. */
  readonly lines?: readonly Units[];
  /** What of it was promised and never came. */
  readonly forgone?: readonly Units[];
};
type Deps = {
  inventory: Client<typeof inventory>;
  shipping: Client<typeof shipping>;
  order: Stream<Command, State, Event>;
};

/**
 * Cancels the rest of an order of which something has left, when it cannot be paid any more. What has left stays sold. What is here is all
 * that was ordered and has not left, whatever parcels were made of it.
 */
export const holdingBack = ({ inventory, shipping, order }: Deps) =>
  saga<HoldingBack>("holding back", [
    retriable("stop dispatch of the rest", async ({ orderId }) => {
      const { left } = await shipping.holdBack({ params: { orderId } });
      const { state } = await order.load(orderId);
      if (state.lifecycle === "new") throw new Error(`order ${orderId} is held back and was never placed`);
      return { lines: restOf(state, left) };
    }),
    retriable("let go of what was promised", async ({ orderId }) => {
      const { lines: forgone } = await inventory.forgo({ params: { orderId } });
      return { forgone };
    }),
    retriable("return stock of the rest", async ({ orderId, holdId, lines = [], forgone = [] }) => {
      const sellable = lines.flatMap(({ sku, quantity }) => {
        const there = quantity - unitsIn([{ lines: forgone }], sku);
        return there > 0 ? [{ sku, quantity: there, condition: "sellable" as const }] : [];
      });
      if (sellable.length === 0) return;
      await inventory.takeBack({ params: { returnId: holdId }, body: { orderId, lines: sellable } });
    }),
    local("cancel the rest", async ({ orderId, lines = [], forgone = [] }, tx) => {
      await order.executeIn(tx, orderId, { type: "cancel rest", lines, forgone });
    }),
  ]);
