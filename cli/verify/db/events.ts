import type { Sql } from "@souk/postgres";

type Found = { key: string; text: string };

/** Facts that wait in an outbox for longer than any relay takes. */
export const lateOutbox = (sql: Sql): Promise<Found[]> => sql<Found>`
  select id::text as key, format('event %s (%s) has waited in the outbox since %s', id, type, at) as text
  from chassis.outbox where done_at is null and at < now() - interval '10 seconds' order by position limit 1000`;

/** Parked events whose turn has come long ago: nobody is trying them. */
export const forgottenParked = (sql: Sql): Promise<Found[]> => sql<Found>`
  select event_id::text as key, format('event %s (%s) is parked and was due at %s', event_id, type, retry_at) as text
  from chassis.parked where retry_at < now() - interval '30 seconds' limit 1000`;

export async function outboxCount(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }>`select count(*) as n from chassis.outbox`;
  return row?.n ?? 0;
}

export type EventRow = { key: string };
export const relayed = (sql: Sql) => (after: string, limit: number) =>
  sql<EventRow>`
  select id::text as key from chassis.outbox
  where done_at is not null and id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by id limit ${limit}`;
export const logged = (sql: Sql, source: string) => (after: string, limit: number) =>
  sql<EventRow>`
  select id::text as key from bus.log
  where source = ${source} and id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by id limit ${limit}`;

export const subscriptions = (sql: Sql): Promise<{ subscriber: string; types: string[] }[]> => sql<{
  subscriber: string;
  types: string[];
}>`
  select subscriber, types from bus.subscription order by subscriber`;

/** What a subscriber has read past: everything before its cursors. */
export const passed = (sql: Sql, subscriber: string, types: readonly string[]) => (after: string, limit: number) =>
  sql<EventRow>`
  select l.id::text as key from bus.log l join bus.cursor c on c.partition = l.partition and c.subscriber = ${subscriber}
  where l.type = any(${types}::text[]) and l.position <= c.position
    and l.id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by l.id limit ${limit}`;

/** Where each event is on the subscriber's side: handled, parked or dead. More than one row: it is in two places. */
export const received = (sql: Sql, subscriber: string) => (after: string, limit: number) =>
  sql<{ key: string; places: number }>`
  select event_id::text as key, count(*)::int as places from (
    select event_id from chassis.inbox where subscriber = ${subscriber}
    union all select event_id from chassis.parked where subscriber = ${subscriber}
    union all select event_id from chassis.dead_letters where subscriber = ${subscriber}) as places
  where event_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
  group by event_id order by event_id limit ${limit}`;

export const unreadLong = (sql: Sql): Promise<Found[]> => sql<Found>`
  select l.id::text || '>' || s.subscriber as key, format('%s has not read event %s (%s) of %s', s.subscriber, l.id, l.type, l.time) as text
  from bus.subscription s join bus.cursor c using (subscriber) join bus.log l on l.partition = c.partition and l.position > c.position
  where l.type = any(s.types) and l.time < now() - interval '30 seconds' limit 1000`;

/** Payments that published fewer or more facts than their version says. */
export const untoldPayments = (sql: Sql): Promise<Found[]> => sql<Found>`
  select payment_id::text as key, format('payment %s is at version %s and told %s', payment_id, p.version, count(o.id)) as text
  from payments p left join chassis.outbox o on o.subject = p.payment_id::text
  where p.created_at > now() - interval '6 days' group by payment_id having p.version <> count(o.id) limit 1000`;
export const untoldShipments = (sql: Sql): Promise<Found[]> => sql<Found>`
  select shipment_id::text as key, format('shipment %s published %s and told %s', shipment_id, s.published, count(o.id)) as text
  from shipments s join lateral (select max(at) as at from shipment_events e where e.shipment_id = s.shipment_id) l on true
  left join chassis.outbox o on o.subject = s.shipment_id::text
  where l.at > now() - interval '6 days' group by shipment_id having s.published <> count(o.id) limit 1000`;
