import { json, type Sql, type Tx } from "@souk/postgres";
import type { Rate } from "../contract.ts";
import type { RateTable } from "../domain/rate-table.ts";

export const rateStore = (sql: Sql) => ({
  /** As the others get them. */
  async rates(): Promise<Rate[]> {
    const [row] = await sql<{ rates: Rate[] }>`select rates from rate_table`;
    return row?.rates ?? [];
  },
  /** As operators manage them. `managed` is null while it is the table that the shop began with. */
  async managed(): Promise<{ version: number; managed: RateTable | null; rates: Rate[] }> {
    const [row] = await sql<{ version: number; managed: RateTable | null; rates: Rate[] }>`
      select version, managed, rates from rate_table`;
    return row ?? { version: 0, managed: null, rates: [] };
  },
});

/** Returns false when the table is not at `version` any more. */
export async function replaceRates(
  tx: Tx,
  version: number,
  managed: RateTable,
  rates: readonly Rate[],
): Promise<boolean> {
  const rows = await tx`
    update rate_table set managed = ${json(managed)}, rates = ${json(rates)}, version = version + 1
    where version = ${version} returning version`;
  return rows.length === 1;
}

/** Marks the newest rates as published and returns them; undefined when they were. */
export async function takeUnpublishedRates(tx: Tx): Promise<{ rates: Rate[]; version: number } | undefined> {
  const [row] = await tx<{ rates: Rate[]; version: number }>`
    update rate_table set published = version where published < version returning rates, version`;
  return row;
}
