import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { CountedPromotion } from "./pricing-rules.ts";

export type Usage = CountedPromotion & {
  readonly returned: number;
  readonly customers: number;
  readonly lastUsedAt: Instant | null;
};

/** Undefined for a promotion that orders has not heard of. */
export async function usageOf(sql: Sql, promotionId: string): Promise<Usage | undefined> {
  const [row] = await sql<Usage>`
    select promotions.rule, promotions.uses, promotions.spent, used.returned, used.customers, used.last_used_at as "lastUsedAt"
    from promotions, (
      select count(*) filter (where returned_at is not null) as returned,
             count(distinct shopper) filter (where returned_at is null) as customers,
             max(redeemed_at) filter (where returned_at is null) as last_used_at
      from redemptions where promotion_id = ${promotionId}) as used
    where promotions.promotion_id = ${promotionId}`;
  return row;
}
