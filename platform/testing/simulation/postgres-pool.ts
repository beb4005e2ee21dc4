import { errors, type Source } from "@souk/postgres";
import type { Database } from "./postgres/index.ts";
import { type Connection, type ConnectionSites, connectionSites } from "./postgres-connection.ts";
import type { PostgresHost } from "./postgres-host.ts";
import type { Process } from "./process.ts";

/** As in our own configuration. */
const connectTimeoutMs = 5_000;

/** As `pg.Pool`: connections are opened when needed, and whoever finds none waits. */
export class Pool implements Source {
  readonly #host: PostgresHost;
  readonly #process: Process;
  readonly #database: Database;
  readonly #size: number;
  readonly #sites: ConnectionSites;
  #idle: Connection[] = [];
  #total = 0;
  #waiting: { readonly give: (connection: Connection) => void }[] = [];
  #isClosed = false;

  constructor(host: PostgresHost, process: Process, database: Database, size: number) {
    this.#host = host;
    this.#process = process;
    this.#database = database;
    this.#size = size;
    this.#sites = connectionSites(host.options.faults, process.name, database.name);
  }

  stats() {
    return { total: this.#total, idle: this.#idle.length, waiting: this.#waiting.length };
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) connection.hangUp();
  }

  // as: it has of `pg`'s client what `@souk/postgres` uses
  acquire(): ReturnType<Source["acquire"]> {
    return this.#acquire() as unknown as ReturnType<Source["acquire"]>;
  }

  async #acquire(): Promise<Connection> {
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#isClosed) throw errors.Unavailable({ reason: "no connection" });
    return this.#total < this.#size ? this.#open() : this.#wait();
  }

  #open(): Promise<Connection> {
    this.#total++;
    const { scheduler, delays } = this.#host.options;
    return new Promise((resolve, reject) => {
      scheduler.after(2 * delays.database(), () =>
        this.#process.deliver(() => {
          const connection = this.#host.connect(this.#process, this.#database, this.#sites, () =>
            this.#drop(connection),
          );
          if (connection) return resolve(connection);
          this.#total--;
          reject(errors.Unavailable({ reason: "no connection" }));
        }),
      );
    });
  }

  #drop(connection: Connection | undefined): void {
    this.#total--;
    this.#idle = this.#idle.filter((one) => one !== connection);
    this.#openForWaiting();
  }

  #openForWaiting(): void {
    const next = this.#waiting[0];
    if (!next || this.#total >= this.#size) return;
    this.#waiting.shift();
    // Whoever waits is told when his time is up, if this fails too.
    this.#open().then(next.give, () => this.#waiting.unshift(next));
  }

  #wait(): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const waiting = {
        give: (connection: Connection) => {
          cancel();
          resolve(connection);
        },
      };
      const cancel = this.#process.clock.after(connectTimeoutMs, () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        reject(errors.Unavailable({ reason: "no connection" }));
      });
      this.#waiting.push(waiting);
    });
  }

  release(given: Parameters<Source["release"]>[0], healthy: boolean): void {
    const connection = given as unknown as Connection; // as: what comes back is what `acquire` gave
    if (connection.isBroken) return;
    if (!healthy || this.#isClosed) {
      this.#total--;
      connection.hangUp();
      return;
    }
    const next = this.#waiting.shift();
    if (next) next.give(connection);
    else this.#idle.push(connection);
  }
}
