import type { Sql } from "@souk/postgres";

type Found = { key: string; text: string };

export async function deliveryCount(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }>`select count(*) as n from deliveries`;
  return row?.n ?? 0;
}

export const repeatedDeliveries = (sql: Sql): Promise<Found[]> => sql<Found>`
  select event_id::text || template as key, format('%s messages "%s" for event %s', count(*), template, event_id) as text
  from deliveries group by event_id, template, recipient having count(*) > 1 limit 1000`;

/** Events that ask for a message and were handled without one being made. */
export const missingDeliveries = (sql: Sql): Promise<Found[]> => sql<Found>`
  select i.event_id::text as key, format('event %s was handled and nobody was written to', i.event_id) as text
  from chassis.inbox i left join deliveries d on d.event_id = i.event_id where d.event_id is null limit 1000`;

/** Mail that the built-in server took more often than it was tried. */
export const unexplainedMail = (sql: Sql): Promise<Found[]> => sql<Found>`
  with took as (select substring(message_id from '^<([0-9a-f-]{36})@') as delivery_id, count(*) as times from sink group by 1)
  select took.delivery_id as key, format('message %s arrived %s times in %s tries', took.delivery_id, times, coalesce(d.attempts, 0)) as text
  from took left join deliveries d on d.delivery_id::text = took.delivery_id where times > coalesce(d.attempts, 0) limit 1000`;
