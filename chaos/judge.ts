import type { Op } from "./history.ts";

/** What is true of an order when everything is quiet, read from the shop and from the provider's book. */
export type FinalOrder = {
  readonly id: string;
  readonly cartId?: string;
  readonly lifecycle: string;
  readonly payment: string;
  /** It tells that it could not be cancelled any more. */
  readonly cancelRefused?: boolean;
  readonly total: number;
  /** `returnReceived`: units that came back; of those `writtenOff` cannot be sold again. */
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly returnReceived: number;
    readonly writtenOff: number;
  }[];
};
export type FinalWorld = {
  readonly orders: ReadonlyMap<string, FinalOrder>;
  /** What became of each cart: the order that it says it has, or none. */
  readonly orderOfCart: ReadonlyMap<string, string | undefined>;
  /** By order, what the provider has taken and not given back. */
  readonly kept: ReadonlyMap<string, number>;
  /** By SKU of which there was little: what ever came in. */
  readonly received: ReadonlyMap<string, number>;
};

const paid = new Set(["confirmed", "completed"]);
const final = new Set(["confirmed", "completed", "rejected", "cancelled"]);

/**
 * Compares what shoppers were told with what is. Whatever was answered must be so; of what was not answered either may be, but nothing
 * in between. Pure: a planted lie in either shows that it can fail.
 * @returns what is wrong, a sentence each
 */
export function judge(ops: readonly Op[], world: FinalWorld): string[] {
  const cancels = Map.groupBy(
    ops.filter(({ f }) => f === "cancel"),
    ({ value }) => value.orderId,
  );
  const cameBack = new Set(ops.flatMap(({ f, value }) => (f === "return" && value.orderId ? [value.orderId] : [])));
  const problems = ops.filter(({ f }) => f === "buy").flatMap((op) => judgePurchase(op, world, cancels, cameBack));
  problems.push(...judgeCancels(cancels, world), ...judgeOrders(ops, world));
  return problems;
}

function judgePurchase(
  { op, type, value }: Op,
  { orders, orderOfCart, kept }: FinalWorld,
  cancels: ReadonlyMap<string | undefined, readonly Op[]>,
  cameBack: ReadonlySet<string>,
): string[] {
  const { cartId, orderId: told, said, code } = value;
  if (cartId === undefined) return []; // it did not get as far as a cart
  const orderId = told ?? orderOfCart.get(cartId);
  const order = orderId === undefined ? undefined : orders.get(orderId);
  const who = `purchase ${op} (cart ${cartId})`;
  const problems: string[] = [];
  const charged = orderId === undefined ? 0 : (kept.get(orderId) ?? 0);
  if (type === "ok") {
    if (!order) return [`${who} was answered with order ${orderId}, which does not exist`];
    if (orderOfCart.get(cartId) !== orderId)
      problems.push(`${who} was answered with order ${orderId}, and its cart has ${orderOfCart.get(cartId) ?? "none"}`);
    const excused = cancels.get(orderId)?.some(({ type }) => type !== "fail") ?? false;
    if (said === "confirmed" && !paid.has(order.lifecycle) && !(excused && order.lifecycle === "cancelled"))
      problems.push(`${who} was told that order ${orderId} is confirmed, and it is ${order.lifecycle}`);
  }
  if (type === "fail") {
    if (order && order.lifecycle !== "rejected" && order.lifecycle !== "cancelled")
      problems.push(`${who} was refused (${code}), and its order ${orderId} is ${order.lifecycle}`);
    if (charged !== 0) problems.push(`${who} was refused (${code}), and ${charged} was charged for it`);
  }
  // Of what was sent back all of it may have been refunded; how much exactly is for `souk verify`.
  if (order && paid.has(order.lifecycle) && charged <= 0 && !cameBack.has(order.id))
    problems.push(`order ${orderId} is ${order.lifecycle}, and the provider has nothing of it`);
  return problems;
}

function judgeCancels(cancels: ReadonlyMap<string | undefined, readonly Op[]>, { orders, kept }: FinalWorld): string[] {
  return [...cancels].flatMap(([orderId, asked]) => {
    if (orderId === undefined || !asked.some(({ type }) => type === "ok")) return [];
    const { lifecycle, cancelRefused } = orders.get(orderId) ?? {};
    // Whether it still can be is the carrier's to say; the order then tells that it could not.
    if (cancelRefused && lifecycle !== undefined && paid.has(lifecycle)) return [];
    if (lifecycle !== "cancelled") return [`the cancellation of order ${orderId} was accepted, and it is ${lifecycle}`];
    const charged = kept.get(orderId) ?? 0;
    return charged === 0 ? [] : [`order ${orderId} is cancelled, and ${charged} of it was not given back`];
  });
}

function judgeOrders(ops: readonly Op[], { orders, kept, received }: FinalWorld): string[] {
  const problems: string[] = [];
  const carts = new Map<string, string>();
  for (const { value } of ops.filter(({ f, type }) => f === "buy" && type === "ok")) {
    const { orderId = "", cartId = "" } = value;
    const other = carts.get(orderId);
    if (other !== undefined && other !== cartId)
      problems.push(`order ${orderId} was the answer to two carts, ${other} and ${cartId}`);
    carts.set(orderId, cartId);
  }
  const sold = new Map<string, number>();
  for (const { id, lifecycle, total, lines } of orders.values()) {
    if (!final.has(lifecycle)) problems.push(`order ${id} is still ${lifecycle}`);
    if ((kept.get(id) ?? 0) > total) problems.push(`order ${id} costs ${total}, and ${kept.get(id)} was kept`);
    if (!paid.has(lifecycle)) continue;
    for (const { sku, quantity, returnReceived, writtenOff } of lines)
      sold.set(sku, (sold.get(sku) ?? 0) + quantity - returnReceived + writtenOff);
  }
  for (const [sku, there] of received)
    if ((sold.get(sku) ?? 0) > there) problems.push(`${sold.get(sku)} of ${sku} were sold, and there were ${there}`);
  return problems;
}
