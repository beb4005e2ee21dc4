import type { Client } from "@souk/contract";
import type { Stream } from "@souk/event-store";
import { local, retriable, saga } from "@souk/saga";
import type { shipping } from "@souk/shipping/contract";
import type { Label, Units } from "../domain/after-sale.ts";
import type { Command, Event, State } from "../domain/order-state.ts";

export type Labelling = {
  readonly orderId: string;
  readonly returnId: string;
  readonly lines: readonly Units[];
  readonly label?: Label;
};
type Deps = { shipping: Client<typeof shipping>; order: Stream<Command, State, Event> };

/** Has the label of an approved return made, once; shipping tells of it, and the customer gets it by mail. */
export const labelling = ({ shipping, order }: Deps) =>
  saga<Labelling>("return label", [
    retriable("make label", async ({ orderId, returnId, lines }) => {
      const body = { orderId, lines: [...lines] };
      const { labelPath: path, trackingNumber } = await shipping.makeReturnLabel({ params: { returnId }, body });
      return { label: { path, trackingNumber } };
    }),
    local("record label", async ({ orderId, returnId, label }, tx) => {
      if (label) await order.executeIn(tx, orderId, { type: "label return", returnId, label });
    }),
  ]);
