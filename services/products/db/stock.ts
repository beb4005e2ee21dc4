import type { Sql } from "@souk/postgres";

type Level = { readonly sku: string; readonly available: number; readonly sequence: number };

export const stockTable = (sql: Sql) => ({
  /** One of each SKU. A figure older than the one that is known is dropped. */
  async setAvailable(levels: readonly Level[]): Promise<void> {
    await sql`
      insert into stock (sku, available, sequence)
      select sku, available, sequence
      from unnest(
        ${levels.map(({ sku }) => sku)}::text[], ${levels.map(({ available }) => available)}::bigint[],
        ${levels.map(({ sequence }) => sequence)}::bigint[]) as level (sku, available, sequence)
      on conflict (sku) do update set available = excluded.available, sequence = excluded.sequence
      where stock.sequence < excluded.sequence`;
  },
});
