import type { Instant } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";
import type { Facts, Template } from "../domain/templates.ts";

export type Contact = { number: string; email: string };
export type Due = { deliveryId: string; template: Template; recipient: string; facts: Facts; attempts: number };

export const rememberContact = (tx: Tx, orderId: string, { number, email }: Contact) => tx`
  insert into contacts (order_id, number, email) values (${orderId}, ${number}, ${email}) on conflict (order_id) do nothing`;

/** Undefined until an event of the order itself has arrived. */
export async function findContact(tx: Tx, orderId: string): Promise<Contact | undefined> {
  const [row] = await tx<Contact>`select number, email from contacts where order_id = ${orderId}`;
  return row;
}

type NewDelivery = {
  deliveryId: string;
  eventId: string;
  template: Template;
  recipient: string;
  facts: Facts;
  now: Instant;
};
export const insertDelivery = (tx: Tx, d: NewDelivery) => tx`
  insert into deliveries (delivery_id, event_id, template, recipient, facts, due_at, created_at)
  values (${d.deliveryId}, ${d.eventId}, ${d.template}, ${d.recipient}, ${json(d.facts)}, ${d.now}, ${d.now})
  on conflict (event_id, template, recipient) do nothing`;

/** Takes due messages until `leaseUntil`: one that is neither sent nor failed by then is taken again. */
export const takeDue = (sql: Sql, now: Instant, leaseUntil: Instant, limit: number): Promise<Due[]> => sql<Due>`
  update deliveries set due_at = ${leaseUntil}, attempts = attempts + 1
  where delivery_id in (
    select delivery_id from deliveries where status = 'pending' and due_at <= ${now} order by due_at limit ${limit} for update skip locked)
  returning delivery_id as "deliveryId", template, recipient, facts, attempts`;

export const markSent = (sql: Sql, deliveryIds: readonly string[], now: Instant) => sql`
  update deliveries set status = 'sent', sent_at = ${now} where delivery_id = any(${deliveryIds}::uuid[])`;
export const postpone = (sql: Sql, deliveryId: string, dueAt: Instant) => sql`
  update deliveries set due_at = ${dueAt} where delivery_id = ${deliveryId}`;
export const markFailed = (sql: Sql, deliveryId: string) =>
  sql`update deliveries set status = 'failed' where delivery_id = ${deliveryId}`;

type Row = {
  id: string;
  template: string;
  recipient: string;
  status: "pending" | "sent" | "failed";
  attempts: number;
  createdAt: Instant;
  sentAt: Instant | null;
};
export async function deliveryPage(sql: Sql, filter: { recipient?: string | undefined; page: number; limit: number }) {
  const { recipient = null, page, limit } = filter;
  const [items, [count]] = await Promise.all([
    sql<Row>`
      select delivery_id as id, template, recipient, status, attempts, created_at as "createdAt", sent_at as "sentAt"
      from deliveries where (${recipient}::text is null or recipient = ${recipient})
      order by created_at desc, delivery_id limit ${limit} offset ${(page - 1) * limit}`,
    sql<{ total: number }>`
      select count(*) as total from (
        select 1 from deliveries where (${recipient}::text is null or recipient = ${recipient}) limit 100000) as counted`,
  ]);
  return { items, total: count?.total ?? 0 };
}
