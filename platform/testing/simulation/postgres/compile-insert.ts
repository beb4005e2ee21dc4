import type { Insert } from "./ast.ts";
import { columnIndex, type Table } from "./catalog.ts";
import { compile } from "./compile-expression.ts";
import { compileQuery } from "./compile-query.ts";
import { type Compiler, Scope } from "./compiler.ts";
import { assertReferences, conflicting, guardOf, uniqueViolation } from "./constraints.ts";
import type { Frame } from "./frame.ts";
import { insertRow, isGone, type Row, Txn } from "./heap.ts";
import { assertMayFollow, isOwnWork } from "./locking-clause.ts";
import { after, type Command, finished, isRunning, type Running, tryLock, type Wait } from "./locks.ts";
import { converted } from "./operators.ts";
import { heapOf } from "./table-scan.ts";
import { fire } from "./triggers.ts";
import { SqlError, type Tuple, type Value } from "./values.ts";
import { assigned, assignments, changer, compileReturning, type Part, target } from "./writing.ts";

/** What each column gets when nobody says: its default, its sequence, or null. */
function fallbacks(c: Compiler, table: Table): ((f: Frame) => Value)[] {
  return table.columns.map(({ fallback, sequence, type }) => {
    if (sequence) return (f) => f.db.nextValue(sequence.id);
    if (!fallback) return () => null;
    return converted(compile(c, new Scope(undefined), fallback, type), type).run;
  });
}

export function compileInsert(c: Compiler, outer: Scope, statement: Insert): Part {
  const scope = new Scope(outer);
  const { table, slot } = target(c, scope, statement.table, statement.alias);
  const names = statement.columns ?? table.columns.map(({ name }) => name);
  const columns = names.map((name) => columnIndex(table, name));
  const wants = columns.map((at) => table.columns[at]?.type ?? "text");
  const source = compileQuery(c, { ...statement.source, ctes: [] }, outer, { wants });
  const casts = columns.slice(0, source.columns.length).map((at, i) => {
    let value: Value = null;
    const code = converted(
      { type: source.columns[i]?.type ?? "unknown", run: () => value },
      table.columns[at]?.type ?? "text",
    );
    return (f: Frame, given: Value) => {
      value = given;
      return code.run(f);
    };
  });
  const defaults = fallbacks(c, table);
  const given = new Set(columns.slice(0, source.columns.length));
  const missing = table.columns.flatMap((_, at) => (given.has(at) ? [] : [{ at, fallback: defaults[at] }]));
  const values = casts.map((cast, i) => ({ at: columns[i] ?? 0, cast }));
  const width = table.columns.length;
  const guard = guardOf(c.catalog, c.language, table);
  const uniques = table.uniques.map((unique, i) => ({ unique, holds: guard.holds[i] ?? (() => true) }));
  const { arbiters, onConflict } = compileConflict(c, scope, statement, table, slot);
  const returning = compileReturning(c, scopeOf(scope, slot), statement.returning);

  function made(f: Frame, from: Tuple): Tuple {
    const tuple: Tuple = new Array(width);
    for (const { at, fallback } of missing) tuple[at] = fallback?.(f);
    for (let i = 0; i < values.length; i++) {
      const { at, cast } = values[i] as (typeof values)[number]; // as: inside the array
      tuple[at] = cast(f, from[i]);
    }
    return tuple;
  }

  /** @returns the row that is there afterwards because of this one; undefined when nothing was done; or who has to be waited for */
  function put(f: Frame, tuple: Tuple): Tuple | undefined | Wait {
    again: for (;;) {
      for (let i = 0; i < uniques.length; i++) {
        const { unique, holds } = uniques[i] as (typeof uniques)[number]; // as: inside the array
        const other = conflicting(f, table, unique, holds, tuple);
        if (!other) continue;
        if (other instanceof Txn) return { for: [other] };
        if (!arbiters.includes(i)) throw uniqueViolation(table, unique);
        assertMayFollow(f, other);
        if (!onConflict) return undefined;
        const changed = onConflict(f, other, tuple);
        if (changed === "gone") continue again;
        return changed;
      }
      f.db.server.assignXid(f.snap.txn);
      insertRow(heapOf(f, table), tuple, f.snap);
      return tuple;
    }
  }

  /** @returns what the statement returns, and what it wrote */
  function putAll(f: Frame, from: readonly Tuple[], written: Tuple[]): Command<Tuple[]> {
    const found: Tuple[] = [];
    let at = 0;
    let tuple: Tuple | undefined;
    const work = () => {
      for (; at < from.length; at++) {
        if (!tuple) {
          tuple = made(f, from[at] as Tuple); // as: inside the array
          guard.check(f, tuple);
        }
        const now = put(f, tuple);
        if (now && !Array.isArray(now)) return now.for;
        tuple = undefined;
        if (!now) continue;
        written.push(now);
        f.rows[slot] = now;
        if (returning.project) found.push(returning.project(f));
      }
      return undefined;
    };
    return finished(work, returning.project ? found : written);
  }

  function* checked(f: Frame): Running<Tuple[]> {
    yield* fire(c, f, table, "before", "insert", []);
    const written: Tuple[] = [];
    const command = after(rows(f), (from) => putAll(f, from, written));
    const found = isRunning(command) ? yield* command : command;
    for (const tuple of written) for (const key of table.foreignKeys) yield* assertReferences(f, table, key, tuple);
    yield* fire(c, f, table, "after", "insert", written);
    return found;
  }

  const rows: (f: Frame) => Command<Tuple[]> = source.exec ?? source.run;
  const plain = (f: Frame) => after(rows(f), (from) => putAll(f, from, []));
  return {
    columns: returning.columns,
    exec: (f) => (table.triggers.length > 0 || table.foreignKeys.length > 0 ? checked(f) : plain(f)),
  };
}

/** What `returning` may name: the target alone. */
function scopeOf(scope: Scope, slot: number): Scope {
  const own = new Scope(scope.parent);
  own.entries.push(...scope.entries.filter((entry) => entry.slot === slot));
  return own;
}

type OnConflict = (f: Frame, row: Row, tuple: Tuple) => Tuple | "gone" | undefined | Wait;

function compileConflict(
  c: Compiler,
  scope: Scope,
  { conflict }: Insert,
  table: Table,
  slot: number,
): { arbiters: readonly number[]; onConflict: OnConflict | undefined } {
  if (!conflict) return { arbiters: [], onConflict: undefined };
  const { columns, update } = conflict;
  const wanted = columns
    ?.map((name) => columnIndex(table, name))
    .sort((a, b) => a - b)
    .join();
  const arbiters = [...table.uniques.keys()].filter(
    (i) => wanted === undefined || table.uniques[i]?.columns.toSorted((a, b) => a - b).join() === wanted,
  );
  if (arbiters.length === 0 && wanted !== undefined)
    throw new SqlError("42P10", "there is no unique constraint matching the ON CONFLICT specification");
  if (!update) return { arbiters, onConflict: undefined };
  const excluded = c.newSlot();
  const names = scopeOf(scope, slot);
  names.entries.push({ alias: "excluded", slot: excluded, columns: table.columns, table: undefined, qualified: true });
  const set = assignments(c, names, table, update.set);
  const where = update.where && compile(c, names, update.where, "bool");
  const change = changer(
    c,
    table,
    set.map(({ at }) => at),
  );

  return {
    arbiters,
    onConflict(f, row, tuple) {
      if (isOwnWork(f, row))
        throw new SqlError("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time");
      const before = tryLock(f.db, row, f.snap.txn, change.mode);
      if (before) return { for: before };
      assertMayFollow(f, row);
      if (isGone(row, f.snap.txn)) return "gone";
      f.rows[slot] = row.newest.tuple;
      f.rows[excluded] = tuple;
      if (where && where.run(f) !== true) return undefined;
      const changed = assigned(f, row.newest.tuple, set);
      const other = change.attempt(f, row, changed);
      return other ? { for: [other] } : changed;
    },
  };
}
