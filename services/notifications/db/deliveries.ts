import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";
import type { Template } from "../domain/facts.ts";
import type { Locale } from "../domain/locale.ts";

export type Channel = "email" | "sms";
export type Status = "pending" | "sent" | "failed" | "suppressed";

type NewDelivery = {
  deliveryId: string;
  eventId: string;
  template: Template;
  channel: Channel;
  locale: Locale;
  person: string | null;
  userId: string | null;
  recipientKey: Uint8Array | null;
  sealed: Uint8Array | null;
  letterId: string | null;
  status: Status;
  now: Instant;
};
export const insertDelivery = (tx: Tx, d: NewDelivery) => tx`
  insert into deliveries (delivery_id, event_id, template, channel, locale, person, user_id, recipient_key, sealed, letter_id, status, due_at, created_at)
  values (${d.deliveryId}, ${d.eventId}, ${d.template}, ${d.channel}, ${d.locale}, ${d.person}, ${d.userId}, ${d.recipientKey}, ${d.sealed},
          ${d.letterId}, ${d.status}, ${d.now}, ${d.now})
  on conflict (event_id, template, channel, recipient_key) do nothing`;

export type Due = {
  deliveryId: string;
  template: Template;
  channel: Channel;
  locale: Locale;
  person: string | null;
  userId: string | null;
  sealed: Buffer | null;
  letterId: string | null;
  attempts: number;
};
/** Takes due messages until `leaseUntil`: one that is neither sent nor failed by then is taken again. */
export const takeDue = (sql: Sql, now: Instant, leaseUntil: Instant, limit: number): Promise<Due[]> => sql<Due>`
  update deliveries set due_at = ${leaseUntil}, attempts = attempts + 1
  where delivery_id in (
    select delivery_id from deliveries where status = 'pending' and due_at <= ${now} order by due_at limit ${limit} for update skip locked)
  returning delivery_id as "deliveryId", template, channel, locale, person, user_id as "userId", sealed, letter_id as "letterId", attempts`;

/** Whoever was erased while it was being sent stays erased: only what is pending is marked. */
export const markSent = (sql: Sql, deliveryIds: readonly string[], now: Instant) => sql`
  update deliveries set status = 'sent', sent_at = ${now} where delivery_id = any(${deliveryIds}::uuid[]) and status = 'pending'`;
export const postpone = (sql: Sql, deliveryId: string, dueAt: Instant) => sql`
  update deliveries set due_at = ${dueAt} where delivery_id = ${deliveryId}`;
export const end = (sql: Sql, deliveryId: string, status: "failed" | "suppressed") => sql`
  update deliveries set status = ${status} where delivery_id = ${deliveryId} and status = 'pending'`;

type Addressee = { person: string; userId: string; recipientKey: Uint8Array; sealed: Uint8Array; locale: Locale };
/** Now that it is known whom a letter is for. */
export const addressLetter = (sql: Sql, deliveryId: string, a: Addressee) => sql`
  update deliveries set person = ${a.person}, user_id = ${a.userId}, recipient_key = ${a.recipientKey}, sealed = ${a.sealed}, locale = ${a.locale}
  where delivery_id = ${deliveryId} and status = 'pending'`;

/** Takes from messages who they were for; those still to be sent are not. @param before what was decided later is not meant */
export async function forgetRecipients(
  tx: Tx,
  userId: string,
  recipientKeys: readonly Uint8Array[],
  before: Instant,
): Promise<number> {
  const rows = await tx`
    update deliveries
    set sealed = null, recipient_key = null, person = null, status = case status when 'pending' then 'suppressed' else status end
    where (user_id = ${userId} or (recipient_key = any(${recipientKeys}::bytea[]) and created_at <= ${before}))
      and (sealed is not null or recipient_key is not null or status = 'pending')
    returning delivery_id`;
  return rows.length;
}

export type Row = {
  id: string;
  template: string;
  channel: Channel;
  locale: Locale;
  person: string | null;
  sealed: Buffer | null;
  status: Status;
  attempts: number;
  createdAt: Instant;
  sentAt: Instant | null;
};
export async function deliveryPage(
  sql: Sql,
  filter: { recipientKey?: Uint8Array | undefined; page: number; limit: number },
) {
  const { recipientKey = null, page, limit } = filter;
  const [items, [count]] = await Promise.all([
    sql<Row>`
      select delivery_id as id, template, channel, locale, person, sealed, status, attempts, created_at as "createdAt", sent_at as "sentAt"
      from deliveries where (${recipientKey}::bytea is null or recipient_key = ${recipientKey})
      order by created_at desc, delivery_id limit ${limit} offset ${(page - 1) * limit}`,
    sql<{ total: number }>`
      select count(*) as total from (
        select 1 from deliveries where (${recipientKey}::bytea is null or recipient_key = ${recipientKey}) limit 100000) as counted`,
  ]);
  return { items, total: count?.total ?? 0 };
}

export const deliveriesOf = (sql: Sql, userId: string, recipientKeys: readonly Uint8Array[]) => sql<Row>`
  select delivery_id as id, template, channel, locale, person, sealed, status, attempts, created_at as "createdAt", sent_at as "sentAt"
  from deliveries where user_id = ${userId} or recipient_key = any(${recipientKeys}::bytea[]) order by created_at`;
