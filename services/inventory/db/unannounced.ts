import type { Sql } from "@souk/postgres";

/** `fell`: to the threshold or below, having been above it when it was last taken. */
type Change = {
  readonly sku: string;
  readonly version: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly fell: boolean;
};

/** Takes up to `limit` SKUs that changed since they were last taken, as they now are. Tell of them in the same transaction. */
export const takeUnannounced = (sql: Sql, limit: number, threshold: number): Promise<Change[]> =>
  sql<Change>`
    select sku, version, on_hand as "onHand", reserved, fell from take_unannounced(${limit}, ${threshold})`;
