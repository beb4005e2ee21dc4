import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";
import type { DeclineReason, Difference, Payment } from "../domain/payment.ts";

export const paymentTable = (sql: Sql) => ({
  /** Undefined when nobody has tried to take or give back money for that order. */
  async ofOrder(orderId: string): Promise<Payment | undefined> {
    const [row] = await sql<Payment & { declineReason: DeclineReason | null }>`
      select payment_id as "paymentId", order_id as "orderId", status, decline_reason as "declineReason", amount, currency, captured, refunded, version
      from payments where order_id = ${orderId}`;
    return row;
  },

  ofOrders: (orderIds: readonly string[]): Promise<Payment[]> => sql<Payment>`
    select payment_id as "paymentId", order_id as "orderId", status, decline_reason as "declineReason", amount, currency, captured, refunded, version
    from payments where order_id = any(${orderIds}::uuid[])`,
});

/** Locks the order's payment until the transaction ends. */
export async function lockPayment(tx: Tx, orderId: string): Promise<Payment | undefined> {
  const [row] = await tx<Payment>`
    select payment_id as "paymentId", order_id as "orderId", status, decline_reason as "declineReason", amount, currency, captured, refunded, version
    from payments where order_id = ${orderId} for update`;
  return row;
}

/** Returns false when the order has a payment, or was barred from having one: the unique order id decides. */
export async function insertPayment(tx: Tx, p: Payment, now: Instant): Promise<boolean> {
  const rows = await tx`
    insert into payments (payment_id, order_id, status, decline_reason, amount, currency, captured, refunded, version, created_at, updated_at)
    values (${p.paymentId}, ${p.orderId}, ${p.status}, ${p.declineReason}, ${p.amount}, ${p.currency}, ${p.captured}, ${p.refunded}, ${p.version}, ${now}, ${now})
    on conflict (order_id) do nothing returning payment_id`;
  return rows.length === 1;
}

export const updatePayment = (tx: Tx, p: Payment, now: Instant) => tx`
  update payments set status = ${p.status}, refunded = ${p.refunded}, version = ${p.version}, updated_at = ${now} where payment_id = ${p.paymentId}`;

/** Books `amount` minor units from the customers' account to the provider's, or back with a refund. */
export const book = (
  tx: Tx,
  entry: { entryId: string; payment: Payment; kind: "capture" | "refund"; amount: number; now: Instant },
) => {
  const debit = entry.kind === "capture" ? entry.amount : -entry.amount;
  const { paymentId, currency } = entry.payment;
  return tx`
    insert into ledger (entry_id, account, payment_id, kind, amount, currency, at)
    values (${entry.entryId}, 'provider', ${paymentId}, ${entry.kind}, ${debit}, ${currency}, ${entry.now}),
           (${entry.entryId}, 'customers', ${paymentId}, ${entry.kind}, ${-debit}, ${currency}, ${entry.now})`;
};

/** Returns the refund's amount when it was made before. */
export async function findRefund(sql: Sql, refundId: string): Promise<number | undefined> {
  const [row] = await sql<{ amount: number }>`select amount from refunds where refund_id = ${refundId}`;
  return row?.amount;
}

export const insertRefund = (
  tx: Tx,
  r: { refundId: string; paymentId: string; amount: number; reason: string; now: Instant },
) => tx`
  insert into refunds (refund_id, payment_id, amount, reason, at) values (${r.refundId}, ${r.paymentId}, ${r.amount}, ${r.reason}, ${r.now})`;

export const seenWebhook = async (sql: Sql, eventId: string): Promise<boolean> =>
  (await sql`select 1 as one from webhook_events where event_id = ${eventId}`).length === 1;

export const insertWebhook = (sql: Sql, eventId: string, now: Instant) => sql`
  insert into webhook_events (event_id, at) values (${eventId}, ${now}) on conflict do nothing`;

export type StoredDifference = Difference & { chargeKey: string; paymentId: string | null; orderId: string | null };

export const reconciliationTable = (sql: Sql) => ({
  async position(): Promise<number> {
    const [row] = await sql<{ position: number }>`select position from reconciliation`;
    return row?.position ?? 0;
  },
  setPosition: (position: number) => sql`update reconciliation set position = ${position} where position < ${position}`,
  put: (d: StoredDifference, now: Instant) => sql`
    insert into differences (charge_key, payment_id, order_id, kind, ours, theirs, found_at)
    values (${d.chargeKey}, ${d.paymentId}, ${d.orderId}, ${d.kind}, ${d.ours}, ${d.theirs}, ${now})
    on conflict (charge_key) do update set payment_id = excluded.payment_id, kind = excluded.kind, ours = excluded.ours, theirs = excluded.theirs`,
  settle: (chargeKeys: readonly string[]) => sql`delete from differences where charge_key = any(${chargeKeys}::text[])`,
  async page(page: number, limit: number) {
    const [rows, [count]] = await Promise.all([
      sql<StoredDifference & { foundAt: Instant }>`
        select charge_key as "chargeKey", payment_id as "paymentId", order_id as "orderId", kind, ours, theirs, found_at as "foundAt"
        from differences order by found_at, charge_key limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`select count(*) as total from differences`,
    ]);
    return { items: rows.map(({ chargeKey: _, ...difference }) => difference), total: count?.total ?? 0 };
  },
  /** Charges that differed when last looked at. */
  open: async (limit: number): Promise<string[]> =>
    (
      await sql<{
        chargeKey: string;
      }>`select charge_key as "chargeKey" from differences order by found_at limit ${limit}`
    ).map((r) => r.chargeKey),
});
