import type { Sql } from "@souk/postgres";

type Found = { key: string; text: string };

export async function deliveryCount(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }>`select count(*) as n from deliveries`;
  return row?.n ?? 0;
}

/** Without those whose recipient was erased since: of them nothing says any more whom they were for. */
export const repeatedDeliveries = (sql: Sql): Promise<Found[]> => sql<Found>`
  select event_id::text || template as key, format('%s messages "%s" for event %s', count(*), template, event_id) as text
  from deliveries where recipient_key is not null group by event_id, template, channel, recipient_key having count(*) > 1 limit 1000`;

/** Events about which something was decided, or that wait for it: each once. */
export const decided = (sql: Sql) => (after: string, limit: number) =>
  sql<{ key: string }>`
  select event_id::text as key from (
    select event_id from deliveries union select event_id from chassis.parked union select event_id from chassis.dead_letters
    union select event_id from chassis.dead_letter_audit where action = 'discard') as decided
  where event_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by event_id limit ${limit}`;

/** Mail that the built-in server took more often than it was tried. */
export const unexplainedMail = (sql: Sql): Promise<Found[]> => sql<Found>`
  with took as (select substring(message_id from '^<([0-9a-f-]{36})@') as delivery_id, count(*) as times from sink group by 1)
  select took.delivery_id as key, format('message %s arrived %s times in %s tries', took.delivery_id, times, coalesce(d.attempts, 0)) as text
  from took left join deliveries d on d.delivery_id::text = took.delivery_id where times > coalesce(d.attempts, 0) limit 1000`;
