import type { Delete, Update } from "./ast.ts";
import type { Table } from "./catalog.ts";
import { compileFrom } from "./compile-from.ts";
import { type Compiler, type Entry, Scope } from "./compiler.ts";
import { assertReferences, settleReferences } from "./constraints.ts";
import type { Code, Frame } from "./frame.ts";
import { deleteRow, isGone, type Row, Txn } from "./heap.ts";
import { plan } from "./join-plan.ts";
import { assertMayFollow, type Candidate, isOwnWork, restore } from "./locking-clause.ts";
import { after, type Command, finished, isRunning, type Running, tryLock } from "./locks.ts";
import { heapOf, type Loop, tableStep } from "./table-scan.ts";
import { fire } from "./triggers.ts";
import type { Tuple } from "./values.ts";
import { assigned, assignments, changer, compileReturning, type Part, target } from "./writing.ts";

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
  const { steps, conditions } = compileFrom(c, scope, from);
  const { loop, all } = plan(c, scope, [...steps, tableStep(slot, table)], [...conditions, ...(where ? [where] : [])]);
  return { slot, slots: [slot, ...steps.flatMap((step) => step.slots)], loop, all };
}

/** What is done with a row that is locked. */
type Work = {
  /** @returns what comes of it, or who has to be waited for before it can be done */
  readonly now: (f: Frame, row: Row) => Tuple | Txn;
  /** What is still to be done when all rows are, and may have to wait. */
  readonly afterwards: ((f: Frame, row: Row) => Running<void>) | undefined;
};

/** Locks each target in turn and gives it to `work`, if it still is what was looked for. What `work` gives is what comes of it all. */
function eachTarget(
  f: Frame,
  { slot, slots, loop, all }: Targets,
  mode: Parameters<typeof tryLock>[3],
  { now, afterwards }: Work,
): Command<Tuple[]> {
  const done: Tuple[] = [];
  const rows: Row[] = [];
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
  let at = 0;
  const work = () => {
    for (; at < candidates.length; at++) {
      restore(f, slots, candidates[at] as Candidate); // as: inside the array
      const row = f.refs[slot];
      if (!row || isOwnWork(f, row)) continue;
      const before = tryLock(f.db, row, txn, mode);
      if (before) return before;
      assertMayFollow(f, row);
      if (isGone(row, txn)) continue;
      const { tuple } = row.newest;
      if (tuple !== f.rows[slot]) {
        f.rows[slot] = tuple;
        if (all && all.run(f) !== true) continue;
      }
      const made = now(f, row);
      if (made instanceof Txn) return [made];
      done.push(made);
      rows.push(row);
    }
    return undefined;
  };
  const changed = finished(work, done);
  if (!afterwards || (!isRunning(changed) && rows.length === 0)) return changed;
  return after(changed, () => checked(f, rows, afterwards, done));
}

function* checked(
  f: Frame,
  rows: readonly Row[],
  afterwards: NonNullable<Work["afterwards"]>,
  done: Tuple[],
): Running<Tuple[]> {
  for (const row of rows) yield* afterwards(f, row);
  return done;
}

/** The change itself, and the triggers that it sets off. */
function triggering(
  c: Compiler,
  table: Table,
  event: "update" | "delete",
  change: (f: Frame) => Command<Tuple[]>,
): (f: Frame) => Command<Tuple[]> {
  function* exec(f: Frame): Running<Tuple[]> {
    yield* fire(c, f, table, "before", event, []);
    const changed = change(f);
    const rows = isRunning(changed) ? yield* changed : changed;
    yield* fire(c, f, table, "after", event, rows);
    return rows;
  }
  return (f) => (table.triggers.length === 0 ? change(f) : exec(f));
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
    exec: triggering(c, table, "update", (f) => eachTarget(f, found, change.mode, work)),
  };
}

export function compileDelete(c: Compiler, outer: Scope, statement: Delete): Part {
  const scope = new Scope(outer);
  const entry = target(c, scope, statement.table, statement.alias);
  const { table } = entry;
  const found = targets(c, scope, entry, statement.using, statement.where);
  const isReferred = [...c.catalog.referencing(table)].length > 0;
  const returning = compileReturning(c, scope, statement.returning);
  const work: Work = {
    now(f, row) {
      const tuple = returning.project ? returning.project(f) : row.newest.tuple;
      deleteRow(heapOf(f, table), row, f.snap);
      return tuple;
    },
    afterwards: isReferred ? (f, row) => settleReferences(f, table, row.newest.tuple) : undefined,
  };
  return {
    columns: returning.columns,
    exec: triggering(c, table, "delete", (f) => eachTarget(f, found, "update", work)),
  };
}
