import { createHash } from "node:crypto";
import { codeOf, detailOf, type ShopClient } from "../shop-client.ts";
import type { Reversal } from "./cancellations.ts";
import { collect } from "./collect.ts";
import type { Journal } from "./journal.ts";
import { type Pause, until } from "./until.ts";

type Deps = {
  shop: ShopClient;
  journal: Journal;
  operator: () => Promise<string>;
  pause: Pause;
};
type Order = { lines: { sku: string; quantity: number; delivered: number }[] };
type Return = {
  status: string;
  value: { amount: number };
  lines: { sku: string; received: number }[];
  refund?: { status: string };
};
/** What came of one cancellation of one order: `value` pence were given back, or `reason` says why not. */
export type Reversed = { readonly value: number; readonly reason?: string };

/**
 * Sends back what the cancellations of an order reverse, as its customer and the warehouse would: collected, asked for, approved, received,
 * refunded. Each step may be told again, so that a run that was cut off goes on where it stopped.
 */
export function reverse({ shop, journal, operator, pause }: Deps) {
  const pickUp = collect({ shop, operator, pause });
  /** What there is at `path`, once it is as `done` wants it. */
  const once = <T>(what: string, path: string, done: (answer: T) => boolean): Promise<T> =>
    until(
      what,
      async () => {
        const answer = await shop.must<T>("GET", path, { token: await operator() });
        return done(answer) ? answer : undefined;
      },
      pause,
    );

  /** Only what the customer has can come back. */
  async function collected(orderId: string): Promise<void> {
    await pickUp(orderId);
    const isThere = ({ lines }: Order) => lines.every(({ delivered, quantity }) => delivered === quantity);
    await once(`the arrival of order ${orderId}`, `/v1/orders/${orderId}`, isThere);
  }

  async function comeBack(key: string, orderId: string, reversals: readonly Reversal[]): Promise<Reversed> {
    const bySku = new Map<string, number>();
    for (const { cancellation, quantity } of reversals)
      bySku.set(cancellation.sku, (bySku.get(cancellation.sku) ?? 0) + quantity);
    const lines = [...bySku].map(([sku, quantity]) => ({ sku, quantity }));
    const invoice = reversals[0]?.cancellation.invoice ?? "";
    const asked = await shop.call("POST", `/v1/orders/${orderId}/returns`, {
      body: { lines: lines.map((line) => ({ ...line, reason: `Invoice ${invoice}` })) },
      idempotencyKey: `import-${createHash("sha256").update(`${key} ${orderId}`).digest("hex").slice(0, 40)}`,
      token: await operator(),
    });
    if (asked.status >= 300) return { value: 0, reason: codeOf(asked.body) || detailOf(asked.body) };
    const { id } = (asked.body as { return: { id: string } }).return; // as: the shop's own answer
    await shop.must("POST", `/v1/returns/${id}/approve`, { token: await operator() });
    await shop.must("POST", `/v1/returns/${id}/receive`, {
      body: { lines: lines.map((line) => ({ ...line, condition: "sellable" })) },
      token: await operator(),
    });
    const isOver = ({ status, refund }: Return) => status === "refunded" || refund?.status === "failed";
    const { status, value } = await once(`the refund of return ${id}`, `/v1/returns/${id}`, isOver);
    return status === "refunded" ? { value: value.amount } : { value: 0, reason: "refund_failed" };
  }

  /** @param reversals of one cart's order, by one cancellation */
  return async (cart: string, reversals: readonly Reversal[]): Promise<Reversed> => {
    const order = journal.find(cart);
    const orderId = order?.outcome?.orderId;
    if (orderId === undefined) return { value: 0, reason: "order_rejected" };
    const key = `${cart} ${reversals[0]?.cancellation.invoice ?? ""}`;
    const known = journal.find(key)?.outcome;
    if (known) return { value: known.amount, ...(known.reason !== undefined && { reason: known.reason }) };
    await collected(orderId);
    const reversed = await comeBack(key, orderId, reversals);
    const outcome = { accepted: reversed.reason === undefined, amount: reversed.value };
    await journal.put({ key, cartId: order?.cartId ?? "", outcome: { ...outcome, ...reversed } });
    return reversed;
  };
}
