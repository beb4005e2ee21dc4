import type { Socket } from "node:net";
import { type Cancel, systemClock } from "@souk/kernel";
import pg from "pg";
import { translate } from "./errors.ts";
import type { Statement } from "./statement.ts";
import type { Param } from "./types.ts";
import { encode, parserOf } from "./values.ts";
import { errorFields, messageReader, type ReadRow, rowReader } from "./wire/reader.ts";
import { MessageWriter } from "./wire/writer.ts";

/** A statement that this connection is preparing, or has (`known`). Without `readRow` it answers no rows. */
type Prepared = { known: boolean; readRow: ReadRow | undefined };

/** What a statement answered. `tag`: what was done, `INSERT 0 1` or `COMMIT`. */
export type Answer = { readonly rows: unknown[]; readonly tag: string };

/** What statements and transactions ask of a connection; a simulated server gives its own. */
export type Connection = {
  readonly isBroken: boolean;
  /**
   * Sends a statement without waiting for those before it. Rejects with what the driver said, see `translate`.
   * @param alone it is its own transaction: its failure must not touch what is sent after it
   * @throws TypeError when a value cannot be written: nothing was sent
   */
  send(statement: Statement, values: readonly Param[], alone: boolean): Promise<Answer>;
};

type Request = {
  readonly name: string;
  readonly prepared: Prepared;
  /** It is this request that prepares the statement. */
  readonly prepares: boolean;
  readonly rows: Record<string, unknown>[];
  tag: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly sentAt: number;
};
// Not the injected clock: what is waited for is another process, which no simulation runs.
const clock = systemClock;

/** In the queue of what is to be answered: a Sync's ReadyForQuery. */
const ready = Symbol("ready");

/** What PostgreSQL says of a statement behind one that failed; behind a failed one it does not look at them at all. */
const skipped = () =>
  Object.assign(new Error("the statement was skipped, one before it had failed"), { code: "25P02", severity: "ERROR" });

export type ConnectionOptions = {
  readonly config: pg.ClientConfig;
  /** A statement that is not answered by then breaks the connection. */
  readonly answerTimeoutMs: number;
  /** Told once when it is of no more use, unless it was closed. */
  readonly onBroken: (connection: PostgresConnection, error: Error) => void;
};

/**
 * A connection after `pg` has shaken hands on it. From then on it speaks the protocol itself: what is sent in one turn of the event
 * loop leaves in one write, with one Sync for a transaction's statements, and each statement is described once. A transaction of six
 * statements costs 56 us of CPU here and 138 in PostgreSQL; in `pg`'s own pipeline mode 134 and 188 (bench/postgres.bench.ts; ADR 0012).
 */
export class PostgresConnection implements Connection {
  readonly #client: pg.Client;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #writer = new MessageWriter();
  readonly #queue: (Request | typeof ready)[] = [];
  readonly #statements = new Map<string, Prepared>();
  #scheduled = false;
  #watchdog: Cancel | undefined;
  #broken: Error | undefined;

  private constructor(client: pg.Client, options: ConnectionOptions) {
    this.#client = client;
    this.#options = options;
    // as: @types/pg does not show the socket
    this.#socket = (client as unknown as { connection: { stream: Socket } }).connection.stream;
    this.#socket.removeAllListeners("data");
    const read = messageReader(this.#receive);
    this.#socket.on("data", (chunk: Buffer) => {
      try {
        read(chunk);
      } catch (error) {
        // Nobody knows any more where the next message begins.
        this.#fail(new Error("what PostgreSQL sent cannot be read", { cause: error }));
      }
    });
    client.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error("the connection was closed")));
  }

  /** @throws Error of the network, or of PostgreSQL's refusal */
  static async open(options: ConnectionOptions): Promise<PostgresConnection> {
    const client = new pg.Client(options.config);
    // A server that shuts down says so behind its last word of the handshake, perhaps in one packet with it. The socket's end says it again.
    client.on("error", () => {});
    await client.connect();
    return new PostgresConnection(client, options);
  }

  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  /** Whether it keeps the process running. */
  keepAlive(keeps: boolean): void {
    if (keeps) this.#socket.ref();
    else this.#socket.unref();
  }

  send({ name, text }: Statement, values: readonly Param[], alone: boolean): Promise<Answer> {
    const encoded = values.map(encode); // first: what cannot be written must leave nothing half sent
    return new Promise((resolve, reject) => {
      if (this.#broken) return reject(this.#broken);
      let prepared = this.#statements.get(name);
      const prepares = prepared === undefined;
      if (!prepared) {
        prepared = { known: false, readRow: undefined };
        this.#statements.set(name, prepared);
        this.#writer.parse(name, text);
        this.#writer.describe(name);
      }
      this.#writer.bind(name, encoded);
      this.#writer.execute();
      const sentAt = clock.monotonic();
      this.#queue.push({ name, prepared, prepares, rows: [], tag: "", resolve, reject, sentAt });
      if (alone) this.#sync();
      this.#schedule();
    });
  }

  async close(): Promise<void> {
    this.#broken ??= new Error("the connection was closed");
    this.#watchdog?.();
    await this.#client.end();
  }

  #sync(): void {
    this.#writer.sync();
    this.#queue.push(ready);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      if (this.#queue.at(-1) !== ready) this.#sync();
      this.#socket.write(this.#writer.take());
      this.#watch(this.#options.answerTimeoutMs);
    });
  }

  /** One timer for all that is under way, looked at when the oldest could be too late. */
  #watch(delayMs: number): void {
    const { answerTimeoutMs } = this.#options;
    if (delayMs === Number.POSITIVE_INFINITY) return;
    this.#watchdog ??= clock.after(delayMs, () => {
      this.#watchdog = undefined;
      const oldest = this.#queue.find((one) => one !== ready);
      if (!oldest) return;
      const leftMs = oldest.sentAt + answerTimeoutMs - clock.monotonic();
      if (leftMs <= 0) this.#socket.destroy(new Error("PostgreSQL does not answer"));
      else this.#watch(leftMs);
    });
  }

  readonly #receive = (code: number, bytes: Buffer, start: number, end: number): void => {
    const head = this.#queue[0];
    switch (code) {
      case 0x44: // DataRow
        if (head === undefined || head === ready) return;
        // It was prepared, and interrupted before its columns were told.
        if (!head.prepared.readRow) throw new Error("rows came of a statement whose columns are not known");
        head.rows.push(head.prepared.readRow(bytes, start));
        return;
      case 0x49: // EmptyQueryResponse
      case 0x43: // CommandComplete
        if (head === undefined || head === ready) return;
        head.tag = bytes.toString("latin1", start, end - 1);
        // What stands before a Sync is not over: a statement that is its own transaction commits there, and may fail with that.
        if (this.#queue[1] === ready) return;
        this.#queue.shift();
        head.resolve(head);
        return;
      case 0x5a: // ReadyForQuery
        this.#queue.shift();
        if (head === undefined || head === ready) return;
        this.#queue.shift();
        head.resolve(head);
        return;
      case 0x31: // ParseComplete
        if (head !== undefined && head !== ready) head.prepared.known = true;
        return;
      case 0x54: // RowDescription
        if (head !== undefined && head !== ready) head.prepared.readRow = rowReader(bytes, start, parserOf);
        return;
      case 0x45: // ErrorResponse
        this.#refused(errorFields(bytes, start));
        return;
      default: // BindComplete, ParameterDescription, NoData, notices and changed settings
        return;
    }
  };

  /** PostgreSQL skips everything behind a failure, up to the next Sync. */
  #refused(fields: ReadonlyMap<string, string>): void {
    const error = Object.assign(new Error(fields.get("M")), {
      code: fields.get("C"),
      severity: fields.get("V") ?? fields.get("S"),
      table: fields.get("t"),
      constraint: fields.get("n"),
    });
    // It says why it ends the session, or answers nobody.
    if (error.severity === "FATAL" || error.severity === "PANIC" || this.#queue.length === 0) this.#fail(error);
    for (let cause: Error = error; ; cause = skipped()) {
      const request = this.#queue[0];
      if (request === undefined || request === ready) return;
      this.#queue.shift();
      if (request.prepares && !request.prepared.known) this.#statements.delete(request.name);
      request.reject(cause);
    }
  }

  #fail(error: Error): void {
    const first = this.#broken === undefined;
    this.#broken ??= error;
    for (const request of this.#queue.splice(0)) if (request !== ready) request.reject(this.#broken);
    if (!first) return;
    this.#watchdog?.();
    this.#socket.destroy();
    this.#options.onBroken(this, error);
  }
}

/** The rows of a statement that was sent. @throws StatementError, ServiceError */
export async function rowsOf(answer: Promise<Answer>): Promise<unknown[]> {
  try {
    return (await answer).rows;
  } catch (error) {
    throw translate(error); // made here and not where it arrived, so that its stack leads to the caller
  }
}

/** Sends `begin`, `commit` or `rollback`. @returns the command tag: PostgreSQL answers `commit` with ROLLBACK when it did that */
export async function control(connection: Connection, text: string): Promise<string> {
  try {
    return (await connection.send({ name: text, text }, [], false)).tag;
  } catch (error) {
    throw translate(error);
  }
}
