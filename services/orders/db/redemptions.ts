import type { Instant } from "@souk/kernel";
import type { Tx } from "@souk/postgres";

export type Redemption = {
  readonly orderId: string;
  readonly promotionId: string;
  readonly shopper: string;
  readonly amount: number;
  readonly usesPerCustomer: number | undefined;
  readonly at: Instant;
};

/**
 * Counts one use, in the transaction that places the order. Whoever comes second waits for the promotion's row, and then sees what the
 * first has counted: limits and budgets hold however many come at once.
 * @returns false when it must not be used any more: the transaction has to be given up
 */
export async function redeem(tx: Tx, use: Redemption): Promise<boolean> {
  const { orderId, promotionId, shopper, amount, usesPerCustomer = null, at } = use;
  const counted = await tx`
    update promotions set uses = uses + 1, spent = spent + ${amount}
    where promotion_id = ${promotionId} and live
      and uses < coalesce((rule->'limits'->>'uses')::bigint, uses + 1)
      and spent + ${amount} <= coalesce((rule->'limits'->'budget'->>'amount')::bigint, spent + ${amount})
    returning promotion_id`;
  if (counted.length === 0) return false;
  // A statement of its own: what others have committed while this one waited is in its view.
  const kept = await tx`
    insert into redemptions (order_id, promotion_id, shopper, amount, redeemed_at)
    select ${orderId}::uuid, ${promotionId}::uuid, ${shopper}::text, ${amount}::bigint, ${at}::timestamptz
    where ${usesPerCustomer}::bigint is null or (
      select count(*) from redemptions where shopper = ${shopper} and promotion_id = ${promotionId} and returned_at is null
    ) < ${usesPerCustomer}
    returning order_id`;
  return kept.length === 1;
}

/** Gives back what an order has used: it was not filled, or was cancelled. Giving back again changes nothing. */
export async function returnRedemptions(tx: Tx, orderId: string, at: Instant): Promise<void> {
  const returned = await tx<{ promotionId: string; amount: number }>`
    update redemptions set returned_at = ${at} where order_id = ${orderId} and returned_at is null
    returning promotion_id as "promotionId", amount`;
  // In the order in which they were counted, so that two orders never wait for each other.
  for (const { promotionId, amount } of returned.toSorted((a, b) => (a.promotionId < b.promotionId ? -1 : 1)))
    await tx`update promotions set uses = uses - 1, spent = spent - ${amount} where promotion_id = ${promotionId}`;
}
