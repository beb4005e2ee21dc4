import type { Sql } from "@souk/postgres";

/** `fell`: to the threshold or below, having been above it when it was last taken. */
type Change = {
  readonly sku: string;
  readonly version: number;
  readonly onHand: number;
  readonly reserved: number;
  /** What an order could get, of the shelf and of what is yet to come. */
  readonly forSale: number;
  /** Of the shelf alone: what is compared with the threshold. */
  readonly available: number;
  readonly threshold: number;
  readonly fell: boolean;
};

/** Takes up to `limit` SKUs that changed since they were last taken, as they now are. Tell of them in the same transaction. */
export const takeUnannounced = (sql: Sql, limit: number, threshold: number): Promise<Change[]> =>
  sql<Change>`
    select sku, version, on_hand as "onHand", reserved, for_sale as "forSale", available, threshold, fell from take_unannounced(${limit}, ${threshold})`;
