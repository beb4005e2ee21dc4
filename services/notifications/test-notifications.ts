import assert from "node:assert/strict";
import type { Principal } from "@souk/contract";
import { inventory } from "@souk/inventory/contract";
import { orders } from "@souk/orders/contract";
import { payments } from "@souk/payments/contract";
import { shipping } from "@souk/shipping/contract";
import { fakeClock, fakeNeighbours, passingTime, sequentialIds, startForTest } from "@souk/testing";
import definition from "./service.ts";

const address = { name: "Anna Example", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "FR" };
export const newId = sequentialIds();
export const support: Principal = { kind: "user", id: newId(), roles: ["support"], sessionId: "s" };
export const merchandiser: Principal = { kind: "user", id: newId(), roles: ["merchandiser"], sessionId: "s" };

/** What users would answer when a letter is opened; by letter. */
export type Opened = { userId: string; email: string; name: string; locale: "en" | "de"; token?: string };

/** The service with what tests tell it and look at. */
export async function startNotifications(env: Readonly<Record<string, string>> = {}) {
  const clock = fakeClock();
  const letters = new Map<string, Opened>();
  /** By account. */
  const contacts = new Map<string, { email: string; name: string; locale: "en" | "de" }>();
  const neighbours = fakeNeighbours(definition.calls, {
    users: {
      openLetter: async ({ params: { letterId } }) =>
        letters.get(letterId) ?? assert.fail("an unknown letter was opened"),
      contact: async ({ params: { userId } }) => contacts.get(userId) ?? assert.fail("a stranger was asked for"),
    },
  });
  const service = await startForTest(definition, new URL("./", import.meta.url), {
    clock,
    neighbours,
    env: { SOUK_MAIL_PER_SECOND: "10000", SOUK_PUBLIC_URL: "https://shop.example", ...env },
  });
  const { call, deliver, sql } = service;

  /** An order's facts, with an address of its own to write to. */
  function newOrder(customerId: string | null = null) {
    const orderId = newId();
    return { orderId, customerId, number: `N-${orderId.slice(-4)}`, email: `${orderId.slice(-4)}@example.com` };
  }
  type Order = ReturnType<typeof newOrder>;

  type Promised = { readonly backordered: { sku: string; quantity: number }[] };
  const confirm = (order: Order, id = newId(), method: "standard" | "pickup" = "standard", promised?: Promised) =>
    deliver(orders.events.confirmed, {
      id,
      subject: order.orderId,
      sequence: 2,
      data: {
        ...order,
        currency: "EUR",
        lines: [{ sku: "CUP", title: "Blue cup", quantity: 2, unitAmount: 450, weightGrams: 300 }],
        totals: { subtotal: 900, discount: 0, shipping: 490, tax: 0, total: 1_390 },
        shippingMethod: method,
        shippingAddress: address,
        ...promised,
      },
    });
  /** Of what was not in stock, one cup has come. */
  const fill = ({ orderId, number }: Order, shippingMethod: "standard" | "pickup") => {
    const lines = [{ sku: "CUP", title: "Blue cup", quantity: 1, weightGrams: 300 }];
    const data = { orderId, number, shippingMethod, lines, outstanding: 0 };
    return deliver(orders.events.backorderFilled, { subject: orderId, sequence: 3, data });
  };
  const dispatch = ({ orderId }: Order, isCollected = false) => {
    const shipmentId = newId();
    const parcel = { shipmentId, orderId, trackingNumber: "SK0123456789", lines: [{ sku: "CUP", quantity: 2 }] };
    const data = { ...parcel, ...(isCollected && { collected: true }) };
    return deliver(shipping.events.dispatched, { subject: shipmentId, data });
  };
  const refund = ({ orderId }: Order, amount: number) => {
    const paymentId = newId();
    const data = { paymentId, orderId, currency: "EUR", amount, captured: 1_390, refunded: amount };
    return deliver(payments.events.refunded, { subject: paymentId, data });
  };
  const end = ({ orderId, number, email }: Order, how: "rejected" | "cancelled", reason: "out_of_stock" | "customer") =>
    deliver(orders.events[how], { subject: orderId, sequence: 5, data: { orderId, number, email, reason } });
  const cancelRest = ({ orderId, number, email }: Order) => {
    const lines = [{ sku: "CUP", title: "Blue cup", quantity: 1, amount: 450 }];
    const money = { currency: "EUR", notCharged: 695, charged: 695 };
    const data = { orderId, number, email, ...money, lines };
    return deliver(orders.events.restCancelled, { subject: orderId, sequence: 6, data });
  };
  /** Each step of a return, and a parcel that got lost. */
  const returning = ({ orderId, number, email }: Order) => {
    const fact = { orderId, number, email, returnId: newId(), returnNumber: "R-1" };
    const units = [{ sku: "CUP", quantity: 1 }];
    const lines = [{ sku: "CUP", title: "Blue cup", quantity: 1, reason: "broken" }];
    const label = { trackingNumber: "SK99", labelPath: "/return-labels/abc", validUntil: "2030-02-01T00:00:00.000Z" };
    const subject = orderId;
    return {
      request: () => deliver(orders.events.returnRequested, { subject, sequence: 10, data: { ...fact, lines } }),
      reject: () => deliver(orders.events.returnRejected, { subject, sequence: 11, data: { ...fact, why: "worn" } }),
      label: () =>
        deliver(shipping.events.returnLabelMade, {
          subject: fact.returnId,
          data: { ...label, returnId: fact.returnId, orderId, lines: units },
        }),
      receive: () =>
        deliver(orders.events.returnReceived, {
          subject,
          sequence: 12,
          data: { ...fact, currency: "EUR", value: 450, lines: [{ sku: "CUP", quantity: 1, condition: "sellable" }] },
        }),
      lose: () => {
        const shipmentId = newId();
        const data = { shipmentId, orderId, trackingNumber: "SK77", lines: units };
        return deliver(shipping.events.lost, { subject: shipmentId, data });
      },
    };
  };
  const abandon = (customerId: string | null) => {
    const cartId = newId();
    const lines = [{ sku: "CUP", title: "Blue cup", quantity: 1, unitAmount: 450 }];
    return deliver(orders.events.cartAbandoned, {
      subject: cartId,
      data: { cartId, customerId, currency: "EUR", lines },
    });
  };
  const runLow = (sku: string) =>
    deliver(inventory.events.low, { subject: sku, data: { sku, available: 3, threshold: 5 } });

  const sinkOf = async (to: string) => (await call("sink", { query: { to } }, { as: support })).data;
  /** Waits, in the service's time, until `done` gives something. */
  const until = <T>(what: string, done: () => Promise<T | undefined | false>): Promise<T> =>
    passingTime(clock, done, { what });
  const mailTo = (to: string, count: number) =>
    until(`${count} mails for ${to}`, async () => {
      const data = await sinkOf(to);
      return data.length >= count && data;
    });
  const deliveriesTo = async (recipient: string) =>
    (await call("deliveries", { query: { recipient } }, { as: support })).data;
  /** Everything in the database, as text. */
  async function dump(): Promise<string> {
    const tables = await sql<{ name: string }>`
      select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_schema in ('public', 'chassis') and table_type = 'BASE TABLE'`;
    const dumped = await sql<{ text: string }>`
      select query_to_xml('select * from ' || name, true, false, '')::text as text from unnest(${tables.map(({ name }) => name)}::text[]) as name`;
    return JSON.stringify(dumped);
  }
  return {
    ...service,
    clock,
    letters,
    newOrder,
    confirm,
    fill,
    dispatch,
    refund,
    returning,
    abandon,
    contacts,
    end,
    cancelRest,
    runLow,
    mailTo,
    sinkOf,
    deliveriesTo,
    until,
    dump,
  };
}
