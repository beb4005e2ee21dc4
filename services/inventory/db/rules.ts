import type { Sql } from "@souk/postgres";

export type Rules = {
  readonly safetyStock?: number | undefined;
  readonly backorderLimit?: number | undefined;
  readonly lowThreshold?: number | undefined;
};

/** Makes the SKU known, if need be. What is left out is none. */
export async function putRules(
  sql: Sql,
  sku: string,
  { safetyStock = 0, backorderLimit = 0, lowThreshold }: Rules,
): Promise<void> {
  await sql`select put_stock_rules(${sku}, ${safetyStock}, ${backorderLimit}, ${lowThreshold ?? null})`;
}
