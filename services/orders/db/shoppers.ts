import type { Sql } from "@souk/postgres";
import type { LivePromotion, Shopper } from "../domain/pricing-rules.ts";
import { type CountedPromotion, liveOf } from "./pricing-rules.ts";

export type ShopperFacts = {
  readonly shopper: Shopper;
  /** The coupon's promotion; undefined when no promotion has that code. */
  readonly coupon: LivePromotion | undefined;
};

type Row = {
  groups: string[] | null;
  hasOrdered: boolean;
  coupon: CountedPromotion | null;
  uses: { promotionId: string; uses: number }[];
};

/**
 * What pricing has to know of who buys, and of the coupon in their cart.
 * @param key under which uses of limited promotions are counted: a customer's id, or what stands for a guest
 */
export async function shopperFacts(
  sql: Sql,
  { customerId, key, code }: { customerId: string | null; key: string | null; code: string | null },
): Promise<ShopperFacts> {
  const [row] = await sql<Row>`
    select (select groups from customer_groups where customer_id = ${customerId}::uuid) as groups,
           exists (select 1 from orders where customer_id = ${customerId}::uuid and lifecycle not in ('rejected', 'cancelled')) as "hasOrdered",
           (select json_build_object('rule', rule, 'uses', uses, 'spent', spent) from promotions
            where code = ${code}::text order by live desc, promotion_id desc limit 1) as coupon,
           (select coalesce(json_agg(json_build_object('promotionId', promotion_id, 'uses', n)), '[]')
            from (select promotion_id, count(*) as n from redemptions
                  where shopper = ${key}::text and returned_at is null group by promotion_id) as used) as uses`;
  if (!row) throw new Error("a select of one row answered none");
  const { groups, hasOrdered, coupon, uses } = row;
  return {
    shopper: {
      isSignedIn: customerId !== null,
      groups: groups ?? [],
      isFirstOrder: !hasOrdered,
      uses: Object.fromEntries(uses.map(({ promotionId, uses }) => [promotionId, uses])),
    },
    coupon: coupon ? liveOf(coupon) : undefined,
  };
}
