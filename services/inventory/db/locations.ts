import type { Sql, Tx } from "@souk/postgres";

export type Strategy = "priority" | "most_stock";
type Place = {
  readonly location: string;
  readonly name: string | null;
  readonly priority: number;
  readonly active: boolean;
};

export const locationTable = (sql: Sql) => ({
  list: (): Promise<Place[]> =>
    sql<Place>`select location, name, priority, active from locations order by priority, location`,

  async strategy(): Promise<Strategy> {
    const [row] = await sql<{ strategy: Strategy }>`select strategy from allocation_rule`;
    if (!row) throw new Error("the one row of allocation_rule is gone");
    return row.strategy;
  },

  async setStrategy(strategy: Strategy): Promise<void> {
    await sql`update allocation_rule set strategy = ${strategy}`;
  },
});

/** Adds a location or changes it; what is left out stays. What may be sold of a SKU changes with it, and is told. */
export async function putLocation(
  tx: Tx,
  location: string,
  { priority, active, name }: { priority: number; active?: boolean | undefined; name?: string | undefined },
): Promise<Place> {
  await takeTurn(tx);
  const [before] = await tx<Place>`select location, name, priority, active from locations where location = ${location}`;
  const place = { location, name: name ?? before?.name ?? null, priority, active: active ?? before?.active ?? true };
  await tx`
    insert into locations (location, priority, name, active) values (${location}, ${priority}, ${place.name}, ${place.active})
    on conflict (location) do update set priority = excluded.priority, name = excluded.name, active = excluded.active`;
  if (before && before.active !== place.active) {
    // What is kept back is not followed on the rows of an inactive place. Nobody may change a rule while they catch up.
    await tx`lock table stock_rules in share row exclusive mode`;
    await tx`
      update stock set kept = coalesce((select safety + owed from stock_rules r where r.sku = stock.sku), 0) where location = ${location}`;
    await tx`insert into unannounced select sku from stock where location = ${location} order by sku on conflict do nothing`;
  }
  await tx`select follow_locations()`;
  return place;
}

/** Returns false when something was there once, or is on its way there: then it stays. */
export async function removeLocation(tx: Tx, location: string): Promise<boolean> {
  await takeTurn(tx);
  const [removed] = await tx`
    delete from locations l where location = ${location}
      and not exists (select from stock where location = l.location)
      and not exists (select from transfers where l.location in (from_location, to_location))
      and not exists (select from stock_takes where location = l.location)
    returning location`;
  await tx`select follow_locations()`;
  return removed !== undefined;
}

/** One change of the locations at a time: what orders read of them is worked out from all of them. */
const takeTurn = (tx: Tx) => tx`select from allocation_rule for update`;
