import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";

type Kind = "receipt" | "adjustment" | "reserve" | "release" | "sale" | "return" | "transfer_out" | "transfer_in";
type StoredMovement = {
  readonly at: Instant;
  readonly kind: Kind;
  readonly location: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly orderId: string | null;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly cause: string | null;
};
type Asked = { sku: string; location: string | undefined; page: number; limit: number };

/** Newest first. The journal has no index by SKU, which every order would pay for: operators look seldom, and wait. */
export async function movementsOf(sql: Sql, { sku, location, page, limit }: Asked) {
  const [items, [count]] = await Promise.all([
    sql<StoredMovement>`
      select at, kind, location,
        case when kind in ('receipt', 'return', 'adjustment', 'transfer_in') then quantity
             when kind in ('sale', 'transfer_out') then -quantity else 0 end as "onHand",
        case when kind = 'reserve' then quantity when kind in ('release', 'sale') then -quantity else 0 end as reserved,
        order_id as "orderId", reason, actor, cause
      from movements
      where sku = ${sku} and (${location ?? null}::text is null or location = ${location ?? null})
      order by movement_id desc limit ${limit} offset ${(page - 1) * limit}`,
    sql<{ total: number }>`
      select count(*) as total from movements
      where sku = ${sku} and (${location ?? null}::text is null or location = ${location ?? null})`,
  ]);
  return { items, total: count?.total ?? 0 };
}
