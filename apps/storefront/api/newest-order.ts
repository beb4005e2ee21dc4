import type { Output } from "@souk/contract";
import type { orders } from "@souk/orders/contract";
import { replaceEqualDeep } from "@tanstack/react-query";

export type Order = Output<typeof orders.endpoints.byId.spec>;

/**
 * An order comes by answers and by its live stream, and what was sent first may arrive last. Its history only ever grows: the longer one
 * is the newer one.
 */
export const newestOrder = (known: Order | undefined, given: Order): Order =>
  known !== undefined && known.id === given.id && known.timeline.length > given.timeline.length
    ? known
    : replaceEqualDeep(known, given);
