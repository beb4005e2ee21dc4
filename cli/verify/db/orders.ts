import type { Sql } from "@souk/postgres";

type Found = { key: string; text: string };

export async function orderCount(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }>`select count(*) as n from orders`;
  return row?.n ?? 0;
}

/** Carts, orders and streams must pair up one to one. */
export const unpaired = (sql: Sql): Promise<Found[]> => sql<Found>`
  select coalesce(o.order_id, c.order_id)::text as key,
         case when o.order_id is null then format('cart %s is ordered, but there is no order %s', c.cart_id, c.order_id)
              else format('order %s was not made from an ordered cart', o.order_id) end as text
  from orders o full join (select cart_id, order_id from carts where status = 'ordered') c on c.order_id = o.order_id and c.cart_id = o.cart_id
  where o.order_id is null or c.order_id is null
  union all
  select stream_id, format('order %s was placed %s times', stream_id, count(*))
  from chassis.events where stream_type = 'order' and type = 'placed' group by stream_id having count(*) > 1
  union all
  select coalesce(o.order_id::text, e.stream_id), format('order %s has no stream, or its stream no order', coalesce(o.order_id::text, e.stream_id))
  from orders o full join (select stream_id from chassis.events where stream_type = 'order' and version = 1) e on e.stream_id = o.order_id::text
  where o.order_id is null or e.stream_id is null
  limit 1000`;

/** Unfinished orders that no saga is working on, and sagas that nobody can finish. */
export const abandoned = (sql: Sql): Promise<Found[]> => sql<Found>`
  select order_id::text as key, format('order %s is %s and no saga works on it', order_id, lifecycle) as text
  from orders o
  where lifecycle in ('pending', 'cancel_pending') and not exists (
    select 1 from chassis.sagas s where s.ended_at is null and s.input->>'orderId' = o.order_id::text)
  union all
  select id, format('saga %s (%s) is stuck', id, name) from chassis.sagas where status = 'stuck' and ended_at is null
  union all
  select id, format('saga %s (%s) was due at %s and nobody has taken it', id, name, wake_at)
  from chassis.sagas where ended_at is null and owner is null and wake_at < now() - interval '30 seconds'
  limit 1000`;

/** Sagas undone twice, out of order, not wholly, or though they were completed. */
export const wronglyUndone = (sql: Sql): Promise<Found[]> => sql<Found>`
  with done as (
    select saga_id, step, min(seq) as seq from chassis.saga_history where action = 'do' and step is not null group by saga_id, step),
  undone as (
    select saga_id, step, min(seq) as seq, count(*) as times from chassis.saga_history where action = 'undo' and outcome = 'ok' group by saga_id, step),
  undoable as (select distinct s.name, u.step from undone u join chassis.sagas s on s.id = u.saga_id),
  paired as (
    select u.saga_id, u.step, u.times, d.seq as done_seq, lag(d.seq) over (partition by u.saga_id order by u.seq) as before_seq
    from undone u left join done d using (saga_id, step))
  select saga_id as key, format('saga %s undid "%s" %s times', saga_id, step, times) as text from paired where times > 1
  union all
  select saga_id, format('saga %s undid "%s" before what came after it', saga_id, step) from paired where before_seq < done_seq
  union all
  select s.id, format('saga %s is undone, but not its step "%s"', s.id, d.step)
  from chassis.sagas s join done d on d.saga_id = s.id join undoable using (name, step) left join undone u on u.saga_id = s.id and u.step = d.step
  where s.status = 'compensated' and u.step is null
  union all
  select s.id, format('saga %s is completed and undid "%s"', s.id, u.step) from chassis.sagas s join undone u on u.saga_id = s.id where s.status = 'completed'
  limit 1000`;

export async function sagaCount(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }>`select count(*) as n from chassis.sagas`;
  return row?.n ?? 0;
}

/** Rows of the index that are not what folding their stream from the start gives. */
export const indexOffStreams = (sql: Sql): Promise<Found[]> => sql<Found>`
  with folded as (
    select stream_id, max(version) as version,
           coalesce(max((data->>'refunded')::bigint) filter (where type in ('refunded', 'refund executed')), 0) as refunded,
           (array_agg(type order by version desc)
              filter (where type in ('placed', 'confirmed', 'rejected', 'cancel requested', 'cancel refused', 'cancelled', 'completed')))[1] as last
    from chassis.events where stream_type = 'order' group by stream_id)
  select order_id::text as key, format('the index says order %s is %s at version %s; its events say "%s" at %s', order_id, lifecycle, o.version, last, f.version) as text
  from orders o join folded f on f.stream_id = o.order_id::text
  where o.version <> f.version or o.refunded <> f.refunded or o.lifecycle <> case last
    when 'placed' then 'pending' when 'confirmed' then 'confirmed' when 'cancel refused' then 'confirmed' when 'rejected' then 'rejected'
    when 'cancel requested' then 'cancel_pending' when 'cancelled' then 'cancelled' when 'completed' then 'completed' end
  limit 1000`;

/** Recorded checkouts that name an order which is not there. */
export const keysWithoutOrder = (sql: Sql): Promise<Found[]> => sql<Found>`
  select k.id::text as key, format('an idempotency key answers with order %s, which is not there', k.order_id) as text
  from (select id, (outcome::json->>'orderId') as order_id from chassis.idempotency_keys where not refused and outcome like '{"orderId":%') k
  left join orders o on o.order_id::text = k.order_id where o.order_id is null limit 1000`;

export async function keyCount(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }>`select count(*) as n from chassis.idempotency_keys`;
  return row?.n ?? 0;
}
