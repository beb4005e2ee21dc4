import type { Chance, Clock } from "@souk/kernel";
import { sleep } from "@souk/kernel";
import type pg from "pg";
import { type Connection, PostgresConnection, rowsOf } from "./connection.ts";
import { errors, isStalePlan, isUnavailable, SerializationFailure } from "./errors.ts";
import { createPool } from "./pool.ts";
import { statementOf } from "./statement.ts";
import { attempt } from "./transaction.ts";
import type { Db, Param, Sql, Tx, TxOptions } from "./types.ts";

export type DatabaseOptions = {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** Connections at most; opened as needed. Default 10. */
  readonly poolSize?: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Told of what nobody waits for: a connection that died idle, a hook that threw. Default: ignored. */
  readonly onError?: (error: unknown) => void;
  /** A statement that runs longer is cancelled and throws `postgres.timed_out`. Default 10,000. */
  readonly statementTimeoutMs?: number;
  /** A transaction that sends nothing for longer is ended: it holds locks. Default 10,000. */
  readonly idleInTransactionTimeoutMs?: number;
  /** For a new connection, and for a free one when all are taken; then `postgres.unavailable`. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Plans each statement once per connection: where every plan is good for all values, planning again is wasted. Default false. */
  readonly plansOnce?: boolean;
  /** Whether idle connections keep the process running. Default true. */
  readonly keepsProcessAlive?: boolean;
};

export type Database = Db & {
  /** Waits for what is under way. */
  close(): Promise<void>;
  stats(): { readonly total: number; readonly idle: number; readonly waiting: number };
  /** Resolves when PostgreSQL answers within `timeoutMs`. @throws ServiceError `postgres.unavailable` */
  ping(timeoutMs: number): Promise<void>;
  /**
   * A connection of its own for `work`, closed after it: for session state such as temporary tables. Statements and
   * transactions on it take turns. No statement time-out.
   */
  session<T>(work: (db: Db) => Promise<T>): Promise<T>;
};

const maxAttempts = 5;
/** Full jitter: Brooker, "Exponential Backoff and Jitter", 2015. 10, 20, 40, 80 ms at most. */
const backOffMs = (attempts: number, chance: Chance) => chance() * 10 * 2 ** (attempts - 1);

/** Where statements get their connection from: the pool, the one of a session, or a simulated server. */
export type Source = { acquire(): Promise<Connection>; release(connection: Connection, healthy: boolean): void };

export function openDatabase(options: DatabaseOptions): Database {
  const { clock, connectTimeoutMs = 5_000, onError = () => {} } = options;
  const config = clientConfig(options);
  // A server that vanished without a word cannot cancel anything: then this side hangs up.
  const answerTimeoutMs = config.statement_timeout + 5_000;
  const pool = createPool({
    open: (onBroken) => PostgresConnection.open({ config, answerTimeoutMs, onBroken }),
    size: options.poolSize ?? 10,
    idleMs: 15_000,
    waitMs: connectTimeoutMs,
    keepsProcessAlive: options.keepsProcessAlive !== false,
    onError,
  });
  const db = databaseOn(pool, options);

  return Object.assign(db, {
    close: pool.end,
    stats: pool.stats,
    async ping(timeoutMs: number) {
      let cancel = () => {};
      const late = new Promise<never>((_, reject) => {
        cancel = clock.after(timeoutMs, () =>
          reject(errors.Unavailable({ reason: `no answer within ${timeoutMs} ms` })),
        );
      });
      await Promise.race([db`select 1`, late]).finally(() => cancel());
    },
    async session<T>(work: (db: Db) => Promise<T>): Promise<T> {
      const connection = await PostgresConnection.open({
        config: { ...config, statement_timeout: 0 },
        answerTimeoutMs: Number.POSITIVE_INFINITY,
        onBroken: () => {},
      }).catch((error) => {
        throw errors.Unavailable({ reason: "no connection" }, { cause: error });
      });
      try {
        return await work(databaseOn(turns(connection), options));
      } finally {
        await connection.close();
      }
    },
  });
}

function clientConfig(options: DatabaseOptions): pg.ClientConfig & { statement_timeout: number } {
  const { statementTimeoutMs = 10_000, idleInTransactionTimeoutMs = 10_000, connectTimeoutMs = 5_000 } = options;
  return {
    connectionString: options.url,
    application_name: options.applicationName ?? "souk",
    // UTC and ISO: `instantFromText` relies on it.
    options: `-c timezone=UTC -c datestyle=ISO${options.plansOnce ? " -c plan_cache_mode=force_generic_plan" : ""}`,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

function turns(connection: Connection): Source {
  let last: Promise<void> = Promise.resolve();
  let done = () => {};
  return {
    async acquire() {
      const before = last;
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      await before;
      done = resolve;
      return connection;
    },
    release: () => done(),
  };
}

/** Everything of a database but where its connections come from: transactions that repeat themselves, statements that share a connection. */
export function databaseOn(
  source: Source,
  { clock, chance, onError = () => {} }: Pick<DatabaseOptions, "clock" | "chance" | "onError">,
): Db {
  const pause = (attempts: number) => sleep(clock, backOffMs(attempts, chance));
  const single = singleStatements(source);

  async function sql(strings: TemplateStringsArray, ...values: Param[]): Promise<unknown[]> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await single(strings, values);
      } catch (error) {
        // Both mean that nothing was done; only a single statement can be repeated without its caller's consent.
        if (!(error instanceof SerializationFailure || isStalePlan(error))) throw error;
        if (attempts >= maxAttempts) throw errors.Contention({ attempts }, { cause: error });
      }
      await pause(attempts);
    }
  }

  async function tx<T>(work: (tx: Tx) => Promise<T>, { isolation, settle }: TxOptions<T> = {}): Promise<T> {
    for (let attempts = 1; ; attempts++) {
      const connection = await source.acquire();
      const outcome = await attempt(connection, work, isolation);
      source.release(
        connection,
        outcome.kind === "committed" || (outcome.kind === "failed" && outcome.healthy && !isStalePlan(outcome.error)),
      );
      if (outcome.kind === "committed") {
        runHooks(outcome.hooks);
        return outcome.value;
      }
      if (outcome.kind === "unknown") {
        const settled = await settleOn(settle, outcome.error);
        if (settled !== undefined) {
          runHooks(outcome.hooks);
          return settled;
        }
      } else if (!outcome.again && !isStalePlan(outcome.error)) throw outcome.error;
      if (attempts >= maxAttempts) {
        if (isUnavailable(outcome.error)) throw outcome.error;
        throw errors.Contention({ attempts }, { cause: outcome.error });
      }
      await pause(attempts);
    }
  }

  /** A restart takes PostgreSQL a second or two, so it asks for about four before giving up. */
  async function settleOn<T>(settle: TxOptions<T>["settle"], lost: unknown): Promise<T | undefined> {
    if (!settle) throw errors.CommitUnknown({}, { cause: lost });
    for (let attempts = 1; ; attempts++) {
      try {
        return await settle(db);
      } catch (error) {
        if (!isUnavailable(error) || attempts >= 10) throw errors.CommitUnknown({}, { cause: error });
      }
      await sleep(clock, Math.min(500, 10 * 2 ** attempts));
    }
  }

  function runHooks(hooks: readonly (() => void)[]): void {
    for (const hook of hooks) {
      try {
        hook();
      } catch (error) {
        onError(error); // the commit stands, so its caller must not see this
      }
    }
  }

  // as: the caller of a tag names the rows' type, nothing can check it
  const db: Db = Object.assign(sql as Sql, { tx });
  return db;
}

/** Its `then` is a microtask without the AsyncResource that `queueMicrotask` makes. */
const inThisTurn = Promise.resolve();

/** Statements issued in one turn share a connection and go out together, in order; each is its own transaction. */
function singleStatements(source: Source) {
  type Lane = { readonly connection: Promise<Connection>; users: number; healthy: boolean };
  let open: Lane | undefined;
  const close = () => {
    open = undefined;
  };

  function join(): Lane {
    if (!open) {
      open = { connection: source.acquire(), users: 0, healthy: true };
      void inThisTurn.then(close);
    }
    open.users++;
    return open;
  }

  return async (strings: TemplateStringsArray, values: Param[]): Promise<unknown[]> => {
    const lane = join();
    const connection = await lane.connection;
    try {
      return await rowsOf(connection.send(statementOf(strings), values, true));
    } catch (error) {
      if (isUnavailable(error) || isStalePlan(error)) lane.healthy = false;
      throw error;
    } finally {
      if (--lane.users === 0) source.release(connection, lane.healthy);
    }
  };
}
