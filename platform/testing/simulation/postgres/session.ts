import type { Statement } from "./ast.ts";
import type { Catalog } from "./catalog.ts";
import { compileStatement, type Plan } from "./compile-statement.ts";
import { Compiler } from "./compiler.ts";
import type { Database } from "./database.ts";
import { Frame, type SessionState } from "./frame.ts";
import { Txn } from "./heap.ts";
import { language } from "./language.ts";
import { isRunning, type Running, type Wait } from "./locks.ts";
import { parseStatement } from "./parse-query.ts";
import { Reader } from "./reader.ts";
import { parameterReader, presenter, SqlError, type Tuple, type Value } from "./values.ts";

export type Result = { readonly command: string; readonly rows: Record<string, unknown>[] };

/** A statement, or what begins and ends a transaction. */
export type Request = { readonly text: string; readonly values: readonly unknown[] };

type Prepared = Plan & {
  readonly row: (tuple: Tuple) => Record<string, unknown>;
  readonly read: readonly ((values: readonly unknown[]) => Value)[];
};

function prepare(catalog: Catalog, text: string): Prepared {
  const known = catalog.compiled.get(text);
  if (known) return known as Prepared; // as: what is kept under a statement's text
  const statement: Statement = parseStatement(new Reader(text));
  const plan = compileStatement(new Compiler(catalog, language), statement);
  const names = plan.columns.map(({ name }) => name);
  const shown = plan.columns.map(({ type }) => presenter(type));
  const row = (tuple: Tuple) => {
    const object: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) {
      const value: Value = tuple[i];
      const present = shown[i];
      object[names[i] ?? ""] = value === null || !present ? value : present(value);
    }
    return object;
  };
  const read = plan.parameters.map(({ n, type }) => {
    const reader = parameterReader(type);
    return (values: readonly unknown[]) => reader(values[n - 1]);
  });
  const prepared = { ...plan, row, read };
  catalog.compiled.set(text, prepared);
  return prepared;
}

/**
 * A connection's other end: runs one request after the other. A request either ends at once or has to wait for other transactions;
 * whoever owns the session calls `go` again when one of those has ended.
 */
export class Session {
  readonly db: Database;
  readonly #state: SessionState = { settings: new Map() };
  #txn: Txn | undefined;
  #failed = false;
  #alone = false;
  #prepared: Prepared | undefined;
  #running: Running<Tuple[]> | undefined;
  #hasWaited = false;
  /** What the request under way waits for. */
  waitsFor: readonly Txn[] = [];

  constructor(db: Database) {
    this.db = db;
  }

  get inTransaction(): boolean {
    return this.#txn !== undefined && !this.#alone;
  }
  get transaction(): Txn | undefined {
    return this.#txn;
  }
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** @returns the result, or undefined when it has to wait. @throws SqlError */
  start({ text, values }: Request): Result | undefined {
    if (text.startsWith("begin")) return this.#begin(text);
    if (text === "commit" || text === "rollback") return this.#end(text);
    if (this.#failed)
      throw new SqlError("25P02", "current transaction is aborted, commands ignored until end of transaction block");
    try {
      const prepared = prepare(this.db.catalog, text);
      this.#alone = this.#txn === undefined;
      this.#txn ??= new Txn();
      const txn = this.#txn;
      txn.cid++;
      // Not at `begin`: PostgreSQL takes the snapshot of a repeatable read with its first statement.
      if (txn.isFixed) txn.fixedSeq ??= this.db.server.commits;
      const { read } = prepared;
      const params: Value[] = [];
      for (let i = 0; i < read.length; i++) params.push(read[i]?.(values));
      const { server } = this.db;
      const frame = new Frame(this.db, this.#state, server.snapshot(txn), prepared.size, params, []);
      this.#prepared = prepared;
      const command = prepared.exec(frame);
      if (!isRunning(command)) return this.#done(prepared, command);
      this.#running = command;
    } catch (error) {
      this.#fail();
      throw error;
    }
    return this.go();
  }

  /** Whether the server can find that it does not fit what others do: it meets nobody where it begins or is taken back. */
  mayConflict({ text }: Pick<Request, "text">): boolean {
    return !this.#failed && text !== "rollback" && !text.startsWith("begin");
  }

  /** Refuses a request that may conflict, and takes its transaction back. @throws error */
  refuse({ text }: Pick<Request, "text">, error: SqlError): never {
    if (text === "commit") this.#end("rollback");
    else this.#fail();
    throw error;
  }

  /** Goes on with the request under way. @param error ends it instead: a deadlock, a time-out */
  go(error?: SqlError): Result | undefined {
    const running = this.#running;
    if (!running || !this.#prepared) throw new Error("nothing is under way in this session");
    try {
      const step = error ? running.throw(error) : running.next();
      if (!step.done) {
        this.#wait(step.value);
        return undefined;
      }
      this.#over();
      return this.#done(this.#prepared, step.value);
    } catch (failure) {
      this.#over();
      this.#fail();
      throw failure;
    }
  }

  #done({ command, columns, row }: Prepared, tuples: Tuple[]): Result {
    if (this.#alone && this.#txn) {
      this.db.server.commit(this.db, this.#txn);
      this.#txn = undefined;
    }
    const rows: Result["rows"] = [];
    if (columns.length > 0 || command === "SELECT") for (const tuple of tuples) rows.push(row(tuple));
    return { command, rows };
  }

  #wait(wait: Wait): void {
    if (!this.#hasWaited) this.db.server.suspended++;
    this.#hasWaited = true;
    this.waitsFor = wait.for;
  }

  #over(): void {
    this.#running = undefined;
    this.waitsFor = [];
    if (this.#hasWaited) this.db.server.resumed();
    this.#hasWaited = false;
  }

  #fail(): void {
    const txn = this.#txn;
    if (!txn) return;
    // Its locks fall at once; in a transaction of several statements only its end is still to come.
    this.db.server.abort(this.db, txn);
    if (this.#alone) this.#txn = undefined;
    else this.#failed = true;
  }

  #begin(text: string): Result {
    const [, isolation = "read committed"] = /isolation level (.+)$/.exec(text) ?? [];
    this.#txn = new Txn(isolation !== "read committed");
    this.#failed = false;
    this.#alone = false;
    return { command: "BEGIN", rows: [] };
  }

  #end(text: "commit" | "rollback"): Result {
    const txn = this.#txn;
    this.#txn = undefined;
    const failed = this.#failed;
    this.#failed = false;
    if (!txn || failed) return { command: "ROLLBACK", rows: [] };
    if (text === "rollback") this.db.server.abort(this.db, txn);
    else this.db.server.commit(this.db, txn);
    return { command: text.toUpperCase(), rows: [] };
  }

  /** The connection is gone: whatever was not committed never happened. */
  close(): void {
    if (this.#running) this.#over();
    const txn = this.#txn;
    this.#txn = undefined;
    if (txn && txn.state === "open") this.db.server.abort(this.db, txn);
  }
}
