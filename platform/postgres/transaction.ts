import { crashPoint } from "@souk/kernel";
import { type Connection, control, rowsOf } from "./connection.ts";
import { errors, isUnavailable, SerializationFailure, StatementError } from "./errors.ts";
import { statementOf } from "./statement.ts";
import type { Param, Tx, TxOptions } from "./types.ts";

/**
 * How one attempt ended. `again`: certainly not committed, and worth running anew. `unknown`: the connection was lost after
 * `commit` had been sent.
 */
export type Attempt<T> =
  | { readonly kind: "committed"; readonly value: T; readonly hooks: readonly (() => void)[] }
  | { readonly kind: "failed"; readonly error: unknown; readonly again: boolean; readonly healthy: boolean }
  | { readonly kind: "unknown"; readonly error: unknown; readonly hooks: readonly (() => void)[] };

/** Runs `work` once between `begin` and `commit` on a connection that nobody else uses. Never rejects. */
export async function attempt<T>(
  connection: Connection,
  work: (tx: Tx) => Promise<T>,
  isolation: TxOptions<T>["isolation"],
): Promise<Attempt<T>> {
  const hooks: (() => void)[] = [];
  let over = false;
  let first: unknown;
  /** What kept a statement from being sent: PostgreSQL knows nothing of it, so this side must not commit. */
  let unsent: { readonly error: unknown } | undefined;
  const noted = <R>(result: Promise<R>): Promise<R> => {
    // Also marks it as handled: a statement that nobody awaits must not end the process, `commit` reports it.
    result.catch((error) => {
      first ??= error;
    });
    return result;
  };
  const statement = (strings: TemplateStringsArray, ...values: Param[]) => {
    if (over)
      return Promise.reject(
        new Error("a statement came after the end of its transaction: await it in the transaction's work"),
      );
    try {
      return noted(rowsOf(connection.send(statementOf(strings), values, false)));
    } catch (error) {
      unsent ??= { error };
      return noted(Promise.reject(error));
    }
  };
  const afterCommit = (wake: () => void) => {
    hooks.push(wake);
  };
  // as: the caller of a tag names the rows' type, nothing can check it
  const tx = Object.assign(statement, { afterCommit }) as Tx;

  noted(control(connection, isolation ? `begin isolation level ${isolation}` : "begin"));
  let value: T;
  try {
    value = await work(tx);
  } catch (error) {
    over = true;
    return failed(connection, first, error);
  }
  over = true;
  if (connection.isBroken) return failed(connection, first, errors.Unavailable({ reason: "the connection was lost" }));
  if (unsent) return failed(connection, undefined, unsent.error);

  crashPoint("transaction.before-commit");
  try {
    if ((await control(connection, "commit")) === "COMMIT") {
      crashPoint("transaction.committed");
      return { kind: "committed", value, hooks };
    }
  } catch (error) {
    if (isUnavailable(error)) return { kind: "unknown", error, hooks };
    return failed(connection, first, error);
  }
  // A statement failed, and `work` did not await it or swallowed the error.
  return failed(connection, undefined, first ?? new Error("PostgreSQL rolled the transaction back at commit"));
}

async function failed(connection: Connection, first: unknown, thrown: unknown): Promise<Attempt<never>> {
  const healthy = await rolledBack(connection);
  const error = rootCause(first, thrown);
  return {
    kind: "failed",
    error,
    again: error instanceof SerializationFailure || (!healthy && isUnavailable(error)),
    healthy,
  };
}

async function rolledBack(connection: Connection): Promise<boolean> {
  if (connection.isBroken) return false;
  return control(connection, "rollback").then(
    () => true,
    () => false, // the server rolls back what its lost client had begun
  );
}

/** The statement that broke the transaction rather than what that led to. */
function rootCause(first: unknown, thrown: unknown): unknown {
  if (first instanceof SerializationFailure || (first !== undefined && isUnavailable(first))) return first;
  const isConsequence = thrown instanceof StatementError && thrown.sqlState === "25P02"; // in_failed_sql_transaction
  return isConsequence ? (first ?? thrown) : thrown;
}
