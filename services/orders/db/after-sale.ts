import type { Recorded } from "@souk/event-store";
import type { Sql, Tx } from "@souk/postgres";
import type { Return } from "../domain/after-sale.ts";
import type { Offer } from "../domain/cart.ts";
import type { Event, Existing } from "../domain/order-state.ts";
import type { Owner } from "../holder.ts";

/** The index over returns and refunds, kept in the transaction that appends. Of an order that has neither it costs nothing. */
export async function indexAfterSale(
  appended: readonly Recorded<Event>[],
  { order, afterSale }: Existing,
  tx: Tx,
): Promise<void> {
  const { orderId, customerId } = order;
  const returns = new Map(afterSale.returns.map((one) => [one.returnId, one]));
  const refunds = new Map(afterSale.refunds.map((one) => [one.refundId, one]));
  for (const { event, at } of appended) {
    // What follows in the same append may have changed it again: the last state is written each time.
    const found = "returnId" in event && event.returnId ? returns.get(event.returnId) : undefined;
    if (found)
      await tx`
        insert into returns (return_id, order_id, customer_id, status, value, requested_at)
        values (${found.returnId}, ${orderId}, ${customerId}, ${found.status}, ${found.value}, ${at})
        on conflict (return_id) do update set status = excluded.status, value = excluded.value`;
    const refund = "refundId" in event ? refunds.get(event.refundId) : undefined;
    if (!refund) continue;
    await tx`
      insert into refunds (refund_id, order_id, return_id, status, amount, changed_at)
      values (${refund.refundId}, ${orderId}, ${refund.returnId ?? null}, ${refund.status}, ${refund.amount}, ${at})
      on conflict (refund_id) do update set status = excluded.status, changed_at = excluded.changed_at`;
    if (refund.returnId !== undefined)
      await tx`update returns set status = ${returns.get(refund.returnId)?.status ?? "received"} where return_id = ${refund.returnId}`;
  }
}

type FoundReturn = { readonly returnId: string; readonly orderId: string };

export const returnIndex = (sql: Sql) => ({
  /** The order it belongs to, and whose that is; undefined when there is no such return. */
  async find(returnId: string): Promise<({ orderId: string } & Owner) | undefined> {
    const [row] = await sql<{ orderId: string } & Owner>`
      select o.order_id as "orderId", o.customer_id as "customerId", o.token_hash as "tokenHash"
      from returns r join orders o on o.order_id = r.order_id where r.return_id = ${returnId}`;
    return row;
  },

  /** Newest first; `customerId` undefined means everybody's. `total` counts at most 100,000. */
  async page(filter: {
    customerId?: string | undefined;
    orderId?: string | undefined;
    status?: Return["status"] | undefined;
    page: number;
    limit: number;
  }): Promise<{ items: FoundReturn[]; total: number }> {
    const { customerId = null, orderId = null, status = null, page, limit } = filter;
    const [items, [count]] = await Promise.all([
      sql<FoundReturn>`
        select return_id as "returnId", order_id as "orderId" from returns
        where (${customerId}::uuid is null or customer_id = ${customerId}) and (${orderId}::uuid is null or order_id = ${orderId})
          and (${status}::text is null or status = ${status})
        order by requested_at desc, return_id limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from (
          select 1 from returns
          where (${customerId}::uuid is null or customer_id = ${customerId}) and (${orderId}::uuid is null or order_id = ${orderId})
            and (${status}::text is null or status = ${status})
          limit 100000) as counted`,
    ]);
    return { items, total: count?.total ?? 0 };
  },
});

/** What is known of some SKUs. */
export const offersOf = (sql: Sql, skus: readonly string[]): Promise<Offer[]> => sql<Offer>`
  select o.sku, o.title, o.amount as "unitAmount", o.currency, o.weight_grams as "weightGrams", o.tax_class as "taxClass", o.categories,
    o.on_sale as "onSale", s.available
  from offers o left join stock s on s.sku = o.sku where o.sku = any(${skus}::text[])`;

/** The ordered cart that an order needs which nobody put into one: its holder is that of the order `from`. */
export async function insertExchangeCart(
  tx: Tx,
  {
    cartId,
    orderId,
    from,
    currency,
    at,
  }: { cartId: string; orderId: string; from: string; currency: string; at: string },
): Promise<void> {
  await tx`
    insert into carts (cart_id, customer_id, token_hash, currency, status, lines, order_id, version, updated_at)
    select ${cartId}::uuid, customer_id, token_hash, ${currency}, 'ordered', '[]', ${orderId}::uuid, 1, ${at}::timestamptz
    from orders where order_id = ${from}`;
}
