/** What can be a parameter. Objects are written as JSON; arrays as PostgreSQL arrays. */
export type Param =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Date
  | Uint8Array
  | readonly unknown[]
  | object;

/**
 * One prepared statement: sql`select … where id = ${id}`. Values are always parameters, never text, so a statement's
 * text is constant and each connection prepares it once. Rows come back with the column names of the query.
 * Statements issued without awaiting each other go out together, in order (pipelining): `await Promise.all([sql`…`, sql`…`])`.
 */
export type Sql = <Row = Record<string, unknown>>(strings: TemplateStringsArray, ...values: Param[]) => Promise<Row[]>;

/**
 * A transaction in progress. A statement whose rows nobody needs need not be awaited: it leaves in one packet with those
 * after it, or with the commit, and when it fails the transaction fails with its error.
 */
export type Tx = Sql & {
  /** Runs after the commit is durable, in order; never after a rollback. For waking relays: it must not throw or wait. */
  readonly afterCommit: (wake: () => void) => void;
};

export type TxOptions<T> = {
  readonly isolation?: "read committed" | "repeatable read" | "serializable";
  /**
   * Called when the connection was lost at COMMIT, so that nobody knows. Looks for the transaction's own trace (a key,
   * an id) on a fresh connection: returns its result if it did commit, undefined if it did not (then it is run again).
   * Without it, an unknown commit throws `CommitUnknown`.
   */
  readonly settle?: (sql: Sql) => Promise<T | undefined>;
};

/** A service's own database. Calling it runs one statement in its own transaction. */
export type Db = Sql & {
  /**
   * Runs `work` in a transaction. The whole of it is run again, at most 5 times with jittered back-off, after a
   * serialization failure (40001) or a deadlock (40P01): so it must have no effect but on the database.
   */
  tx<T>(work: (tx: Tx) => Promise<T>, options?: TxOptions<T>): Promise<T>;
};
