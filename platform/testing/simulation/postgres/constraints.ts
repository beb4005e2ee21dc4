import { type Catalog, type ForeignKey, type Table, targetOf, type Unique } from "./catalog.ts";
import { compile } from "./compile-expression.ts";
import { Compiler, type Language, Scope } from "./compiler.ts";
import { Frame } from "./frame.ts";
import { deleteRow, isGone, type Row, seen, type Txn, type Version } from "./heap.ts";
import { lockRow, type Running } from "./locks.ts";
import { equal, SqlError, type Tuple } from "./values.ts";

/** Says whether a row keeps its table's rules. */
export type Guard = {
  /** @throws SqlError 23502, 23514 */
  readonly check: (f: Frame, tuple: Tuple) => void;
  /** Rows that a partial unique index does not hold are left out. */
  readonly holds: readonly ((f: Frame, tuple: Tuple) => boolean)[];
};

/** Conditions over one row, in a frame of their own: the statement's has other things in that slot. */
function condition(catalog: Catalog, language: Language, table: Table, expr: Parameters<typeof compile>[2]) {
  const c = new Compiler(catalog, language);
  const scope = new Scope(undefined);
  scope.entries.push({ alias: table.name, slot: c.newSlot(), columns: table.columns, table });
  const { run } = compile(c, scope, expr, "bool");
  const size = c.size();
  return (f: Frame, tuple: Tuple) => {
    const own = new Frame(f.db, f.session, f.snap, size, [], []);
    own.rows[0] = tuple;
    return run(own);
  };
}

export function guardOf(catalog: Catalog, language: Language, table: Table): Guard {
  const key = `guard ${table.name} ${table.columns.length} ${table.checks.length} ${table.uniques.length}`;
  const known = catalog.compiled.get(key);
  if (known) return known as Guard; // as: what is kept under this key
  const checks = table.checks.map(({ name, expr }) => ({ name, run: condition(catalog, language, table, expr) }));
  const required = table.columns.flatMap(({ notNull, name }, i) => (notNull ? [{ i, name }] : []));
  const guard: Guard = {
    check(f, tuple) {
      for (const { i, name } of required)
        if (tuple[i] === null) throw new SqlError("23502", `null value in column "${name}"`, { table: bare(table) });
      for (const { name, run } of checks)
        if (run(f, tuple) === false)
          throw new SqlError("23514", `new row violates check constraint "${name}"`, {
            constraint: name,
            table: bare(table),
          });
    },
    holds: table.uniques.map(({ where }) => {
      if (!where) return () => true;
      const run = condition(catalog, language, table, where);
      return (f, tuple) => run(f, tuple) === true;
    }),
  };
  catalog.compiled.set(key, guard);
  return guard;
}

const bare = ({ name }: Table) => name.split(".").at(-1) ?? name;

const sameKey = (a: Tuple, b: Tuple, columns: readonly number[]): boolean => {
  for (const i of columns) if (a[i] === null || b[i] === null || !equal(a[i], b[i])) return false;
  return true;
};

/**
 * The row that has the same key as `tuple`, or whoever is about to write or remove one and has to be waited for.
 * @param self the row that is being changed, which may keep its key
 */
export function conflicting(
  f: Frame,
  table: Table,
  unique: Unique,
  holds: Guard["holds"][number],
  tuple: Tuple,
  self?: Row,
): Row | Txn | undefined {
  const { columns } = unique;
  for (const i of columns) if (tuple[i] === null) return undefined;
  if (!holds(f, tuple)) return undefined;
  const { txn } = f.snap;
  const key = columns.map((i) => tuple[i]);
  for (const row of f.db.heaps[table.id]?.find(columns, key) ?? []) {
    if (row === self) continue;
    for (let version: Version | undefined = row.newest; version; version = version.older) {
      const { by, gone } = version;
      const isSame = sameKey(version.tuple, tuple, columns) && holds(f, version.tuple);
      if (by !== txn && by.state === "open") {
        if (isSame) return by;
        continue; // it may be taken back: then the one before counts
      }
      if (!isSame) break;
      if (gone && gone !== txn && gone.state === "open") return gone;
      if (!gone || gone.state === "aborted") return row;
      break;
    }
  }
  return undefined;
}

export const uniqueViolation = (table: Table, { name }: Unique) =>
  new SqlError("23505", `duplicate key value violates unique constraint "${name}"`, {
    constraint: name,
    table: bare(table),
  });

/** Locks the row that `tuple` refers to, so that it stays. @throws SqlError 23503 */
export function* assertReferences(f: Frame, table: Table, key: ForeignKey, tuple: Tuple): Running<void> {
  if (key.columns.some((i) => tuple[i] === null)) return;
  const target = targetOf(f.db.catalog, key);
  const wanted = key.columns.map((i) => tuple[i]);
  const { txn } = f.snap;
  for (const row of f.db.heaps[target.table.id]?.find(target.columns, wanted) ?? []) {
    // As of now, or as of the transaction's snapshot: what another has not committed yet is not there.
    const tuple = seen(row, { txn, cid: Number.POSITIVE_INFINITY, seq: txn.fixedSeq ?? f.db.server.commits });
    if (!tuple || !target.columns.every((at, i) => equal(tuple[at], wanted[i]))) continue;
    yield* lockRow(f.db, row, txn, "key share");
    if (!isGone(row, txn)) return;
  }
  throw new SqlError("23503", `insert or update on table "${table.name}" violates foreign key constraint`, {
    constraint: key.name,
    table: bare(table),
  });
}

/** What becomes of the rows that refer to one which is deleted. @throws SqlError 23503 */
export function* settleReferences(f: Frame, table: Table, tuple: Tuple): Running<void> {
  for (const { from, key } of f.db.catalog.referencing(table)) {
    const target = targetOf(f.db.catalog, key);
    const heap = f.db.heaps[from.id];
    for (const row of [...(heap?.rows ?? [])]) {
      const { newest } = row;
      if (
        !key.columns.every(
          (at, i) => newest.tuple[at] !== null && equal(newest.tuple[at], tuple[target.columns[i] ?? 0]),
        )
      )
        continue;
      if (newest.by !== f.snap.txn && newest.by.state === "open" && !newest.older) continue;
      yield* lockRow(f.db, row, f.snap.txn, key.cascade ? "update" : "key share");
      if (isGone(row, f.snap.txn)) continue;
      if (!key.cascade)
        throw new SqlError("23503", `delete on table "${table.name}" violates foreign key constraint`, {
          constraint: key.name,
          table: bare(from),
        });
      if (heap) deleteRow(heap, row, f.snap);
    }
  }
}
