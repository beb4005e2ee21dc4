import type { Sql } from "@souk/postgres";
import { eventually } from "@souk/testing";

/** Resolves when no saga of an order is at work any more. */
export const quietIn = (sql: Sql) => async (orderId: string) => {
  const isQuiet = async () => {
    const busy = await sql`
      select from chassis.sagas where input->>'orderId' = ${orderId} and status not in ('completed', 'compensated')`;
    return busy.length === 0;
  };
  await eventually(`the end of all sagas of order ${orderId}`, isQuiet);
};

/** The answer to whoever waits for an order to be settled, and asks again when that takes longer than a request may. */
export const settled = <R extends { readonly status: number }>(ask: () => Promise<R>): Promise<R> =>
  eventually("an order that is settled", async () => {
    const reply = await ask();
    return reply.status !== 202 && reply;
  });
