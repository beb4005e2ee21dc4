import type { Instant } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";
import type { Cart, CartLine, Offer } from "../domain/cart.ts";
import type { Owner } from "../holder.ts";

export type StoredCart = Cart & Owner & { readonly version: number; readonly orderId: string | null };

export const cartTable = (sql: Sql) => ({
  async insert(cart: { cartId: string; currency: string; now: Instant } & Owner): Promise<void> {
    const { cartId, customerId, tokenHash, currency, now } = cart;
    await sql`
      insert into carts (cart_id, customer_id, token_hash, currency, status, lines, version, updated_at)
      values (${cartId}, ${customerId}, ${tokenHash}, ${currency}, 'open', '[]', 1, ${now})`;
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
             c.lines, c.version, c.order_id as "orderId",
             (select coalesce(json_agg(json_build_object(
                'sku', o.sku, 'title', o.title, 'unitAmount', o.amount, 'currency', o.currency, 'weightGrams', o.weight_grams,
                'onSale', o.on_sale, 'available', (select available from stock s where s.sku = o.sku))), '[]')
                from (select sku from jsonb_to_recordset(c.lines) as line(sku text) union select ${alsoSku}::text) l,
                     lateral (select * from offers where sku = l.sku offset 0) o) as offers
      from carts c where c.cart_id = ${cartId}`;
    if (!row) return undefined;
    const { offers, ...cart } = row;
    return { cart, offers };
  },

  /** Returns false when the cart was changed or ordered since it was read at `version`. */
  async saveLines(cartId: string, version: number, lines: readonly CartLine[], now: Instant): Promise<boolean> {
    const rows = await sql`
      update carts set lines = ${json(lines)}, version = version + 1, updated_at = ${now}
      where cart_id = ${cartId} and version = ${version} and status = 'open' returning cart_id`;
    return rows.length === 1;
  },
});

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
