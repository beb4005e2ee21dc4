import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";

/** What orders asked to book as lost. */
export const writeOffTable = (sql: Sql) => ({
  /** All that was written off of a payment, in minor units, and whether `writeOffId` is in it. */
  async made(paymentId: string, writeOffId: string): Promise<{ sum: number; mine: boolean }> {
    const [row] = await sql<{ sum: number; mine: boolean }>`
      select coalesce(sum(amount), 0)::bigint as sum, coalesce(bool_or(write_off_id = ${writeOffId}), false) as mine
      from write_offs where payment_id = ${paymentId}`;
    return row ?? { sum: 0, mine: false };
  },

  insert: (w: { writeOffId: string; paymentId: string; amount: number; reason: string; now: Instant }) => sql`
    insert into write_offs (write_off_id, payment_id, amount, reason, at)
    values (${w.writeOffId}, ${w.paymentId}, ${w.amount}, ${w.reason}, ${w.now})`,
});
