import type { Delivery, EventType } from "@souk/contract";
import type { Handler } from "@souk/messaging";
import type { orders } from "@souk/orders/contract";
import type { payments } from "@souk/payments/contract";
import type { Tx } from "@souk/postgres";
import type { shipping } from "@souk/shipping/contract";
import { findContact, localeOfUser, rememberContact } from "../db/contacts.ts";
import { preferenceTable } from "../db/preferences.ts";
import type { Content } from "../domain/facts.ts";
import type { Locale } from "../domain/locale.ts";
import { errors } from "../errors.ts";
import type { Links } from "../links.ts";
import type { Outgoing } from "../outgoing.ts";
import { contexts, type Recipient, type Recipients } from "../recipients.ts";

type Deps = {
  outgoing: Outgoing;
  recipients: Recipients;
  links: Pick<Links, "shop" | "at" | "tracking">;
  /** Where orders are picked up, line by line. */
  pickUpAt: readonly string[];
  /** What whoever never said what they read is written to in. */
  defaultLocale: Locale;
};
type OrderEvents = typeof orders.events;
type Event = Delivery<EventType>;

/** What is known of an order's customer, for what is written about it later. */
type Contact = { readonly number: string; readonly email: string; readonly titles: Readonly<Record<string, string>> };
type Addressee = { readonly contact: Contact; readonly recipient: Recipient; readonly locale: Locale };

/** Writes to customers about their orders. */
export function orderMail({ outgoing, recipients, links, pickUpAt, defaultLocale }: Deps) {
  async function meet(
    tx: Tx,
    event: Event,
    orderId: string,
    { contact, customerId }: { contact: Contact; customerId: string | null },
  ): Promise<Addressee> {
    const recipient = await recipients.at(tx, contact.email, customerId, event.time);
    const known = customerId === null ? undefined : await localeOfUser(tx, customerId);
    const locale = known ?? defaultLocale;
    const sealed = recipient.seal?.(contexts.contact, contact) ?? null;
    const kept = sealed
      ? { person: recipient.person, addressDigest: recipient.key }
      : { person: "", addressDigest: null };
    await rememberContact(tx, { orderId, ...kept, userId: customerId, sealed, locale });
    return { contact, recipient, locale };
  }

  /**
   * Whom an order's messages go to. Undefined: nobody any more, they were erased.
   * @throws errors.ContactUnknown: another service's event overtook the order's own; it is tried again later
   */
  async function addressee(tx: Tx, event: Event, orderId: string): Promise<Addressee | undefined> {
    const found = await findContact(tx, orderId);
    if (!found) throw errors.ContactUnknown({ orderId });
    const { person, sealed, userId, locale } = found;
    if (!person || !sealed) return undefined;
    const [contact] = await recipients.open<Contact>(tx, contexts.contact, [{ person, sealed }]);
    if (!contact) return undefined;
    return { contact, recipient: await recipients.at(tx, contact.email, userId, event.time), locale };
  }

  const write = (tx: Tx, event: Event, content: Content, { contact, recipient, locale }: Addressee) =>
    outgoing.write(tx, event, content, { recipient, address: contact.email, locale });

  /** Says that there is nobody to write to, so that each event has its answer. */
  const writeNobody = (tx: Tx, event: Event, content: Content) =>
    outgoing.write(tx, event, content, {
      recipient: { person: "", userId: null, key: Buffer.alloc(0), seal: undefined },
      ...{ address: "", locale: "en" },
    });

  /** A text message too, to whoever asked for them. */
  async function text(tx: Tx, event: Event, content: Content, { recipient, locale }: Addressee): Promise<void> {
    const { userId } = recipient;
    if (userId === null) return;
    const sealed = await preferenceTable(tx).phone(userId);
    if (!sealed) return;
    const [number] = await recipients.open<string>(tx, contexts.phone, [{ person: recipient.person, sealed }]);
    if (number === undefined) return;
    const phone = await recipients.phone(tx, number, userId, event.time);
    await outgoing.write(tx, event, content, { recipient: phone, address: number, locale, channel: "sms" });
  }

  const confirmed: Handler<OrderEvents["confirmed"]> = async (event, tx) => {
    const { orderId, number, email, customerId, currency, lines, totals, shippingMethod, shippingAddress } = event.data;
    const { backordered = [] } = event.data;
    const titles = Object.fromEntries(lines.map(({ sku, title }) => [sku, title]));
    const contact = { number, email, titles };
    const to = await meet(tx, event, orderId, { contact, customerId });
    const facts = {
      ...{ number, currency, totals, shippingMethod, shippingAddress },
      lines: lines.map(({ title, quantity, unitAmount }) => ({ title, quantity, amount: unitAmount * quantity })),
      ...(backordered.length > 0 && { awaited: titled(backordered, titles) }),
      ...(shippingMethod === "pickup" && { pickUpAt }),
    };
    await write(tx, event, { template: "order-confirmed", facts }, to);
  };

  /** What is sent is written about when it leaves; what is picked up, when it is there. */
  const backorderFilled: Handler<OrderEvents["backorderFilled"]> = async (event, tx) => {
    const { orderId, number, shippingMethod, lines } = event.data;
    if (shippingMethod !== "pickup") return;
    const listed = lines.map(({ title, quantity }) => ({ title, quantity }));
    await about(tx, event, orderId, () => ({ template: "pickup-ready", facts: { number, lines: listed, pickUpAt } }));
  };

  /** An order's end says whose it is itself; what is known of it already knows more. */
  async function ended(
    event: Delivery<OrderEvents["rejected" | "cancelled"]>,
    tx: Tx,
    content: Content,
  ): Promise<void> {
    const { orderId, number, email } = event.data;
    const known = await findContact(tx, orderId);
    const to = known
      ? await addressee(tx, event, orderId)
      : await meet(tx, event, orderId, { contact: { number, email, titles: {} }, customerId: null });
    await (to ? write(tx, event, content, to) : writeNobody(tx, event, content));
  }
  const rejected: Handler<OrderEvents["rejected"]> = (event, tx) => {
    const { number, reason } = event.data;
    return ended(event, tx, { template: "order-rejected", facts: { number, reason } });
  };
  const cancelled: Handler<OrderEvents["cancelled"]> = (event, tx) =>
    ended(event, tx, { template: "order-cancelled", facts: { number: event.data.number } });

  const restCancelled: Handler<OrderEvents["restCancelled"]> = (event, tx) => {
    const { orderId, number, currency, lines, notCharged, charged } = event.data;
    const shown = lines.map(({ title, quantity, amount }) => ({ title, quantity, amount }));
    return about(tx, event, orderId, () => ({
      template: "rest-cancelled",
      facts: { number, currency, lines: shown, notCharged, charged },
    }));
  };

  const dispatched: Handler<typeof shipping.events.dispatched> = async (event, tx) => {
    const { orderId, trackingNumber, lines, collected } = event.data;
    const to = await addressee(tx, event, orderId);
    const { number = "", titles = {} } = to?.contact ?? {};
    const facts = {
      ...{ number, trackingNumber, trackingUrl: links.tracking(trackingNumber) },
      lines: titled(lines, titles),
      ...(collected && { collected }),
    };
    const content: Content = { template: "order-shipped", facts };
    if (!to) return writeNobody(tx, event, content);
    await write(tx, event, content, to);
    await text(tx, event, content, to);
  };

  const lost: Handler<typeof shipping.events.lost> = (event, tx) => {
    const { orderId, trackingNumber, lines } = event.data;
    return about(tx, event, orderId, ({ number, titles }) => ({
      template: "parcel-lost",
      facts: { number, trackingNumber, lines: titled(lines, titles) },
    }));
  };

  const refunded: Handler<typeof payments.events.refunded> = async (event, tx) => {
    const { orderId, amount, captured, refunded, currency } = event.data;
    const money = (amount: number) => ({ amount, currency });
    await about(tx, event, orderId, ({ number }) => ({
      template: "payment-refunded",
      facts: { number, amount: money(amount), paid: money(captured), refunded: money(refunded) },
    }));
  };

  const returnRequested: Handler<OrderEvents["returnRequested"]> = (event, tx) => {
    const { orderId, number, returnNumber, lines } = event.data;
    return about(tx, event, orderId, () => ({ template: "return-requested", facts: { number, returnNumber, lines } }));
  };
  const returnRejected: Handler<OrderEvents["returnRejected"]> = (event, tx) => {
    const { orderId, number, returnNumber, why } = event.data;
    return about(tx, event, orderId, () => ({ template: "return-rejected", facts: { number, returnNumber, why } }));
  };
  const returnReceived: Handler<OrderEvents["returnReceived"]> = (event, tx) => {
    const { orderId, number, returnNumber, currency, value, lines } = event.data;
    return about(tx, event, orderId, ({ titles }) => ({
      template: "return-received",
      facts: { number, returnNumber, value: { amount: value, currency }, lines: titled(lines, titles) },
    }));
  };
  const labelMade: Handler<typeof shipping.events.returnLabelMade> = (event, tx) => {
    const { orderId, labelPath, validUntil: until, lines } = event.data;
    return about(tx, event, orderId, ({ number, titles }) => ({
      template: "return-label",
      facts: { number, labelUrl: links.at(labelPath), until, lines: titled(lines, titles) },
    }));
  };

  /** Only whoever has an account can be written to: a guest who did not order has left no address. */
  const cartAbandoned: Handler<OrderEvents["cartAbandoned"]> = async (event, tx) => {
    const { customerId, lines } = event.data;
    if (customerId === null || lines.length === 0) return;
    const recipient = await recipients.account(tx, customerId, event.time);
    const facts = { shopUrl: links.shop, lines: lines.map(({ title, quantity }) => ({ title, quantity })) };
    const locale = (await localeOfUser(tx, customerId)) ?? defaultLocale;
    await outgoing.write(tx, event, { template: "abandoned-cart", facts }, { recipient, address: undefined, locale });
  };

  /** Something that happened to an order whose customer is known, or who is not to be known any more. */
  async function about(
    tx: Tx,
    event: Event,
    orderId: string,
    contentOf: (contact: Pick<Contact, "number" | "titles">) => Content,
  ): Promise<void> {
    const to = await addressee(tx, event, orderId);
    const content = contentOf(to?.contact ?? { number: "", titles: {} });
    await (to ? write(tx, event, content, to) : writeNobody(tx, event, content));
  }

  return {
    ...{ confirmed, backorderFilled, rejected, cancelled, restCancelled, dispatched, lost, refunded },
    ...{ returnRequested, returnRejected, returnReceived, labelMade, cartAbandoned },
  };
}

const titled = (lines: readonly { sku: string; quantity: number }[], titles: Contact["titles"]) =>
  lines.flatMap(({ sku, quantity }) => {
    const title = titles[sku];
    return title === undefined ? [] : [{ title, quantity }];
  });
