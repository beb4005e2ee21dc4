import type { Delete, Update } from "./ast.ts";
import type { Table } from "./catalog.ts";
import { compileFrom, type Loop, type Step } from "./compile-from.ts";
import { plan } from "./compile-query.ts";
import { type Compiler, type Entry, Scope } from "./compiler.ts";
import { assertReferences, settleReferences } from "./constraints.ts";
import type { Code, Frame } from "./frame.ts";
import { deleteRow, isGone, type Row, seen, Txn } from "./heap.ts";
import { assertMayFollow, type Candidate, isOwnWork, restore } from "./locking-clause.ts";
import { type Running, tryLock } from "./locks.ts";
import { fire } from "./triggers.ts";
import type { Tuple } from "./values.ts";
import { assigned, assignments, changer, compileReturning, heapOf, type Part, target } from "./writing.ts";

type Targets = {
  readonly slots: readonly number[];
  readonly slot: number;
  readonly loop: Loop;
  readonly all: Code | undefined;
};

/** The rows that an update or a delete means, each with what it was joined to. */
function targets(
  c: Compiler,
  scope: Scope,
  entry: Entry & { table: Table },
  from: Update["from"],
  where: Update["where"],
): Targets {
  const { slot, table } = entry;
  const own: Step = tableStep(slot, table);
  const { steps, conditions } = compileFrom(c, scope, from);
  const { loop, all } = plan(c, scope, [...steps, own], [...conditions, ...(where ? [where] : [])]);
  return { slot, slots: [slot, ...steps.flatMap((step) => step.slots)], loop, all };
}

function tableStep(slot: number, table: Table): Step {
  return {
    slots: [slot],
    loop: (filter) => (f, next) => {
      for (const row of heapOf(f, table).rows) {
        const tuple = seen(row, f.snap);
        if (tuple === undefined) continue;
        f.rows[slot] = tuple;
        f.refs[slot] = row;
        if (filter && filter.run(f) !== true) continue;
        if (next()) return true;
      }
      return false;
    },
  };
}

/** What is done with a row that is locked. Made when the statement is compiled: V8 makes a hidden class for every generator function that is called. */
type Work = {
  /** @returns what comes of it, or who has to be waited for before it can be done */
  readonly now: (f: Frame, row: Row) => Tuple | Txn;
  /** What is still to be done then, and may have to wait. */
  readonly afterwards: ((f: Frame, row: Row) => Running<void>) | undefined;
};

/** Locks each target in turn and gives it to `work`, if it still is what was looked for. What `work` gives is what comes of it all. */
function* eachTarget(
  f: Frame,
  { slot, slots, loop, all }: Targets,
  mode: Parameters<typeof tryLock>[3],
  work: Work,
): Running<Tuple[]> {
  const done: Tuple[] = [];
  const candidates: Candidate[] = [];
  loop(f, () => {
    candidates.push({
      rows: slots.map((one) => f.rows[one] ?? null),
      refs: slots.map((one) => f.refs[one] ?? null),
      keys: [],
    });
    return false;
  });
  const { txn } = f.snap;
  for (const candidate of candidates) {
    restore(f, slots, candidate);
    const row = f.refs[slot];
    if (!row || isOwnWork(f, row)) continue;
    for (let before = tryLock(f.db, row, txn, mode); before; before = tryLock(f.db, row, txn, mode))
      yield { for: before };
    assertMayFollow(f, row);
    if (isGone(row, txn)) continue;
    const { tuple } = row.newest;
    if (tuple !== f.rows[slot]) {
      f.rows[slot] = tuple;
      if (all && all.run(f) !== true) continue;
    }
    let made = work.now(f, row);
    while (made instanceof Txn) {
      yield { for: [made] };
      made = work.now(f, row);
    }
    if (work.afterwards) yield* work.afterwards(f, row);
    done.push(made);
  }
  return done;
}

export function compileUpdate(c: Compiler, outer: Scope, statement: Update): Part {
  const scope = new Scope(outer);
  const entry = target(c, scope, statement.table, statement.alias);
  const { table, slot } = entry;
  const found = targets(c, scope, entry, statement.from, statement.where);
  const set = assignments(c, scope, table, statement.set);
  const change = changer(
    c,
    table,
    set.map(({ at }) => at),
  );
  const returning = compileReturning(c, scope, statement.returning);
  const work: Work = {
    now(f, row) {
      const tuple = assigned(f, row.newest.tuple, set);
      const other = change.attempt(f, row, tuple);
      if (other) return other;
      f.rows[slot] = tuple;
      return returning.project ? returning.project(f) : tuple;
    },
    afterwards: change.keys.length === 0 ? undefined : references,
  };
  function* references(f: Frame, row: Row): Running<void> {
    for (const key of change.keys) yield* assertReferences(f, table, key, row.newest.tuple);
  }
  return {
    columns: returning.columns,
    *exec(f) {
      if (table.triggers.length === 0) return yield* eachTarget(f, found, change.mode, work);
      yield* fire(c, f, table, "before", "update", []);
      const rows = yield* eachTarget(f, found, change.mode, work);
      yield* fire(c, f, table, "after", "update", rows);
      return rows;
    },
  };
}

export function compileDelete(c: Compiler, outer: Scope, statement: Delete): Part {
  const scope = new Scope(outer);
  const entry = target(c, scope, statement.table, statement.alias);
  const { table } = entry;
  const found = targets(c, scope, entry, statement.using, statement.where);
  const returning = compileReturning(c, scope, statement.returning);
  const work: Work = {
    now(f, row) {
      const tuple = returning.project ? returning.project(f) : row.newest.tuple;
      deleteRow(heapOf(f, table), row, f.snap);
      return tuple;
    },
    afterwards: (f, row) => settleReferences(f, table, row.newest.tuple),
  };
  return {
    columns: returning.columns,
    *exec(f) {
      if (table.triggers.length === 0) return yield* eachTarget(f, found, "update", work);
      yield* fire(c, f, table, "before", "delete", []);
      const rows = yield* eachTarget(f, found, "update", work);
      yield* fire(c, f, table, "after", "delete", rows);
      return rows;
    },
  };
}
