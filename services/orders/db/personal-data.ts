import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";
import type { Lifecycle } from "../domain/order-state.ts";

type Person = { userId: string; addressDigests: readonly Uint8Array[] };

/** A person's orders, oldest first: of their account, and those that they placed as a guest. */
export const ordersOf = (sql: Sql, { userId, addressDigests }: Person) => sql<{
  orderId: string;
  lifecycle: Lifecycle;
}>`
  select order_id as "orderId", lifecycle from orders
  where customer_id = ${userId} or address_digest = any(${addressDigests}::bytea[]) order by placed_at, order_id`;

/** Takes from orders what leads to whoever placed them as a guest. An empty digest: there is nobody to be found any more. */
export async function forgetAddresses(tx: Tx, orderIds: readonly string[]): Promise<void> {
  const guests = await tx<{ orderId: string }>`
    update orders set address_digest = '' where order_id = any(${orderIds}::uuid[]) and customer_id is null returning order_id as "orderId"`;
  // A use of a promotion stays counted, and nobody's.
  await tx`update redemptions set shopper = '' where order_id = any(${guests.map(({ orderId }) => orderId)}::uuid[])`;
}

/** Carts that nobody will order any more, and what groups the customer was in. Returns how many carts. */
export async function forgetCarts(tx: Tx, userId: string, before: Instant): Promise<number> {
  await tx`delete from customer_groups where customer_id = ${userId}`;
  const rows = await tx`
    update carts set status = 'abandoned', lines = '[]', coupon = null
    where customer_id = ${userId} and status = 'open' and updated_at <= ${before} returning cart_id`;
  return rows.length;
}

/** Guests' orders without a digest that were placed since the last look, oldest first. Orders may become visible a while after they are placed. */
export const unknownGuests = (sql: Sql, limit: number) => sql<{ orderId: string; placedAt: Instant }>`
  select order_id as "orderId", placed_at as "placedAt" from orders
  where placed_at >= (select placed_at - interval '10 minutes' from guests_known) and customer_id is null and address_digest is null
  order by placed_at limit ${limit}`;

export async function rememberGuests(
  tx: Tx,
  guests: readonly { orderId: string; digest: string }[],
  placedAt: Instant,
): Promise<void> {
  await tx`
    update orders set address_digest = decode(g.digest, 'hex')
    from unnest(${guests.map(({ orderId }) => orderId)}::uuid[], ${guests.map(({ digest }) => digest)}::text[]) as g (order_id, digest)
    where orders.order_id = g.order_id`;
  await tx`update guests_known set placed_at = greatest(placed_at, ${placedAt}::timestamptz)`;
}
