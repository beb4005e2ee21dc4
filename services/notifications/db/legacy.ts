import type { Tx } from "@souk/postgres";

/** What a release before 0002_messages.sql kept in the clear. */
export const lockClearContacts = (tx: Tx, limit: number) => tx<{ orderId: string; number: string; email: string }>`
  select order_id as "orderId", number, email from contacts where email is not null order by order_id limit ${limit} for update skip locked`;
export const sealContact = (
  tx: Tx,
  orderId: string,
  person: string,
  digest: Uint8Array,
  sealed: Uint8Array | null,
) => tx`
  update contacts set number = null, email = null, person = ${person}, address_digest = ${digest}, sealed = ${sealed} where order_id = ${orderId}`;

type ClearDelivery = { deliveryId: string; recipient: string; facts: object };
export const lockClearDeliveries = (tx: Tx, limit: number) => tx<ClearDelivery>`
  select delivery_id as "deliveryId", recipient, facts from deliveries where recipient is not null order by delivery_id limit ${limit} for update skip locked`;
export const sealDelivery = (
  tx: Tx,
  deliveryId: string,
  person: string,
  key: Uint8Array,
  sealed: Uint8Array | null,
) => tx`
  update deliveries set recipient = null, facts = null, person = ${person}, recipient_key = ${key}, sealed = ${sealed} where delivery_id = ${deliveryId}`;

export const lockUndigestedMail = (tx: Tx, limit: number) => tx<{ mailId: string; to: string }>`
  select mail_id as "mailId", recipient as "to" from sink where recipient_digest is null order by mail_id limit ${limit} for update skip locked`;
export const digestMail = (tx: Tx, mailId: string, digest: Uint8Array) => tx`
  update sink set recipient_digest = ${digest} where mail_id = ${mailId}`;
