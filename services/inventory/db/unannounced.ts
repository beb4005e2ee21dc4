import type { Sql } from "@souk/postgres";

/** `version` and `falls` are the sequences of what is to be told; `fell`: to the threshold, having been above it. */
type Change = {
  readonly sku: string;
  readonly version: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly falls: number;
  readonly fell: boolean;
};

/** Takes up to `limit` SKUs that changed since they were last taken, as they now are. Tell of them in the same transaction. */
export const takeUnannounced = (sql: Sql, limit: number, threshold: number): Promise<Change[]> =>
  sql<Change>`
    select sku, version, on_hand as "onHand", reserved, falls, fell from take_unannounced(${limit}, ${threshold})`;
