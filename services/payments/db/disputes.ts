import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { Dispute } from "../domain/payment.ts";

type Listed = Dispute & {
  readonly paymentId: string;
  readonly orderId: string;
  readonly currency: string;
  readonly openedAt: Instant;
  readonly closedAt: Instant | null;
};

export const disputeTable = (sql: Sql) => ({
  async find(disputeId: string): Promise<Dispute | undefined> {
    const [row] = await sql<Dispute>`
      select dispute_id as "disputeId", status, amount, reason from disputes where dispute_id = ${disputeId}`;
    return row;
  },

  insert: (d: Omit<Dispute, "status"> & { paymentId: string; now: Instant }) => sql`
    insert into disputes (dispute_id, payment_id, status, amount, reason, opened_at)
    values (${d.disputeId}, ${d.paymentId}, 'open', ${d.amount}, ${d.reason}, ${d.now})`,

  close: (disputeId: string, outcome: "won" | "lost", now: Instant) => sql`
    update disputes set status = ${outcome}, closed_at = ${now} where dispute_id = ${disputeId}`,

  /** Newest first. */
  async page(status: Dispute["status"] | null, page: number, limit: number) {
    const [items, [count]] = await Promise.all([
      sql<Listed>`
        select d.dispute_id as "disputeId", d.payment_id as "paymentId", p.order_id as "orderId", d.status, d.amount, p.currency, d.reason,
               d.opened_at as "openedAt", d.closed_at as "closedAt"
        from disputes d join payments p using (payment_id) where ${status}::text is null or d.status = ${status}
        order by d.opened_at desc, d.dispute_id limit ${limit} offset ${(page - 1) * limit}`,
      sql<{
        total: number;
      }>`select count(*) as total from disputes where ${status}::text is null or status = ${status}`,
    ]);
    return { items, total: count?.total ?? 0 };
  },
});
