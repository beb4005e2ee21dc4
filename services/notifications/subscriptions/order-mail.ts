import type { Delivery, EventType } from "@souk/contract";
import type { Clock, Money } from "@souk/kernel";
import { instant } from "@souk/kernel";
import type { Handler } from "@souk/messaging";
import type { orders } from "@souk/orders/contract";
import type { payments } from "@souk/payments/contract";
import type { Tx } from "@souk/postgres";
import type { shipping } from "@souk/shipping/contract";
import { type Contact, findContact, insertDelivery, rememberContact } from "../db/deliveries.ts";
import type { Facts, Template } from "../domain/templates.ts";
import { errors } from "../errors.ts";

type Deps = { clock: Clock; newId: () => string; wake: () => void };
type OrderEvents = typeof orders.events;

/** Decides who is written to, and about what; the sender does the writing after the commit. */
export function orderMail({ clock, newId, wake }: Deps) {
  async function write(
    tx: Tx,
    event: Delivery<EventType>,
    template: Template,
    { number, email }: Contact,
    facts: Omit<Facts, "number">,
  ) {
    const now = instant(clock.now());
    await insertDelivery(tx, {
      deliveryId: newId(),
      eventId: event.id,
      template,
      recipient: email,
      facts: { number, ...facts },
      now,
    });
    tx.afterCommit(wake);
  }

  /** @throws errors.ContactUnknown: another service's event overtook the order's own; it is tried again later */
  async function contactOf(tx: Tx, orderId: string): Promise<Contact> {
    const contact = await findContact(tx, orderId);
    if (!contact) throw errors.ContactUnknown({ orderId });
    return contact;
  }

  const confirmed: Handler<OrderEvents["confirmed"]> = async (event, tx) => {
    const { orderId, currency, lines, totals } = event.data;
    const money = (amount: number): Money => ({ amount, currency });
    await rememberContact(tx, orderId, event.data);
    await write(tx, event, "order-confirmed", event.data, {
      lines: lines.map(({ title, quantity, unitAmount }) => ({ title, quantity, total: money(unitAmount * quantity) })),
      shipping: money(totals.shipping),
      total: money(totals.total),
    });
  };
  const rejected: Handler<OrderEvents["rejected"]> = async (event, tx) => {
    await rememberContact(tx, event.data.orderId, event.data);
    await write(tx, event, "order-rejected", event.data, { reason: event.data.reason });
  };
  const cancelled: Handler<OrderEvents["cancelled"]> = async (event, tx) => {
    await rememberContact(tx, event.data.orderId, event.data);
    await write(tx, event, "order-cancelled", event.data, {});
  };
  const dispatched: Handler<typeof shipping.events.dispatched> = async (event, tx) => {
    const { orderId, trackingNumber } = event.data;
    await write(tx, event, "order-shipped", await contactOf(tx, orderId), { trackingNumber });
  };
  const refunded: Handler<typeof payments.events.refunded> = async (event, tx) => {
    const { orderId, amount, currency } = event.data;
    await write(tx, event, "payment-refunded", await contactOf(tx, orderId), { amount: { amount, currency } });
  };
  return { confirmed, rejected, cancelled, dispatched, refunded };
}
