import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";

/** Amounts in minor units. */
type Closed = { readonly id: string; readonly paymentId: string; readonly amount: number; readonly now: Instant };

/** What orders asked to book of what was sent and can never be taken: as paid another way, or as lost. */
export const claimTable = (sql: Sql) => ({
  /** All that was paid another way or written off of a payment, in minor units, and whether `id` is in it. */
  async closed(paymentId: string, id: string): Promise<{ sum: number; mine: boolean }> {
    const [row] = await sql<{ sum: number; mine: boolean }>`
      select coalesce(sum(amount), 0)::bigint as sum, coalesce(bool_or(id = ${id}), false) as mine
      from (select write_off_id as id, amount from write_offs where payment_id = ${paymentId}
            union all select claim_payment_id, amount from claim_payments where payment_id = ${paymentId}) as closed`;
    return row ?? { sum: 0, mine: false };
  },

  insertWriteOff: ({ id, paymentId, amount, now }: Closed, reason: string) => sql`
    insert into write_offs (write_off_id, payment_id, amount, reason, at) values (${id}, ${paymentId}, ${amount}, ${reason}, ${now})`,

  insertPayment: ({ id, paymentId, amount, now }: Closed) => sql`
    insert into claim_payments (claim_payment_id, payment_id, amount, at) values (${id}, ${paymentId}, ${amount}, ${now})`,
});
