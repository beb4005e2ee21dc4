import assert from "node:assert/strict";
import { beforeEach } from "node:test";
import type { Principal } from "@souk/contract";
import { inventory } from "@souk/inventory/contract";
import { errors as paymentErrors, payments } from "@souk/payments/contract";
import { products } from "@souk/products/contract";
import { shipping, errors as shippingErrors } from "@souk/shipping/contract";
import { fakeNeighbours, sequentialIds, startForTest } from "@souk/testing";
import { anna, purchase } from "./people.fixture.ts";
import definition from "./service.ts";
import { quietIn, settled } from "./waiting.fixture.ts";

/** What the provider took, by order: what `reverse` gives back. */
const taken = new Map<string, number>();
export const gate: { open?: Promise<void> } = {};
/** What the next orders are promised that is not in stock. */
export const shelves: { backordered?: { sku: string; quantity: number }[] } = {};
/** Whether the next orders' money is only reserved, and of which orders the card has let go of it. */
export const till = { reserves: false, letGo: new Set<string>() };
/** What has left of orders that are held back; what was put back on the shelf; what was written off, and paid another way. By order. */
export const left = new Map<string, { sku: string; quantity: number }[]>();
export const putBack = new Map<string, unknown[]>();
export const writtenOff = new Map<string, number[]>();
export const paidOtherwise = new Map<string, number[]>();
const note = <T>(notes: Map<string, T[]>, orderId: string, one: T) =>
  notes.set(orderId, [...(notes.get(orderId) ?? []), one]);
const promised = new Map<string, { sku: string; quantity: number }[]>();
export const newId = sequentialIds();

export const neighbours = fakeNeighbours(
  { inventory, payments, shipping },
  {
    inventory: {
      reserve({ body: { orderId } }) {
        promised.set(orderId, shelves.backordered ?? []);
        return { reservationId: orderId, status: "held" as const, expiresAt: null, ...shelves };
      },
      commit: ({ params }) => ({ reservationId: params.orderId, status: "committed" as const, expiresAt: null }),
      release: () => ({}),
      restock: () => ({}),
      forgo: ({ params: { orderId } }) => ({ lines: promised.get(orderId) ?? [] }),
      takeBack({ body: { orderId, lines } }) {
        note(putBack, orderId, lines);
        return {};
      },
    },
    payments: {
      async pay({ body: { orderId, amount } }) {
        await gate.open;
        taken.set(orderId, till.reserves ? 0 : amount.amount);
        const nothing = { amount: 0, currency: amount.currency };
        const money = till.reserves
          ? { status: "authorized" as const, captured: nothing }
          : { status: "captured" as const, captured: amount };
        return { paymentId: newId(), orderId, amount, ...money, refunded: nothing };
      },
      capture({ params: { orderId }, body: { amount } }) {
        if (till.letGo.has(orderId)) throw paymentErrors.NotAuthorized({ orderId, status: "voided" });
        const nothing = { amount: 0, currency: amount.currency };
        return {
          ...{ paymentId: newId(), orderId, amount, refunded: nothing },
          status: "authorized" as const,
          captured: amount,
        };
      },
      bookClaimPayment({ params: { orderId }, body: { amount } }) {
        note(paidOtherwise, orderId, amount.amount);
        return {};
      },
      writeOff({ params: { orderId }, body: { amount } }) {
        note(writtenOff, orderId, amount.amount);
        return {};
      },
      reverse({ params: { orderId } }) {
        const amount = taken.get(orderId) ?? 0;
        return {
          status: amount > 0 ? ("refunded" as const) : ("voided" as const),
          refunded: { amount, currency: "EUR" },
        };
      },
    },
    shipping: {
      cancel({ params: { orderId } }) {
        if (left.has(orderId)) throw shippingErrors.AlreadyDispatched({ orderId });
        return {};
      },
      holdBack: ({ params: { orderId } }) => ({ left: left.get(orderId) ?? [] }),
    },
  },
);
const service = await startForTest(definition, new URL("./", import.meta.url), { neighbours });
export const { call, send, sql, published, deliver, origin } = service;

const productId = newId();
export const catalogue = { version: 0 };

/** What the catalogue offers from now on: prices by SKU. */
export const offer = (prices: Record<string, number>, currency = "EUR") =>
  deliver(products.events.changed, {
    subject: productId,
    sequence: ++catalogue.version,
    data: {
      productId,
      slug: "tea-things",
      title: "Tea things",
      description: "",
      status: "active",
      category: "Kitchen",
      categorySlug: "kitchen",
      attributes: {},
      version: catalogue.version,
      variants: Object.entries(prices).map(([sku, amount]) => ({
        sku,
        title: sku,
        options: {},
        price: { amount, currency },
        weightGrams: 400,
        taxClass: "standard" as const,
      })),
    },
  });

await deliver(shipping.events.ratesChanged, {
  subject: "rates",
  data: {
    rates: [
      { method: "standard", currency: "EUR", countries: ["DE"], maxWeightGrams: 1_000, amount: 490 },
      { method: "standard", currency: "EUR", countries: ["DE"], maxWeightGrams: 5_000, amount: 790 },
    ],
  },
});

beforeEach(async () => {
  for (const endpoint of ["reserve", "commit", "release", "restock"] as const) neighbours.inventory.recover(endpoint);
  for (const endpoint of ["pay", "reverse"] as const) neighbours.payments.recover(endpoint);
  neighbours.shipping.recover("cancel");
  delete gate.open;
  delete shelves.backordered;
  till.reserves = false;
  await offer({ CUP: 450, POT: 2_500 });
});

/** A customer's cart with these quantities in it. */
export async function cartWith(quantities: Record<string, number>, as: Principal = anna) {
  const { id: cartId } = await call("createCart", { body: {} }, { as });
  for (const [sku, quantity] of Object.entries(quantities)) await put(cartId, sku, quantity, as);
  return cartId;
}
export const put = (cartId: string, sku: string, quantity: number, as: Principal = anna) =>
  call("setItem", { params: { cartId, sku }, headers: {}, body: { quantity } }, { as });
export const look = (cartId: string, as: Principal = anna) =>
  call("cart", { params: { cartId }, headers: {}, query: {} }, { as });

export const newKey = () => `key-${newId()}`;
export function checkout(cartId: string, { key = newKey(), wait = 5, as = anna, body = purchase } = {}) {
  const headers = wait > 0 ? { prefer: `wait=${wait}` } : {};
  const ask = () => send("checkout", { params: { cartId }, headers, body }, { as, key });
  return wait > 0 ? settled(ask) : ask();
}
export type Order = Awaited<ReturnType<typeof see>>;
export const orderIn = ({ body }: { body: unknown }) => (body as { order: Order }).order; // as: a checked-out cart's answer
export const codeIn = ({ body }: { body: unknown }) => (body as { error: { code: string } }).error.code; // as: a problem
export const see = (orderId: string, as: Principal = anna) =>
  call("byId", { params: { orderId }, headers: {} }, { as });
export const cancel = (orderId: string, { key = newKey(), as = anna } = {}) =>
  send("cancel", { params: { orderId }, headers: {}, body: {} }, { as, key });

export const quiet = quietIn(sql);

/** A confirmed order of two cups and a pot. */
export async function confirmedOrder(as: Principal = anna): Promise<string> {
  const reply = await checkout(await cartWith({ CUP: 2, POT: 1 }, as), { as });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  const { id } = orderIn(reply);
  await quiet(id);
  return id;
}
export const asked = (orderId: string) =>
  [...neighbours.inventory.calls, ...neighbours.payments.calls, ...neighbours.shipping.calls]
    .filter(({ input }) => JSON.stringify(input).includes(orderId))
    .map(({ endpoint }) => endpoint)
    .toSorted();
export const toldOf = async (orderId: string) =>
  (await published()).filter(({ subject }) => subject === orderId).map(({ type }) => type);

export const parcel = (
  orderId: string,
  lines = [
    { sku: "CUP", quantity: 2 },
    { sku: "POT", quantity: 1 },
  ],
) => ({
  shipmentId: newId(),
  orderId,
  trackingNumber: "SK0123456789",
  lines,
});
