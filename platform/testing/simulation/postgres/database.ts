import { type Catalog, type Column, columnIndex } from "./catalog.ts";
import { ancient, Heap, prune, Row, rollBack, type Snapshot, type Txn, Version } from "./heap.ts";
import { releaseLocks } from "./locks.ts";
import type { Tuple, Value } from "./values.ts";

/** What the model asks of what is around it. */
export type ServerOptions = {
  /** Epoch milliseconds, for `clock_timestamp()`. */
  readonly now: () => number;
  /** Uniform in [0, 1), for `gen_random_uuid()`. */
  readonly chance: () => number;
  /** Told when a transaction has ended: whoever waited for it may go on. */
  readonly ended: (txn: Txn) => void;
  /** Told of notifications when they are committed. */
  readonly notify: (database: Database, channel: string, payload: string) => void;
  /** Tables of no more rows are looked through instead of made an index of. Default 8. */
  readonly few?: number;
};

/** A PostgreSQL server: what its databases share. */
export class Server {
  readonly options: ServerOptions;
  #commits = 0;
  #nextXid = 1_000;
  #latestCompleted = 999;
  readonly #running = new Set<number>();
  /** Commands that are waiting in the middle of their work: until they are done, old versions are kept for them. */
  suspended = 0;
  #unpruned: Txn[] = [];
  /** Committed, but perhaps not on the disk yet. */
  readonly #lazy: Txn[] = [];

  constructor(options: ServerOptions) {
    this.options = options;
  }

  get commits(): number {
    return this.#commits;
  }

  assignXid(txn: Txn): number {
    if (txn.xid === 0) {
      txn.xid = this.#nextXid++;
      this.#running.add(txn.xid);
    }
    return txn.xid;
  }

  /** As `pg_current_snapshot()`: `xmax` is one past the highest that has *ended*, and only those below it count as running. */
  snapshotXids(): { xmin: number; xmax: number } {
    const xmax = this.#latestCompleted + 1;
    let xmin = xmax;
    for (const xid of this.#running) if (xid < xmin) xmin = xid;
    return { xmin, xmax };
  }

  snapshot(txn: Txn): Snapshot {
    return { txn, cid: txn.cid, seq: txn.fixedSeq ?? this.#commits };
  }

  commit(db: Database, txn: Txn): void {
    txn.seq = ++this.#commits;
    this.#end(db, txn, "committed");
    if (txn.undo) {
      if (txn.lazy) this.#lazy.push(txn);
      else this.flush();
      this.#unpruned.push(txn);
      this.#prune();
    }
    for (const { channel, payload } of txn.notices ?? []) this.options.notify(db, channel, payload);
  }

  abort(db: Database, txn: Txn): void {
    if (txn.undo) rollBack(txn.undo);
    this.#end(db, txn, "aborted");
  }

  /** Everything committed is on the disk: whatever is committed synchronously takes the rest along. */
  flush(): void {
    this.#lazy.length = 0;
  }

  /** The server dies and comes back. @returns how many commits, made with `synchronous_commit = off`, are forgotten */
  crash(): number {
    const lost = this.#lazy.splice(0).reverse();
    for (const { undo } of lost) if (undo) rollBack(undo);
    return lost.length;
  }

  #end(db: Database, txn: Txn, state: "committed" | "aborted"): void {
    txn.state = state;
    if (txn.xid !== 0) {
      this.#running.delete(txn.xid);
      if (txn.xid > this.#latestCompleted) this.#latestCompleted = txn.xid;
    }
    if (txn.locked || txn.advisory) releaseLocks(db, txn);
    this.options.ended(txn);
  }

  #prune(): void {
    if (this.suspended > 0) return;
    for (const { undo } of this.#unpruned) if (undo) prune(undo);
    this.#unpruned.length = 0;
  }

  /** A command that had waited is done. */
  resumed(): void {
    this.suspended--;
    this.#prune();
  }
}

type SequenceState = { last: number; called: boolean };

/** One database of a server. */
export class Database {
  readonly name: string;
  readonly catalog: Catalog;
  readonly server: Server;
  readonly heaps: Heap[];
  readonly sequences: SequenceState[];
  readonly advisory = new Map<string, Txn>();

  constructor(name: string, catalog: Catalog, server: Server, heaps: Heap[] = [], sequences: SequenceState[] = []) {
    this.name = name;
    this.catalog = catalog;
    this.server = server;
    this.heaps = heaps;
    this.sequences = sequences;
  }

  /** The same content in another server; nothing may be under way here. */
  copyTo(server: Server): Database {
    const heaps = this.heaps.map(
      ({ rows }) =>
        new Heap(
          rows.map((row) => new Row(new Version(row.newest.tuple, ancient, 0, undefined))),
          server.options.few,
        ),
    );
    return new Database(
      this.name,
      this.catalog,
      server,
      heaps,
      this.sequences.map((one) => ({ ...one })),
    );
  }

  nextValue(sequence: number): number {
    const state = this.sequences[sequence];
    if (!state) throw new Error(`no sequence ${sequence}`);
    if (state.called) state.last++;
    state.called = true;
    return state.last;
  }

  /** What is committed in a table, as objects; for checks from outside. */
  committed(table: string): Record<string, unknown>[] {
    const { columns } = this.catalog.table(table);
    const found: Record<string, unknown>[] = [];
    this.#each(table, (tuple) => {
      const object: Record<string, unknown> = {};
      for (let i = 0; i < columns.length; i++) object[(columns[i] as Column).name] = tuple[i]; // as: inside the array
      found.push(object);
    });
    return found;
  }

  /** One column of what is committed; for questions that are asked all the time. */
  values(table: string, column: string): Value[] {
    const at = columnIndex(this.catalog.table(table), column);
    const found: Value[] = [];
    this.#each(table, (tuple) => found.push(tuple[at]));
    return found;
  }

  /** Some columns of it. */
  rows(table: string, columns: readonly string[]): Tuple[] {
    const of = this.catalog.table(table);
    const at = columns.map((column) => columnIndex(of, column));
    const found: Tuple[] = [];
    this.#each(table, (tuple) => found.push(at.map((i) => tuple[i])));
    return found;
  }

  #each(table: string, visit: (tuple: Tuple) => void): void {
    for (const row of this.heaps[this.catalog.table(table).id]?.rows ?? []) {
      let version: Version | undefined = row.newest;
      while (version && version.by.state !== "committed") version = version.older;
      if (version && version.gone?.state !== "committed") visit(version.tuple);
    }
  }
}
