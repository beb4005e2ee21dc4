import { before, beforeEach } from "node:test";
import type { Principal } from "@souk/contract";
import { inventory } from "@souk/inventory/contract";
import { errors as paymentErrors, payments } from "@souk/payments/contract";
import { products } from "@souk/products/contract";
import { shipping } from "@souk/shipping/contract";
import { fakeNeighbours, sequentialIds, startForTest } from "@souk/testing";
import { anna, purchase, support } from "./people.fixture.ts";
import definition from "./service.ts";
import { quietIn } from "./waiting.fixture.ts";

export const newId = sequentialIds();
export const newKey = () => `key-${newId()}`;

/** Payments' books: by order what was taken, and each refund once. */
const captured = new Map<string, number>();
const given = new Map<string, { orderId: string; amount: number }>();
export const givenBack = (orderId: string) =>
  [...given.values()].reduce((sum, one) => sum + (one.orderId === orderId ? one.amount : 0), 0);
export const eur = (amount: number) => ({ amount, currency: "EUR" });
const payment = (orderId: string) => ({
  paymentId: orderId,
  orderId,
  status: "captured" as const,
  amount: eur(captured.get(orderId) ?? 0),
  captured: eur(captured.get(orderId) ?? 0),
  refunded: eur(givenBack(orderId)),
});
/** Inventory's: each return once. */
export const takenBack = new Map<string, unknown>();

export const neighbours = fakeNeighbours(
  { inventory, payments, shipping },
  {
    inventory: {
      reserve: ({ body }) => ({ reservationId: body.orderId, status: "held" as const, expiresAt: null }),
      commit: ({ params }) => ({ reservationId: params.orderId, status: "committed" as const, expiresAt: null }),
      restock: () => ({}),
      release: () => ({}),
      takeBack({ params, body }) {
        if (!takenBack.has(params.returnId)) takenBack.set(params.returnId, body.lines);
        return {};
      },
    },
    shipping: {
      cancel: () => ({}),
      makeReturnLabel: ({ params: { returnId } }) => ({
        returnId,
        trackingNumber: "SKRETURN001",
        labelPath: `/return-labels/${returnId}`,
        validUntil: "2030-01-31T12:00:00.000Z",
      }),
    },
    payments: {
      reverse: () => ({ status: "voided" as const, refunded: eur(0) }),
      pay({ body: { orderId, amount } }) {
        captured.set(orderId, amount.amount);
        return payment(orderId);
      },
      refund({ params: { orderId }, body: { refundId, amount } }) {
        const left = (captured.get(orderId) ?? 0) - givenBack(orderId);
        if (!given.has(refundId)) {
          if (amount.amount > left) throw paymentErrors.RefundTooLarge({ requested: amount.amount, refundable: left });
          given.set(refundId, { orderId, amount: amount.amount });
        }
        return payment(orderId);
      },
    },
  },
);
export const { call, send, sql, published, deliver } = await startForTest(definition, new URL("./", import.meta.url), {
  neighbours,
});

before(async () => {
  const productId = newId();
  await deliver(products.events.changed, {
    subject: productId,
    data: {
      productId,
      slug: "tea-things",
      title: "Tea things",
      description: "",
      status: "active",
      category: "Kitchen",
      categorySlug: "kitchen",
      attributes: {},
      version: 1,
      variants: [
        { sku: "CUP", title: "Cup", options: {}, price: eur(450), weightGrams: 400, taxClass: "standard" },
        { sku: "DISH", title: "Dish", options: {}, price: eur(500), weightGrams: 400, taxClass: "standard" },
        { sku: "POT", title: "Pot", options: {}, price: eur(2_500), weightGrams: 400, taxClass: "standard" },
      ],
    },
  });
  await deliver(shipping.events.ratesChanged, {
    subject: "rates",
    data: { rates: [{ method: "standard", currency: "EUR", countries: ["DE"], maxWeightGrams: 9_000, amount: 490 }] },
  });
});
beforeEach(() => {
  neighbours.payments.recover("refund");
  for (const endpoint of ["takeBack", "reserve"] as const) neighbours.inventory.recover(endpoint);
});

export type Holder = { readonly as: Principal; readonly headers: { "x-cart-token"?: string } };

/** A confirmed order of three cups and a pot, 4,340 in all; `delivered`: of which the cups have arrived. */
export async function ordered({ as = anna, delivered = true } = {}): Promise<Holder & { orderId: string }> {
  const { id: cartId, cartToken } = await call("createCart", { body: {} }, { as });
  const headers = cartToken === undefined ? {} : { "x-cart-token": cartToken };
  for (const [sku, quantity] of [["CUP", 3] as const, ["POT", 1] as const])
    await call("setItem", { params: { cartId, sku }, headers, body: { quantity } }, { as });
  const { order } = await call("checkout", { params: { cartId }, headers, body: purchase }, { as, key: newKey() });
  await quiet(order.id);
  if (delivered) await arrive(order.id, { CUP: 3 });
  return { orderId: order.id, as, headers };
}

export async function arrive(orderId: string, units: Record<string, number>): Promise<void> {
  const shipmentId = newId();
  const lines = Object.entries(units).map(([sku, quantity]) => ({ sku, quantity }));
  const data = { shipmentId, orderId, trackingNumber: `SK${shipmentId.slice(-6).toUpperCase()}`, lines };
  await deliver(shipping.events.dispatched, { subject: shipmentId, sequence: 1, data });
  await deliver(shipping.events.delivered, { subject: shipmentId, sequence: 2, data });
}

export const quiet = quietIn(sql);

export const see = ({ orderId, as, headers }: Holder & { orderId: string }, who = as) =>
  call("byId", { params: { orderId }, headers }, { as: who });
export const lines = (quantity: number, sku = "CUP") => [{ sku, quantity, reason: "Too small" }];
export const ask = (
  { orderId, as, headers }: Holder & { orderId: string },
  quantity: number,
  { key = newKey(), who = as } = {},
) => send("requestReturn", { params: { orderId }, headers, body: { lines: lines(quantity) } }, { as: who, key });
export async function approvedReturn(order: Holder & { orderId: string }, quantity: number): Promise<string> {
  const { orderId, as, headers } = order;
  const input = { params: { orderId }, headers, body: { lines: lines(quantity) } };
  const asked = await call("requestReturn", input, { as, key: newKey() });
  const returnId = asked.return.id;
  await call("approveReturn", { params: { returnId } }, { as: support });
  return returnId;
}
export const sellable = (quantity: number) => ({ sku: "CUP", quantity, condition: "sellable" as const });
export const damaged = (quantity: number) => ({ sku: "CUP", quantity, condition: "damaged" as const });
export const receive = (returnId: string, ...received: (ReturnType<typeof sellable> | ReturnType<typeof damaged>)[]) =>
  send("receiveReturn", { params: { returnId }, body: { lines: received } }, { as: support });
export const refund = (orderId: string, amount: number, { key = newKey(), as = support } = {}) =>
  send("grantRefund", { params: { orderId }, body: { amount: eur(amount), reason: "Sorry" } }, { as, key });
export const codeIn = ({ body }: { body: unknown }) => (body as { error?: { code: string } }).error?.code; // as: a problem
export const tellRefund = (orderId: string, amount: number, refunded: number, refundId?: string) =>
  deliver(payments.events.refunded, {
    subject: orderId,
    data: {
      paymentId: orderId,
      orderId,
      currency: "EUR",
      amount,
      captured: captured.get(orderId) ?? 0,
      refunded,
      ...(refundId && { refundId }),
    },
  });
