import { type Instant, maxUuid, nilUuid } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";
import type { Payment, ProviderName } from "../domain/payment.ts";

export const paymentTable = (sql: Sql) => ({
  /** Undefined when nobody has tried to take or give back money for that order. */
  async ofOrder(orderId: string): Promise<Payment | undefined> {
    const [row] = await sql<Payment>`
      select payment_id as "paymentId", order_id as "orderId", status, decline_reason as "declineReason", amount, currency, captured, refunded,
             reserved, disputed, provider, reference, redirect_url as "redirectUrl", version
      from payments where order_id = ${orderId}`;
    return row;
  },

  /** Undefined when there is no such payment. */
  async byId(paymentId: string): Promise<Payment | undefined> {
    const [row] = await sql<Payment>`
      select payment_id as "paymentId", order_id as "orderId", status, decline_reason as "declineReason", amount, currency, captured, refunded,
             reserved, disputed, provider, reference, redirect_url as "redirectUrl", version
      from payments where payment_id = ${paymentId}`;
    return row;
  },

  /** Undefined when the provider's name for a charge is none that we keep. */
  async ofReference(reference: string): Promise<string | undefined> {
    const [row] = await sql<{
      orderId: string;
    }>`select order_id as "orderId" from payments where reference = ${reference}`;
    return row?.orderId;
  },

  ofOrders: (orderIds: readonly string[]): Promise<Payment[]> => sql<Payment>`
    select payment_id as "paymentId", order_id as "orderId", status, decline_reason as "declineReason", amount, currency, captured, refunded,
             reserved, disputed, provider, reference, redirect_url as "redirectUrl", version
    from payments where order_id = any(${orderIds}::uuid[])`,

  /** In the order of payment ids, which is that of their making, those after `after` and up to `upTo`. */
  madeAfter: (
    provider: ProviderName,
    after: string | null,
    upTo: string,
    limit: number,
  ): Promise<Payment[]> => sql<Payment>`
    select payment_id as "paymentId", order_id as "orderId", status, decline_reason as "declineReason", amount, currency, captured, refunded,
             reserved, disputed, provider, reference, redirect_url as "redirectUrl", version
    from payments where provider = ${provider} and payment_id > ${after ?? nilUuid} and payment_id <= ${upTo}
    order by payment_id limit ${limit}`,
});

/** Locks the order's payment until the transaction ends. */
export async function lockPayment(tx: Tx, orderId: string): Promise<Payment | undefined> {
  const [row] = await tx<Payment>`
    select payment_id as "paymentId", order_id as "orderId", status, decline_reason as "declineReason", amount, currency, captured, refunded,
             reserved, disputed, provider, reference, redirect_url as "redirectUrl", version
    from payments where order_id = ${orderId} for update`;
  return row;
}

/** Returns false when the order has a payment, or was barred from having one: the unique order id decides. */
export async function insertPayment(tx: Tx, p: Payment, now: Instant): Promise<boolean> {
  const rows = await tx`
    insert into payments (payment_id, order_id, status, decline_reason, amount, currency, captured, refunded, reserved, provider, reference,
                          redirect_url, version, created_at, updated_at)
    values (${p.paymentId}, ${p.orderId}, ${p.status}, ${p.declineReason}, ${p.amount}, ${p.currency}, ${p.captured}, ${p.refunded}, ${p.reserved},
            ${p.provider}, ${p.reference}, ${p.redirectUrl}, ${p.version}, ${now}, ${now})
    on conflict (order_id) do nothing returning payment_id`;
  return rows.length === 1;
}

export const updatePayment = (tx: Tx, p: Payment, now: Instant) => tx`
  update payments
  set status = ${p.status}, decline_reason = ${p.declineReason}, captured = ${p.captured}, refunded = ${p.refunded}, reserved = ${p.reserved},
      disputed = ${p.disputed}, reference = ${p.reference}, redirect_url = ${p.redirectUrl}, version = ${p.version}, updated_at = ${now}
  where payment_id = ${p.paymentId}`;

/** The refund when it was made before. */
export async function findRefund(
  sql: Sql,
  refundId: string,
): Promise<{ amount: number; paymentId: string } | undefined> {
  const [row] = await sql<{ amount: number; paymentId: string }>`
    select amount, payment_id as "paymentId" from refunds where refund_id = ${refundId}`;
  return row;
}

export const insertRefund = (
  tx: Tx,
  r: { refundId: string; paymentId: string; amount: number; reason: string; now: Instant },
) => tx`
  insert into refunds (refund_id, payment_id, amount, reason, at) values (${r.refundId}, ${r.paymentId}, ${r.amount}, ${r.reason}, ${r.now})
  on conflict (refund_id) do nothing`;

export const seenWebhook = async (sql: Sql, eventId: string): Promise<boolean> =>
  (await sql`select 1 as one from webhook_events where event_id = ${eventId}`).length === 1;

export const insertWebhook = (sql: Sql, eventId: string, now: Instant) => sql`
  insert into webhook_events (event_id, at) values (${eventId}, ${now}) on conflict do nothing`;

export type Kept = Pick<Payment, "orderId" | "status" | "captured" | "refunded"> & { readonly since: Instant };

/** What is kept for orders, for those who compare. */
export const keptTable = (sql: Sql) => ({
  /** In the order of order ids, those after `after` and up to `upTo`. */
  page: (after: string | null, upTo: string | null, limit: number): Promise<Kept[]> => sql<Kept>`
    select order_id as "orderId", status, captured, refunded, created_at as since from payments
    where order_id > ${after ?? nilUuid} and order_id <= ${upTo ?? maxUuid}
    order by order_id limit ${limit}`,

  /** Orders that were never paid are left out. */
  ofOrders: (orderIds: readonly string[]): Promise<Kept[]> => sql<Kept>`
    select order_id as "orderId", status, captured, refunded, created_at as since
    from payments where order_id = any(${orderIds}::uuid[])`,
});
