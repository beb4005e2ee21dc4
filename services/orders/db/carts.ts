import type { Instant } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";
import type { Cart, CartLine, Offer } from "../domain/cart.ts";
import type { Owner } from "../holder.ts";

export type StoredCart = Cart &
  Owner & { readonly version: number; readonly orderId: string | null; readonly mergedInto: string | null };

type Content = { readonly lines: readonly CartLine[]; readonly coupon: string | null };

export const cartTable = (sql: Sql) => ({
  async insert(cart: { cartId: string; currency: string; now: Instant } & Owner): Promise<void> {
    const { cartId, customerId, tokenHash, currency, now } = cart;
    await sql`
      insert into carts (cart_id, customer_id, token_hash, currency, status, lines, version, opened_at, updated_at)
      values (${cartId}, ${customerId}, ${tokenHash}, ${currency}, 'open', '[]', 1, ${now}, ${now})`;
  },

  /**
   * The cart with what is known of everything in it, and of `alsoSku`, in one statement; undefined when there is no such cart.
   * `offset 0` makes the planner look each SKU up: it expects a hundred lines and would rather read all offers.
   */
  async find(
    cartId: string,
    alsoSku: string | null = null,
  ): Promise<{ cart: StoredCart; offers: Offer[] } | undefined> {
    const [row] = await sql<StoredCart & { offers: Offer[] }>`
      select c.cart_id as "cartId", c.customer_id as "customerId", c.token_hash as "tokenHash", c.currency, c.status,
             c.lines, c.coupon, c.version, c.order_id as "orderId", c.merged_into as "mergedInto",
             (select coalesce(json_agg(json_build_object(
                'sku', o.sku, 'title', o.title, 'unitAmount', o.amount, 'currency', o.currency, 'weightGrams', o.weight_grams,
                'taxClass', o.tax_class, 'categories', o.categories, 'onSale', o.on_sale, 'available', (select available from stock s where s.sku = o.sku))), '[]')
                from (select sku from jsonb_to_recordset(c.lines) as line(sku text) union select ${alsoSku}::text) l,
                     lateral (select * from offers where sku = l.sku offset 0) o) as offers
      from carts c where c.cart_id = ${cartId}`;
    if (!row) return undefined;
    const { offers, ...cart } = row;
    return { cart, offers };
  },

  /** Returns false when the cart was changed or ordered since it was read at `version`. */
  async save(cartId: string, version: number, { lines, coupon }: Content, now: Instant): Promise<boolean> {
    const rows = await sql`
      update carts set lines = ${json(lines)}, coupon = ${coupon}, version = version + 1, updated_at = ${now}
      where cart_id = ${cartId} and version = ${version} and status = 'open' returning cart_id`;
    return rows.length === 1;
  },

  /** The customer's cart that was touched last; undefined when none is open in this currency. */
  async openOf(customerId: string, currency: string): Promise<string | undefined> {
    const [row] = await sql<{ cartId: string }>`
      select cart_id as "cartId" from carts
      where customer_id = ${customerId} and status = 'open' and currency = ${currency} order by updated_at desc, cart_id limit 1`;
    return row?.cartId;
  },

  /** Makes a guest's open cart the customer's own. Returns false when it was changed, ordered or claimed since. */
  async adopt(cartId: string, version: number, customerId: string, now: Instant): Promise<boolean> {
    const rows = await sql`
      update carts set customer_id = ${customerId}, token_hash = null, version = version + 1, updated_at = ${now}
      where cart_id = ${cartId} and version = ${version} and status = 'open' returning cart_id`;
    return rows.length === 1;
  },

  /** Ends a guest's cart whose things are in another one now. Returns false when it was changed, ordered or claimed since. */
  async markMerged(cartId: string, version: number, into: string, now: Instant): Promise<boolean> {
    const rows = await sql`
      update carts set status = 'abandoned', merged_into = ${into}, version = version + 1, updated_at = ${now}
      where cart_id = ${cartId} and version = ${version} and status = 'open' returning cart_id`;
    return rows.length === 1;
  },
});

export type LeftCart = Pick<StoredCart, "cartId" | "customerId" | "currency" | "lines"> & {
  readonly titles: readonly { readonly sku: string; readonly title: string }[];
};

/**
 * Ends open carts that nobody has touched since: customers' and guests' by their own times. At most `limit`, oldest first.
 */
export const abandonCarts = (
  tx: Tx,
  { guestsBefore, customersBefore, limit }: { guestsBefore: Instant; customersBefore: Instant; limit: number },
): Promise<LeftCart[]> => tx<LeftCart>`
  update carts c set status = 'abandoned', version = version + 1
  where cart_id in (
    select cart_id from carts
    where status = 'open' and opened_at < ${guestsBefore > customersBefore ? guestsBefore : customersBefore}
      and updated_at < case when customer_id is null then ${guestsBefore}::timestamptz else ${customersBefore}::timestamptz end
    order by opened_at limit ${limit} for update skip locked)
  returning cart_id as "cartId", customer_id as "customerId", currency, lines,
    (select coalesce(json_agg(json_build_object('sku', o.sku, 'title', o.title)), '[]') from jsonb_to_recordset(c.lines) as line(sku text) join offers o on o.sku = line.sku) as titles`;

/** Returns false when the cart was changed or ordered since it was read at `version`. */
export async function markOrdered(
  tx: Tx,
  cartId: string,
  version: number,
  orderId: string,
  now: Instant,
): Promise<boolean> {
  const rows = await tx`
    update carts set status = 'ordered', order_id = ${orderId}, version = version + 1, updated_at = ${now}
    where cart_id = ${cartId} and version = ${version} and status = 'open' returning cart_id`;
  return rows.length === 1;
}
