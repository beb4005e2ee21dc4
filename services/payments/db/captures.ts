import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";

/** What orders asked to take of an authorization. */
export const captureTable = (sql: Sql) => ({
  /** All that was asked for of a payment, in minor units, and whether `captureId` is in it. */
  async asked(paymentId: string, captureId: string): Promise<{ sum: number; mine: boolean }> {
    const [row] = await sql<{ sum: number; mine: boolean }>`
      select coalesce(sum(amount), 0)::bigint as sum, coalesce(bool_or(capture_id = ${captureId}), false) as mine
      from captures where payment_id = ${paymentId}`;
    return row ?? { sum: 0, mine: false };
  },

  insert: (c: { captureId: string; paymentId: string; amount: number; now: Instant }) => sql`
    insert into captures (capture_id, payment_id, amount, at) values (${c.captureId}, ${c.paymentId}, ${c.amount}, ${c.now})`,
});
