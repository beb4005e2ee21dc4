import type { Chance } from "@souk/kernel";
import { type Database as Db, databaseOn, type Database as PlatformDatabase } from "@souk/postgres";
import type { Delays } from "./delays.ts";
import type { Faults, Site } from "./faults.ts";
import { type Database, NotModelled, Server, type Txn } from "./postgres/index.ts";
import { Connection, type ConnectionSites } from "./postgres-connection.ts";
import { Pool } from "./postgres-pool.ts";
import { epochMs, type Process } from "./process.ts";
import type { Scheduler } from "./scheduler.ts";

export type PostgresHostOptions = {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly delays: Delays;
  readonly chance: Chance;
  /** What its databases begin with. */
  readonly databases: readonly Database[];
};

type Listener = {
  readonly process: Process;
  readonly database: string;
  readonly channel: string;
  readonly notify: (payload?: string) => void;
};

/** One PostgreSQL server with the network around it. */
export class PostgresHost {
  readonly options: PostgresHostOptions;
  readonly #databases = new Map<string, Database>();
  readonly #connections = new Set<Connection>();
  readonly #listeners = new Set<Listener>();
  readonly #lostNotice: Site;
  isUp = true;

  constructor(options: PostgresHostOptions) {
    this.options = options;
    const { scheduler, chance, faults } = options;
    this.#lostNotice = faults.site("forget notification");
    const server = new Server({
      now: () => epochMs + scheduler.now,
      chance,
      ended: (txn) => this.#wakeFor(txn),
      notify: (database, channel, payload) => this.#notify(database, channel, payload),
    });
    for (const database of options.databases) this.#databases.set(database.name, database.copyTo(server));
    this.#server = server;
  }
  readonly #server: Server;

  has(name: string): boolean {
    return this.#databases.has(name);
  }

  database(name: string): Database {
    const found = this.#databases.get(name);
    if (!found) throw new Error(`there is no database ${name}`);
    return found;
  }

  /** The production code over this server. */
  open(process: Process, name: string, chance: Chance, poolSize = 10): PlatformDatabase {
    const pool = new Pool(this, process, this.database(name), poolSize);
    const { clock } = process;
    const db: Db = Object.assign(databaseOn(pool, { clock, chance }), {
      close: async () => pool.close(),
      stats: () => pool.stats(),
      async ping() {
        await db`select 1`;
      },
      session: () => Promise.reject(new NotModelled("a session of its own")),
    });
    return db;
  }

  /** As `listen` of the platform: what is notified, and nothing at all after a gap. */
  listen(process: Process, database: string, channel: string, notify: (payload?: string) => void) {
    const listener = { process, database, channel, notify };
    this.#listeners.add(listener);
    this.options.scheduler.after(this.options.delays.database(), () => process.deliver(() => notify()));
    return {
      close: async () => {
        this.#listeners.delete(listener);
      },
    };
  }

  #notify(database: Database, channel: string, payload: string): void {
    const { scheduler, delays, chance } = this.options;
    for (const { process, notify, ...of } of this.#listeners) {
      if (of.database !== database.name || of.channel !== channel || !process.isAlive) continue;
      if (this.#lostNotice.happens()) {
        // Its connection broke; when it is back it only knows that it may have missed something.
        scheduler.after(100 + chance() * 5_000, () => process.deliver(() => notify()));
      } else
        scheduler.after(delays.database(), () => process.deliver(() => notify(payload === "" ? undefined : payload)));
    }
  }

  /** @returns undefined when nobody answers */
  connect(
    process: Process,
    database: Database,
    sites: ConnectionSites,
    lost: (connection: Connection) => void,
  ): Connection | undefined {
    if (!this.isUp) return undefined;
    const connection = new Connection(this, process, database, sites, lost);
    this.#connections.add(connection);
    return connection;
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** Its process is gone; the server notices when the system has said so. */
  disconnect(process: Process): void {
    for (const listener of this.#listeners) if (listener.process === process) this.#listeners.delete(listener);
    for (const connection of this.#connections) if (connection.process === process) connection.hangUp();
  }

  /** The server dies: every connection with it, and what was committed asynchronously and not yet written. It is back after `downMs`. */
  crash(downMs: number): void {
    if (!this.isUp) return;
    this.isUp = false;
    const { scheduler } = this.options;
    for (const connection of [...this.#connections]) connection.serverDied();
    const forgotten = this.#server.crash();
    scheduler.trace.say(() => `PostgreSQL dies and forgets ${forgotten} commits`);
    scheduler.after(
      downMs,
      () => {
        this.isUp = true;
        for (const { process, notify } of this.#listeners) process.deliver(() => notify());
      },
      false,
    );
  }

  /** Connections whose request waits for a transaction of another. */
  readonly blocked = new Set<Connection>();

  #wakeFor(txn: Txn): void {
    for (const connection of this.blocked) connection.wakeFor(txn);
  }

  /** Whether whoever `of` waits for waits, in the end, for `of`. */
  isDeadlocked(of: Connection): boolean {
    const own = of.session.transaction;
    const seen = new Set<Txn>();
    const waits = (txn: Txn): boolean => {
      if (txn === own) return true;
      if (seen.has(txn)) return false;
      seen.add(txn);
      const holder = [...this.#connections].find(({ session }) => session.transaction === txn);
      return holder?.session.waitsFor.some(waits) ?? false;
    };
    return own !== undefined && of.session.waitsFor.some(waits);
  }
}
