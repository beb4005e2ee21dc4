import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { Difference, ProviderName } from "../domain/payment.ts";

type StoredDifference = Difference & {
  readonly chargeKey: string;
  readonly paymentId: string | null;
  /** Null when the charge was made under a key that is none of ours. */
  readonly orderId: string | null;
  /** Since when money has been where our books do not say it is; null when it is where they say. */
  readonly moneySince: Instant | null;
};

/** Where the comparison with a provider has come to. */
export const comparedUpTo = (sql: Sql, provider: ProviderName) => ({
  /** `book`: in the provider's book. `payment`: in ours, by payment id; null at the start. */
  async read(): Promise<{ book: number; payment: string | null }> {
    const [row] = await sql<{ book: number; payment: string | null }>`
      select position as book, payment_position as payment from reconciliation where provider = ${provider}`;
    if (!row) await sql`insert into reconciliation (provider) values (${provider}) on conflict do nothing`;
    return row ?? { book: 0, payment: null };
  },
  /** Only ever forward: a run that was slower than another takes nothing back. */
  setBook: (position: number) => sql`
    update reconciliation set position = ${position} where provider = ${provider} and position < ${position}`,
  setPayment: (paymentId: string) => sql`
    update reconciliation set payment_position = ${paymentId}
    where provider = ${provider} and (payment_position is null or payment_position < ${paymentId})`,
});

/** What differs between our books and the provider's, until it is gone. */
export const differenceTable = (sql: Sql) => ({
  put: (d: StoredDifference, now: Instant) => sql`
    insert into differences (charge_key, payment_id, order_id, kind, ours, theirs, found_at, money_since)
    values (${d.chargeKey}, ${d.paymentId}, ${d.orderId}, ${d.kind}, ${d.ours}, ${d.theirs}, ${now}, ${d.moneySince})
    on conflict (charge_key) do update
    set payment_id = excluded.payment_id, kind = excluded.kind, ours = excluded.ours, theirs = excluded.theirs, money_since = excluded.money_since`,

  settle: (chargeKeys: readonly string[]) => sql`delete from differences where charge_key = any(${chargeKeys}::text[])`,

  async page(page: number, limit: number) {
    const [rows, [count]] = await Promise.all([
      sql<Omit<StoredDifference, "moneySince"> & { foundAt: Instant }>`
        select charge_key as "chargeKey", payment_id as "paymentId", order_id as "orderId", kind, ours, theirs, found_at as "foundAt"
        from differences order by found_at, charge_key limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`select count(*) as total from differences`,
    ]);
    return { items: rows.map(({ chargeKey: _, ...difference }) => difference), total: count?.total ?? 0 };
  },

  counts: () =>
    sql<{ kind: Difference["kind"]; count: number }>`select kind, count(*) as count from differences group by kind`,

  /** Null when all money is where our books say. */
  async oldestMoney(): Promise<Instant | null> {
    const [row] = await sql<{ since: Instant | null }>`select min(money_since) as since from differences`;
    return row?.since ?? null;
  },

  /** Charges that differed when last looked at. */
  open: (provider: ProviderName, limit: number) => sql<{ key: string; reference: string | null }>`
    select d.charge_key as key, p.reference from differences d left join payments p using (payment_id)
    where coalesce(p.provider, ${provider}) = ${provider} order by d.found_at limit ${limit}`,
});
