/** A way in which a database could have become wrong, and which invariants say so. */
export type Corruption = {
  readonly what: string;
  readonly database: string;
  /** Everything that the statements change: the changed rows are put back after. */
  readonly tables: readonly string[];
  readonly sql: string;
  /** Run after the rows were put back. */
  readonly after?: string;
  /** The checks that fail, and no others; by the beginnings of their names. */
  readonly breaks: readonly string[];
};

export const aConfirmedOrder = "(select order_id from orders where lifecycle = 'completed' order by order_id limit 1)";
export const aCapture = "(select entry_id from ledger where kind = 'capture' order by entry_id limit 1)";
export const aShelf = "(select sku from movements where kind = 'sale' order by movement_id limit 1)";
