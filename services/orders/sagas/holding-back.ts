import type { Client } from "@souk/contract";
import type { Stream } from "@souk/event-store";
import type { inventory } from "@souk/inventory/contract";
import { local, retriable, saga } from "@souk/saga";
import type { shipping } from "@souk/shipping/contract";
import type { Units } from "../domain/after-sale.ts";
import type { Command, Event, State } from "../domain/order.ts";

export type HoldingBack = {
  readonly orderId: string;
  /** Under which the stock is put back, once. */
  readonly holdId: string;
  /** Minor units that were taken before the rest was let go of. */
  readonly captured: number;
  readonly lines?: readonly Units[];
};
type Deps = {
  inventory: Client<typeof inventory>;
  shipping: Client<typeof shipping>;
  order: Stream<Command, State, Event>;
};

/** Cancels the rest of an order of which something has left, when it cannot be paid any more. What has left stays sold. */
export const holdingBack = ({ inventory, shipping, order }: Deps) =>
  saga<HoldingBack>("holding back", [
    retriable("stop dispatch of the rest", async ({ orderId }) => {
      const { lines } = await shipping.holdBack({ params: { orderId } });
      return { lines };
    }),
    retriable("return stock of the rest", async ({ orderId, holdId, lines = [] }) => {
      if (lines.length === 0) return;
      const sellable = lines.map(({ sku, quantity }) => ({ sku, quantity, condition: "sellable" as const }));
      await inventory.takeBack({ params: { returnId: holdId }, body: { orderId, lines: sellable } });
    }),
    local("cancel the rest", async ({ orderId, captured, lines = [] }, tx) => {
      if (lines.length > 0) await order.executeIn(tx, orderId, { type: "cancel rest", lines, captured });
    }),
  ]);
