import { type Cancel, systemClock } from "@souk/kernel";
import type { PostgresConnection as Connection } from "./connection.ts";
import { errors, translate } from "./errors.ts";

export type PoolOptions = {
  readonly open: (onBroken: (connection: Connection, error: Error) => void) => Promise<Connection>;
  /** Connections at most; opened as needed. */
  readonly size: number;
  /** A connection that nobody has used for so long is closed. */
  readonly idleMs: number;
  /** How long to wait for a free connection, or for the place of one. */
  readonly waitMs: number;
  /** Whether idle connections keep the process running. */
  readonly keepsProcessAlive: boolean;
  readonly onError: (error: Error) => void;
};

// Not the injected clock: see connection.ts.
const clock = systemClock;

type Idle = { readonly connection: Connection; readonly since: number };
type Waiting = {
  readonly resolve: (connection: Connection) => void;
  readonly reject: (error: Error) => void;
  readonly stopTheClock: Cancel;
};

/** Connections to one database. The one used last is used next, so that few of them are warm and the others can go. */
export function createPool({ open, size, idleMs, waitMs, keepsProcessAlive, onError }: PoolOptions) {
  const idle: Idle[] = [];
  const waiting: Waiting[] = [];
  let total = 0;
  let sweep: Cancel | undefined;
  let ended: (() => void) | undefined;

  async function opened(): Promise<Connection> {
    total++;
    try {
      return await open(broke);
    } catch (error) {
      gone();
      throw errors.Unavailable({ reason: "no connection" }, { cause: error });
    }
  }

  /** While it is in use its user is told, and gives it back. */
  function broke(connection: Connection, error: Error): void {
    const at = idle.findIndex((one) => one.connection === connection);
    if (at === -1) return;
    idle.splice(at, 1);
    gone();
    onError(translate(error));
  }

  /** One connection less: somebody who waits may have a new one. */
  function gone(): void {
    total--;
    const next = nextInLine();
    if (next) opened().then(next.resolve, next.reject);
    else if (total === 0) ended?.();
  }

  function close(connection: Connection): void {
    connection.close().catch((error) => onError(translate(error)));
    gone();
  }

  function keep(connection: Connection): void {
    if (!keepsProcessAlive) connection.keepAlive(false);
    idle.push({ connection, since: clock.monotonic() });
    sweep ??= clock.after(idleMs, sweepIdle);
  }

  function sweepIdle(): void {
    sweep = undefined;
    const before = clock.monotonic() - idleMs;
    for (let [oldest] = idle; oldest && oldest.since <= before; [oldest] = idle) {
      idle.shift();
      close(oldest.connection);
    }
    const [next] = idle;
    if (next) sweep = clock.after(Math.max(0, next.since + idleMs - clock.monotonic()), sweepIdle);
  }

  function waitForOne(): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const stopTheClock = clock.after(waitMs, () => {
        waiting.splice(waiting.indexOf(one), 1);
        reject(errors.Unavailable({ reason: "no connection" }));
      });
      const one: Waiting = { resolve, reject, stopTheClock };
      waiting.push(one);
    });
  }

  /** Whose turn it is must get an answer: one that gave up meanwhile would leave a connection that nobody returns. */
  function nextInLine(): Waiting | undefined {
    const next = waiting.shift();
    next?.stopTheClock();
    return next;
  }

  return {
    /** @throws ServiceError `postgres.unavailable` */
    async acquire(): Promise<Connection> {
      if (ended) throw errors.Unavailable({ reason: "closed" });
      const last = idle.pop();
      if (last) {
        if (!keepsProcessAlive) last.connection.keepAlive(true);
        return last.connection;
      }
      return total < size ? opened() : waitForOne();
    },

    /** @param healthy false: nobody may use it again */
    release(connection: Connection, healthy: boolean): void {
      const next = connection.isBroken || !healthy ? undefined : nextInLine();
      if (next) next.resolve(connection);
      else if (connection.isBroken) gone();
      else if (!healthy || ended) close(connection);
      else keep(connection);
    },

    stats: () => ({ total, idle: idle.length, waiting: waiting.length }),

    /** Resolves when all that is under way is done. */
    end: () =>
      new Promise<void>((resolve) => {
        ended = resolve;
        sweep?.();
        for (let one = nextInLine(); one; one = nextInLine()) one.reject(errors.Unavailable({ reason: "closed" }));
        for (const { connection } of idle.splice(0)) close(connection);
        if (total === 0) resolve();
      }),
  };
}
