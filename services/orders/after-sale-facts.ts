import type { Publish } from "@souk/messaging";
import type { Tx } from "@souk/postgres";
import { orders } from "./contract.ts";
import type { ReturnLine } from "./domain/after-sale.ts";
import { returnNumber } from "./domain/after-sale-view.ts";
import type { Event, Existing } from "./domain/order-state.ts";

/** Tells the others what happened to a return. @param at the event's place: subject and sequence */
export async function tellAfterSale(
  publish: Publish,
  tx: Tx,
  { order, afterSale }: Existing,
  at: { subject: string; sequence: number },
  event: Event,
): Promise<void> {
  if (!("returnId" in event) || event.returnId === undefined) return;
  const { returnId } = event;
  const { orderId, number, email, currency } = order;
  const fact = { orderId, number, email, returnId, returnNumber: returnNumber(returnId) };
  const requested = afterSale.returns.find((one) => one.returnId === returnId)?.lines ?? [];
  const titles = new Map(order.lines.map(({ sku, title }) => [sku, title]));
  const named = (lines: readonly ReturnLine[]) =>
    lines.map(({ sku, quantity, reason }) => ({ sku, title: titles.get(sku) ?? sku, quantity, reason }));
  switch (event.type) {
    case "return requested":
      return publish(tx, orders.events.returnRequested, { ...at, data: { ...fact, lines: named(event.lines) } });
    case "return approved":
      return publish(tx, orders.events.returnApproved, { ...at, data: { ...fact, lines: named(requested) } });
    case "return rejected":
      return publish(tx, orders.events.returnRejected, { ...at, data: { ...fact, why: event.why } });
    case "return received": {
      const lines = event.lines.map(({ sku, quantity, condition }) => ({ sku, quantity, condition }));
      const data = { ...fact, currency, value: event.value, lines };
      return publish(tx, orders.events.returnReceived, { ...at, data });
    }
  }
}
