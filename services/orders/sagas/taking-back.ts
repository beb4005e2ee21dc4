import type { Client } from "@souk/contract";
import type { inventory } from "@souk/inventory/contract";
import { retriable, saga } from "@souk/saga";
import type { ReceivedLine } from "../domain/after-sale.ts";

export type TakingBack = {
  readonly orderId: string;
  readonly returnId: string;
  readonly lines: readonly ReceivedLine[];
};

type Deps = { inventory: Client<typeof inventory> };

/**
 * Books what came back: sellable units go on the shelf again, damaged ones are written off. Beside the refund and not before it: a
 * customer's money does not wait for the warehouse's books.
 */
export const takingBack = ({ inventory }: Deps) =>
  saga<TakingBack>("return", [
    retriable("take goods back", async ({ orderId, returnId, lines }) => {
      await inventory.takeBack({ params: { returnId }, body: { orderId, lines: [...lines] } });
    }),
  ]);
