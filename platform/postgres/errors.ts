import { defineErrors, ServiceError } from "@souk/kernel";

export const errors = defineErrors("postgres", {
  Unavailable: {
    status: "unavailable",
    message: ({ reason }: { reason: string }) => `The database is unavailable (${reason}). Try again shortly.`,
  },
  TimedOut: {
    status: "deadline_exceeded",
    message: (_: {}) => "The database took too long and was asked to stop; nothing was changed. Try again shortly.",
  },
  Contention: {
    status: "aborted",
    message: ({ attempts }: { attempts: number }) =>
      `Others kept changing the same data; gave up after ${attempts} attempts, nothing was changed. Try again.`,
  },
  CommitUnknown: {
    status: "unavailable",
    message: (_: {}) =>
      "The connection was lost while committing, so the outcome is unknown. Repeat the request with the same key.",
  },
});

/** What `pg` puts on an ErrorResponse; a connection failure has none of it, or a node `code` such as ECONNRESET. */
type Reported = Error & { code?: string; severity?: string; constraint?: string; table?: string; routine?: string };

/**
 * PostgreSQL refused a statement. Carries no value and no statement text: PostgreSQL's own message and detail quote both
 * (`Key (email)=(…) already exists`), so they are dropped, except for messages that only speak about the statement.
 */
export class StatementError extends Error {
  override readonly name: string = "StatementError";
  /** Five characters: https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly sqlState: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;

  constructor(sqlState: string, about: { constraint?: string; table?: string; message?: string } = {}) {
    const where = [about.table && `table ${about.table}`, about.constraint && `constraint ${about.constraint}`];
    super([`PostgreSQL refused a statement: ${sqlState}`, ...where, about.message].filter(Boolean).join(", "));
    this.sqlState = sqlState;
    this.constraint = about.constraint;
    this.table = about.table;
  }
}

/** 40001 and 40P01: another transaction won. `Db.tx` runs the whole transaction again when it meets one. */
export class SerializationFailure extends StatementError {
  override readonly name = "SerializationFailure";
}

/** @param constraint its name in the database; any, when left out */
export const isUniqueViolation = (error: unknown, constraint?: string): error is StatementError =>
  error instanceof StatementError &&
  error.sqlState === "23505" &&
  (constraint === undefined || error.constraint === constraint);

export const isUnavailable = (error: unknown): boolean =>
  error instanceof ServiceError && error.code === errors.Unavailable.code;

// 42: the statement itself is wrong. 0A: a feature it may not use. 25: wrong transaction state. P0: `raise` in our own functions.
const speaksOfTheStatementOnly = /^(42|0A|25|P0)/;
// 08: connection. 53: out of memory, disk or connections. 57P: shutting down, crashed, starting up.
const connectionIsGone = /^(08|53|57P)/;
// Cancelled by statement_timeout; session ended by idle_in_transaction_session_timeout or transaction_timeout.
const tookTooLong = new Set(["57014", "25P03", "25P04"]);

/** Turns what `pg` threw while a statement was under way into one of the errors above. */
export function translate(error: unknown): Error {
  if (!(error instanceof Error)) return new Error("pg threw something that is no error", { cause: error });
  if (error instanceof ServiceError || error instanceof StatementError) return error;
  const { code, severity, constraint, table, message } = error as Reported; // pg's DatabaseError is not exported as a value
  const sqlState = severity !== undefined && code !== undefined ? code : undefined;
  if (sqlState === undefined) return errors.Unavailable({ reason: "the connection was lost" }, { cause: error });
  if (tookTooLong.has(sqlState)) return errors.TimedOut({});
  if (connectionIsGone.test(sqlState) || severity === "FATAL" || severity === "PANIC")
    return errors.Unavailable({ reason: `SQLSTATE ${sqlState}` }, { cause: error });
  const about = {
    ...(constraint === undefined ? {} : { constraint }),
    ...(table === undefined ? {} : { table }),
    ...(speaksOfTheStatementOnly.test(sqlState) ? { message } : {}),
  };
  if (sqlState === "40001" || sqlState === "40P01") return new SerializationFailure(sqlState, about);
  return new StatementError(sqlState, about);
}

/**
 * A statement prepared before a migration changed its result type (0A000), or not at all, because the one that was to prepare it and
 * was sent just before it failed at that (26000): a new connection prepares it anew.
 */
export const isStalePlan = (error: unknown): boolean =>
  error instanceof StatementError &&
  (error.sqlState === "26000" || (error.sqlState === "0A000" && error.message.includes("cached plan")));
