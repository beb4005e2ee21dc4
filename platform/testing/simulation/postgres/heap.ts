import { indexKey, RowIndex } from "./row-index.ts";
import type { Tuple, Value } from "./values.ts";

/** A transaction. Every statement outside one is one. */
export class Txn {
  /** Given out with its first write or lock; 0 before. */
  xid = 0;
  state: "open" | "committed" | "aborted" = "open";
  /** When it committed, in the order of commits. */
  seq = Number.POSITIVE_INFINITY;
  /** Counts its commands: each sees what those before it did. */
  cid = 0;
  /** Most transactions only read: for them nothing is allocated. */
  undo: Undo[] | undefined;
  locked: Row[] | undefined;
  /** Advisory locks it holds until its end. */
  advisory: string[] | undefined;
  notices: { readonly channel: string; readonly payload: string }[] | undefined;
  /** What everything but read committed sees for its whole length: as of its first statement. */
  fixedSeq: number | undefined = undefined;
  readonly isFixed: boolean;
  /** `synchronous_commit = off`: a crash of the server may forget it. */
  lazy = false;
  constructor(isFixed = false) {
    this.isFixed = isFixed;
  }

  did(undo: Undo): void {
    if (this.undo) this.undo.push(undo);
    else this.undo = [undo];
  }
}

/** What has always been there. */
export const ancient = new Txn();
ancient.state = "committed";
ancient.seq = 0;

export type Undo =
  | { readonly k: "insert"; readonly table: Heap; readonly row: Row }
  | { readonly k: "update"; readonly table: Heap; readonly row: Row; readonly before: Version }
  | { readonly k: "delete"; readonly table: Heap; readonly row: Row };

export class Version {
  readonly tuple: Tuple;
  by: Txn;
  readonly cid: number;
  gone: Txn | undefined = undefined;
  goneCid = 0;
  older: Version | undefined;
  constructor(tuple: Tuple, by: Txn, cid: number, older: Version | undefined) {
    this.tuple = tuple;
    this.by = by;
    this.cid = cid;
    this.older = older;
  }
}

export type LockMode = "update" | "no key update" | "share" | "key share";

export class Row {
  newest: Version;
  /** Who holds it; those that have ended are dropped when they end. */
  locks: { readonly txn: Txn; readonly mode: LockMode }[] = [];
  constructor(newest: Version) {
    this.newest = newest;
  }
}

/** A table's rows. */
export class Heap {
  readonly rows: Row[];
  /** By what was looked for; made when that is first worth while. */
  readonly #indexes: RowIndex[] = [];
  readonly #few: number;
  /** @param few rows, or none, are looked at sooner than found by an index */
  constructor(rows: Row[] = [], few = 8) {
    this.rows = rows;
    this.#few = few;
  }

  add(row: Row): void {
    this.rows.push(row);
    for (const index of this.#indexes) index.addAll(row);
  }

  drop(row: Row): void {
    const at = this.rows.indexOf(row);
    if (at < 0) return;
    this.rows.splice(at, 1);
    for (const index of this.#indexes) index.remove(row);
  }

  /** A row has a new version. */
  changed(row: Row): void {
    for (const index of this.#indexes) index.add(row, row.newest.tuple);
  }

  /** At least the rows that have these values in these columns, in some version. */
  find(columns: readonly number[], values: readonly Value[]): readonly Row[] {
    if (this.rows.length <= this.#few) return this.rows;
    const key = indexKey(values);
    return key === undefined ? none : this.#index(columns).find(key);
  }

  #index(columns: readonly number[]): RowIndex {
    for (const index of this.#indexes) if (areSame(index.columns, columns)) return index;
    const index = new RowIndex(columns, this.rows);
    this.#indexes.push(index);
    return index;
  }
}

const none: readonly Row[] = [];

function areSame(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** What one command sees. */
export type Snapshot = { readonly txn: Txn; readonly cid: number; readonly seq: number };

/** The version of a row that a command sees; undefined: none. */
export function seen(row: Row, { txn, cid, seq }: Snapshot): Tuple | undefined {
  for (let version: Version | undefined = row.newest; version; version = version.older) {
    const { by } = version;
    if (by === txn ? version.cid >= cid : by.seq > seq) continue;
    const { gone } = version;
    if (gone === undefined) return version.tuple;
    return (gone === txn ? version.goneCid < cid : gone.seq <= seq) ? undefined : version.tuple;
  }
  return undefined;
}

/** The newest version that is not another's open work: a lock that bears that work finds this one. */
export function settled(row: Row, txn: Txn): Version {
  let version = row.newest;
  while (version.older && version.by !== txn && version.by.state === "open") version = version.older;
  return version;
}

/** Whether there is nothing left of it for whoever has its lock. */
export const isGone = (row: Row, txn: Txn): boolean => {
  const { gone } = row.newest;
  return gone !== undefined && (gone === txn || gone.state === "committed");
};

export function insertRow(table: Heap, tuple: Tuple, { txn, cid }: Snapshot): Row {
  const row = new Row(new Version(tuple, txn, cid, undefined));
  table.add(row);
  txn.did({ k: "insert", table, row });
  return row;
}

/** A new version. The row must be locked. */
export function replaceRow(table: Heap, row: Row, tuple: Tuple, { txn, cid }: Snapshot): void {
  const before = row.newest;
  before.gone = txn;
  before.goneCid = cid;
  row.newest = new Version(tuple, txn, cid, before);
  table.changed(row);
  txn.did({ k: "update", table, row, before });
}

/** The row must be locked. */
export function deleteRow(table: Heap, row: Row, { txn, cid }: Snapshot): void {
  row.newest.gone = txn;
  row.newest.goneCid = cid;
  txn.did({ k: "delete", table, row });
}

/** Takes back what a transaction did, the last thing first. */
export function rollBack(undo: readonly Undo[]): void {
  for (let i = undo.length - 1; i >= 0; i--) {
    const one = undo[i];
    if (one === undefined) continue;
    const { table, row } = one;
    if (one.k === "insert") table.drop(row);
    else if (one.k === "delete") {
      row.newest.gone = undefined;
      if (!table.rows.includes(row)) table.add(row); // it was pruned already
    } else {
      row.newest = one.before;
      one.before.gone = undefined;
    }
  }
}

/** Forgets versions that nobody can see any more. Only when no command is in the middle of its work. */
export function prune(undo: readonly Undo[]): void {
  for (const { k, table, row } of undo) {
    if (k === "delete") table.drop(row);
    else {
      // Somebody else may have written a newer one since, which can still be taken back.
      let version: Version | undefined = row.newest;
      while (version && version.by.state !== "committed") version = version.older;
      if (version) version.older = undefined;
    }
  }
}
