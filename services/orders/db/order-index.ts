import type { Recorded } from "@souk/event-store";
import type { Sql, Tx } from "@souk/postgres";
import { openClaim } from "../domain/lapse.ts";
import type { Event, Lifecycle, State } from "../domain/order-state.ts";
import type { Owner } from "../holder.ts";

const cuts: ReadonlySet<Event["type"]> = new Set(["rest cancelled", "claim raised", "claim paid", "claim written off"]);

/** The index over the order streams, kept in the transaction that appends. */
export async function indexOrder(appended: readonly Recorded<Event>[], state: State, tx: Tx): Promise<void> {
  const last = appended.at(-1);
  if (!last || state.lifecycle === "new") return;
  const { order } = state;
  const [first] = appended;
  if (first?.event.type === "placed") {
    await tx`
      insert into orders (order_id, number, cart_id, customer_id, token_hash, lifecycle, currency, total, refunded, version, placed_at)
      select ${order.orderId}, ${order.number}, cart_id, customer_id, token_hash, ${state.lifecycle}, ${order.currency},
             ${order.totals.total}, 0, ${last.version}, ${first.at}
      from carts where cart_id = ${order.cartId}`;
    return;
  }
  // What was not sent, or cannot be taken, is not part of what the order comes to.
  if (appended.some(({ event }) => cuts.has(event.type)))
    await tx`update orders set total = ${state.captured}, claim = ${openClaim(state)} where order_id = ${order.orderId}`;
  await tx`
    update orders set lifecycle = ${state.lifecycle}, refunded = ${state.refunded}, version = ${last.version}
    where order_id = ${order.orderId}`;
}

export const orderIndex = (sql: Sql) => ({
  /** Undefined when there is no such order. */
  async owner(orderId: string): Promise<Owner | undefined> {
    const [row] = await sql<Owner>`
      select customer_id as "customerId", token_hash as "tokenHash" from orders where order_id = ${orderId}`;
    return row;
  },

  /** Newest first; `customerId` undefined means everybody's. `total` counts at most 100,000. */
  async page(filter: {
    customerId?: string | undefined;
    lifecycle?: Lifecycle | undefined;
    page: number;
    limit: number;
  }) {
    const { customerId = null, lifecycle = null, page, limit } = filter;
    const [rows, [count]] = await Promise.all([
      sql<{ orderId: string }>`
        select order_id as "orderId" from orders
        where (${customerId}::uuid is null or customer_id = ${customerId}) and (${lifecycle}::text is null or lifecycle = ${lifecycle})
        order by placed_at desc, order_id limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from (
          select 1 from orders
          where (${customerId}::uuid is null or customer_id = ${customerId}) and (${lifecycle}::text is null or lifecycle = ${lifecycle})
          limit 100000) as counted`,
    ]);
    return { ids: rows.map(({ orderId }) => orderId), total: count?.total ?? 0 };
  },

  /** The one order of that number, on the first page; `customerId` and `lifecycle` as in `page`. */
  async numbered(
    number: string,
    filter: { customerId?: string | undefined; lifecycle?: Lifecycle | undefined; page: number },
  ): Promise<{ ids: string[]; total: number }> {
    const { customerId = null, lifecycle = null, page } = filter;
    const rows = await sql<{ orderId: string }>`
      select order_id as "orderId" from orders where number = ${number}
        and (${customerId}::uuid is null or customer_id = ${customerId}) and (${lifecycle}::text is null or lifecycle = ${lifecycle})`;
    return { ids: page === 1 ? rows.map(({ orderId }) => orderId) : [], total: rows.length };
  },
});
