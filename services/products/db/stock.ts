import type { Sql } from "@souk/postgres";

export const stockTable = (sql: Sql) => ({
  /** A figure older than the one that is known is dropped. */
  async setAvailable(sku: string, available: number, sequence: number): Promise<void> {
    await sql`
      insert into stock (sku, available, sequence) values (${sku}, ${available}, ${sequence})
      on conflict (sku) do update set available = excluded.available, sequence = excluded.sequence
      where stock.sequence < excluded.sequence`;
  },
});
