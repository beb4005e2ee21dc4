import { randomUUID } from "node:crypto";
import { carrierBrings } from "./carrier.ts";
import { eventually } from "./client.ts";
import type { Shop } from "./running-shop.ts";
import { cards, cartWith, checkout, type Holder, type Money, type Order, orderOf, payWith } from "./shopping.ts";

export type SentBack = {
  readonly id: string;
  readonly status: string;
  readonly value: Money;
  readonly label?: string;
  readonly exchange?: { readonly status: string; readonly orderId?: string };
  readonly refund?: { readonly id: string; readonly status: string; readonly amount: Money };
};

/** An order that has arrived. */
export async function arrivedOrder(
  shop: Shop,
  sku: string,
  quantity: number,
  token?: string,
): Promise<{ order: Order; holder: Holder }> {
  const holder = await cartWith(shop, { [sku]: quantity }, token);
  const paymentToken = await payWith(shop, cards.good);
  const { order } = (await checkout(shop, holder, { paymentToken, wait: 10 })).body;
  await carrierBrings(shop, order.id, "delivered");
  await eventually("it has arrived", async () => (await orderOf(shop, order.id, holder)).lifecycle === "completed");
  return { order, holder };
}

export async function requestReturn(
  shop: Shop,
  orderId: string,
  holder: Holder,
  sku: string,
  quantity: number,
  exchange?: readonly { sku: string; quantity: number }[],
): Promise<SentBack> {
  const body = { lines: [{ sku, quantity, reason: "It is too small" }], ...(exchange && { exchange }) };
  const path = `/v1/orders/${orderId}/returns`;
  const { return: asked } = await shop.http.must<{ return: SentBack }>("POST", path, {
    ...holder,
    key: randomUUID(),
    body,
  });
  return asked;
}

/** An order of which some has come back, as the customer, support and the warehouse make it. */
export async function returned(
  shop: Shop,
  sku: string,
  { ordered, sellable, damaged }: { ordered: number; sellable: number; damaged: number },
): Promise<{ order: Order; holder: Holder; returnId: string }> {
  const { order, holder } = await arrivedOrder(shop, sku, ordered);
  const { id: returnId } = await requestReturn(shop, order.id, holder, sku, sellable + damaged);
  const token = await shop.token("support");
  await shop.http.must("POST", `/v1/returns/${returnId}/approve`, { token });
  await eventually("it has its label", async () => (await returnOf(shop, returnId, holder)).label !== undefined);
  const lines = [
    ...(sellable > 0 ? [{ sku, quantity: sellable, condition: "sellable" }] : []),
    ...(damaged > 0 ? [{ sku, quantity: damaged, condition: "damaged" }] : []),
  ];
  await shop.http.must("POST", `/v1/returns/${returnId}/receive`, { token, body: { lines } });
  return { order, holder, returnId };
}

const returnOf = (shop: Shop, returnId: string, holder: Holder): Promise<SentBack> =>
  shop.http.must("GET", `/v1/returns/${returnId}`, holder);

export const settledReturn = (shop: Shop, returnId: string, holder: Holder): Promise<SentBack> =>
  eventually("the return is refunded", async () => {
    const now = await returnOf(shop, returnId, holder);
    return now.status === "refunded" && now;
  });
