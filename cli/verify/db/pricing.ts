import type { Sql } from "@souk/postgres";

type Found = { key: string; text: string };

export async function useCount(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }>`select count(*) as n from redemptions where returned_at is null`;
  return row?.n ?? 0;
}

/** Promotions whose counters are not the sum of their uses. */
export const countersOffUses = (sql: Sql): Promise<Found[]> => sql<Found>`
  with used as (
    select promotion_id, count(*) as uses, sum(amount) as spent from redemptions where returned_at is null group by promotion_id)
  select promotion_id::text as key,
         format('promotion %s counts %s uses for %s; its orders say %s for %s', promotion_id, p.uses, p.spent, coalesce(u.uses, 0), coalesce(u.spent, 0)) as text
  from promotions p left join used u using (promotion_id)
  where p.uses <> coalesce(u.uses, 0) or p.spent <> coalesce(u.spent, 0)
  limit 1000`;

/** Uses that are counted without an order that has them, and the other way round: none of a rejected or cancelled order's is. */
export const usesOffOrders = (sql: Sql): Promise<Found[]> => sql<Found>`
  with has as (
    select e.stream_id as order_id, r.promotion_id, (
      select coalesce(sum((d->>'amount')::bigint), 0)
      from (select l->'discounts' as discounts from json_array_elements(e.data->'order'->'lines') l
            union all select e.data->'order'->'shipping'->'discounts') parts, json_array_elements(parts.discounts) d
      where d->>'promotionId' = r.promotion_id) as amount
    from chassis.events e cross join lateral json_array_elements_text(e.data->'order'->'redeemed') as r(promotion_id)
    join orders o on o.order_id::text = e.stream_id and o.lifecycle not in ('rejected', 'cancelled')
    where e.stream_type = 'order' and e.version = 1),
  counted as (select order_id::text, promotion_id::text, amount from redemptions where returned_at is null)
  select coalesce(h.order_id, c.order_id) || '/' || coalesce(h.promotion_id, c.promotion_id) as key,
         format('order %s has %s off by promotion %s, and %s is counted', coalesce(h.order_id, c.order_id), coalesce(h.amount, 0),
                coalesce(h.promotion_id, c.promotion_id), coalesce(c.amount, 0)) as text
  from has h full join counted c on c.order_id = h.order_id and c.promotion_id = h.promotion_id
  where h.amount is distinct from c.amount
  limit 1000`;

/** Orders whose total is not what their goods, discounts, shipping and taxes come to, part by part. */
export const totalsOffParts = (sql: Sql): Promise<Found[]> => sql<Found>`
  with placed as (
    select stream_id, data->'order'->'lines' as lines, data->'order'->'shipping' as shipping, data->'order'->'totals' as totals
    from chassis.events where stream_type = 'order' and version = 1),
  summed as (
    select stream_id, (totals->>'total')::bigint as total,
           (select sum((l->>'quantity')::bigint * (l->>'unitAmount')::bigint) from json_array_elements(lines) l) + (totals->>'shipping')::bigint
           - (select coalesce(sum((d->>'amount')::bigint), 0)
              from (select l->'discounts' as them from json_array_elements(lines) l union all select shipping->'discounts') parts,
                   json_array_elements(parts.them) d)
           + (select coalesce(sum((t->>'amount')::bigint), 0)
              from (select l->'taxes' as them from json_array_elements(lines) l union all select shipping->'taxes') parts,
                   json_array_elements(parts.them) t
              where not (t->>'included')::boolean) as parts
    from placed)
  select stream_id as key, format('order %s costs %s; its parts come to %s', stream_id, total, parts) as text
  from summed where total <> parts
  limit 1000`;
