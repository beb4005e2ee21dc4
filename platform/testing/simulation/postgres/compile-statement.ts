import type { ColumnDefinition, Cte, Delete, Insert, SelectItem, Statement, Update } from "./ast.ts";
import { columnIndex, type Table } from "./catalog.ts";
import { compile } from "./compile-expression.ts";
import { compileFrom, type Loop, type Step } from "./compile-from.ts";
import { compileQuery, plan, projection } from "./compile-query.ts";
import { type Compiler, type Entry, type QueryCode, Scope } from "./compiler.ts";
import { assertReferences, conflicting, guardOf, settleReferences, uniqueViolation } from "./constraints.ts";
import type { Code, Frame, Size } from "./frame.ts";
import { deleteRow, type Heap, insertRow, isGone, type Row, replaceRow, seen } from "./heap.ts";
import { assertMayFollow, type Candidate, isOwnWork, restore } from "./locking-clause.ts";
import { lockRow, type Running } from "./locks.ts";
import { converted } from "./operators.ts";
import { fire } from "./triggers.ts";
import { SqlError, type Tuple, type Value } from "./values.ts";

/** A statement that can be run, in a frame made for it. */
export type Plan = {
  readonly columns: readonly ColumnDefinition[];
  readonly size: Size;
  readonly parameters: Compiler["parameters"];
  /** As PostgreSQL's command tag begins. */
  readonly command: string;
  readonly exec: (f: Frame) => Running<Tuple[]>;
  /** The same for what never has to wait. */
  readonly run: ((f: Frame) => Tuple[]) | undefined;
};

type Part = {
  readonly columns: readonly ColumnDefinition[];
  readonly exec: (f: Frame) => Running<Tuple[]>;
  readonly run?: (f: Frame) => Tuple[];
};

export function compileStatement(c: Compiler, statement: Statement): Plan {
  if (c.transitions.size > 0) c.newResult();
  const scope = new Scope(undefined);
  const ctes = statement.ctes.map((cte) => compileCte(c, scope, cte));
  const { columns, exec: main, run } = compilePart(c, scope, statement, true);
  const { before } = c;
  function* exec(f: Frame): Running<Tuple[]> {
    for (const one of before) yield* one(f);
    for (const { result, exec } of ctes) f.results[result] = yield* exec(f);
    return yield* main(f);
  }
  const isPlain = before.length === 0 && ctes.length === 0;
  const command = statement.k === "query" ? "SELECT" : statement.k.toUpperCase();
  return {
    columns,
    size: c.size(),
    parameters: c.parameters,
    command,
    exec: isPlain ? main : exec,
    run: isPlain ? run : undefined,
  };
}

function compileCte(c: Compiler, scope: Scope, { name, columns, statement }: Cte) {
  const part = compilePart(c, scope, statement, false);
  const result = c.newResult();
  const named = part.columns.map((column, i) => ({ ...column, name: columns[i] ?? column.name }));
  scope.ctes.set(name, { result, columns: named });
  return { result, exec: part.exec };
}

function compilePart(c: Compiler, scope: Scope, statement: Statement, top: boolean): Part {
  switch (statement.k) {
    case "query": {
      const code = compileQuery(c, { ...statement, ctes: [] }, scope, { top });
      return { columns: code.columns, exec: running(code), ...(!code.exec && { run: code.run }) };
    }
    case "insert":
      return compileInsert(c, scope, statement);
    case "update":
      return compileUpdate(c, scope, statement);
    case "delete":
      return compileDelete(c, scope, statement);
  }
}

const running = ({ exec, run }: QueryCode): ((f: Frame) => Running<Tuple[]>) =>
  exec ??
  // biome-ignore lint/correctness/useYield: a query without locks never waits, and is run as those that do
  function* (f) {
    return run(f);
  };

type Returning = { readonly columns: readonly ColumnDefinition[]; readonly project: ((f: Frame) => Tuple) | undefined };

function compileReturning(c: Compiler, scope: Scope, items: readonly SelectItem[] | undefined): Returning {
  if (!items) return { columns: [], project: undefined };
  const expanded = items.flatMap(({ expr, alias }): SelectItem[] =>
    expr.k === "star"
      ? scope.entries.flatMap(({ alias: of, columns }) =>
          columns.map(({ name }): SelectItem => ({ expr: { k: "column", path: [of, name] }, alias: name })),
        )
      : [{ expr, alias }],
  );
  const codes = expanded.map(({ expr }) => compile(c, scope, expr));
  const columns = expanded.map(({ expr, alias }, i) => ({
    name: alias ?? (expr.k === "column" ? (expr.path.at(-1) ?? "") : "?column?"),
    type: codes[i]?.type ?? "text",
  }));
  return { columns, project: projection(codes) };
}

function target(c: Compiler, scope: Scope, name: string, alias: string): Entry & { readonly table: Table } {
  const table = c.catalog.table(name);
  const entry = { alias, slot: c.newSlot(), columns: table.columns, table };
  scope.entries.push(entry);
  return entry;
}

const heapOf = (f: Frame, { id }: Table): Heap => f.db.heaps[id] as Heap; // as: every table of the catalog has its heap

/** What each column gets when nobody says: its default, its sequence, or null. */
function fallbacks(c: Compiler, table: Table): ((f: Frame) => Value)[] {
  return table.columns.map(({ fallback, sequence, type }) => {
    if (sequence) return (f) => f.db.nextValue(sequence.id);
    if (!fallback) return () => null;
    return converted(compile(c, new Scope(undefined), fallback, type), type).run;
  });
}

function compileInsert(c: Compiler, outer: Scope, statement: Insert): Part {
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
  const guard = guardOf(c.catalog, c.language, table);
  const { arbiters, onConflict } = compileConflict(c, scope, statement, table, slot);
  const returning = compileReturning(c, scopeOf(scope, slot), statement.returning);
  const rows = running(source);

  function made(f: Frame, values: Tuple): Tuple {
    const tuple: Tuple = new Array(table.columns.length);
    for (let at = 0; at < tuple.length; at++) tuple[at] = given.has(at) ? null : defaults[at]?.(f);
    for (const [i, at] of columns.entries()) if (i < casts.length) tuple[at] = casts[i]?.(f, values[i]);
    return tuple;
  }

  /** @returns the row that is there afterwards because of this one; undefined when nothing was done */
  function* put(f: Frame, tuple: Tuple): Running<Tuple | undefined> {
    again: for (;;) {
      for (const [i, unique] of table.uniques.entries()) {
        const other = yield* conflicting(f, table, unique, guard.holds[i] ?? (() => true), tuple);
        if (!other) continue;
        if (!arbiters.includes(i)) throw uniqueViolation(table, unique);
        assertMayFollow(f, other);
        if (!onConflict) return undefined;
        const changed = yield* onConflict(f, other, tuple);
        if (changed === "gone") continue again;
        return changed;
      }
      f.db.server.assignXid(f.snap.txn);
      insertRow(heapOf(f, table), tuple, f.snap);
      return tuple;
    }
  }

  function* exec(f: Frame): Running<Tuple[]> {
    yield* fire(c, f, table, "before", "insert", []);
    const found: Tuple[] = [];
    const written: Tuple[] = [];
    for (const values of yield* rows(f)) {
      const tuple = made(f, values);
      guard.check(f, tuple);
      const now = yield* put(f, tuple);
      if (!now) continue;
      written.push(now);
      f.rows[slot] = now;
      if (returning.project) found.push(returning.project(f));
    }
    for (const tuple of written) for (const key of table.foreignKeys) yield* assertReferences(f, table, key, tuple);
    yield* fire(c, f, table, "after", "insert", written);
    return returning.project ? found : written;
  }
  return { columns: returning.columns, exec };
}

/** What `returning` may name: the target alone. */
function scopeOf(scope: Scope, slot: number): Scope {
  const own = new Scope(scope.parent);
  own.entries.push(...scope.entries.filter((entry) => entry.slot === slot));
  return own;
}

type OnConflict = (f: Frame, row: Row, tuple: Tuple) => Running<Tuple | "gone" | undefined>;

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
    *onConflict(f, row, tuple) {
      if (isOwnWork(f, row))
        throw new SqlError("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time");
      yield* lockRow(f.db, row, f.snap.txn, change.mode, false);
      assertMayFollow(f, row);
      if (isGone(row, f.snap.txn)) return "gone";
      f.rows[slot] = row.newest.tuple;
      f.rows[excluded] = tuple;
      if (where && where.run(f) !== true) return undefined;
      return yield* change.to(f, row, assigned(f, row.newest.tuple, set));
    },
  };
}

type Setting = { readonly at: number; readonly run: Code["run"] };

const assignments = (c: Compiler, scope: Scope, table: Table, list: Update["set"]): Setting[] =>
  list.map(({ column, expr }) => {
    const at = columnIndex(table, column);
    const type = table.columns[at]?.type ?? "text";
    return { at, run: converted(compile(c, scope, expr, type), type).run };
  });

function assigned(f: Frame, before: Tuple, set: readonly Setting[]): Tuple {
  const tuple = before.slice();
  for (const { at, run } of set) tuple[at] = run(f);
  return tuple;
}

/** Writes new versions of rows that are locked. */
function changer(c: Compiler, table: Table, columns: readonly number[]) {
  const guard = guardOf(c.catalog, c.language, table);
  const touched = table.uniques.flatMap((unique, i) =>
    unique.columns.some((at) => columns.includes(at)) || unique.where
      ? [{ unique, holds: guard.holds[i] ?? (() => true) }]
      : [],
  );
  const keys = table.foreignKeys.filter((key) => key.columns.some((at) => columns.includes(at)));
  const isKey = table.uniques.some((unique) => !unique.where && unique.columns.some((at) => columns.includes(at)));
  return {
    mode: isKey ? ("update" as const) : ("no key update" as const),
    *to(f: Frame, row: Row, tuple: Tuple): Running<Tuple> {
      guard.check(f, tuple);
      for (const { unique, holds } of touched)
        if (yield* conflicting(f, table, unique, holds, tuple, row)) throw uniqueViolation(table, unique);
      replaceRow(heapOf(f, table), row, tuple, f.snap);
      for (const key of keys) yield* assertReferences(f, table, key, tuple);
      return tuple;
    },
  };
}

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

/**
 * Locks each target in turn and gives it to `work`, if it still is what was looked for. What `work` gives is what comes of it all.
 * @param work made when the statement is compiled: V8 makes a hidden class for every generator function that is called, which costs more than the call
 */
function* eachTarget(
  f: Frame,
  { slot, slots, loop, all }: Targets,
  mode: Parameters<typeof lockRow>[3],
  work: (f: Frame, row: Row) => Running<Tuple>,
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
  for (const candidate of candidates) {
    restore(f, slots, candidate);
    const row = f.refs[slot];
    if (!row || isOwnWork(f, row)) continue;
    yield* lockRow(f.db, row, f.snap.txn, mode, false);
    assertMayFollow(f, row);
    if (isGone(row, f.snap.txn)) continue;
    const { tuple } = row.newest;
    if (tuple !== f.rows[slot]) {
      f.rows[slot] = tuple;
      if (all && all.run(f) !== true) continue;
    }
    done.push(yield* work(f, row));
  }
  return done;
}

function compileUpdate(c: Compiler, outer: Scope, statement: Update): Part {
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
  function* work(f: Frame, row: Row): Running<Tuple> {
    const now = yield* change.to(f, row, assigned(f, row.newest.tuple, set));
    f.rows[slot] = now;
    return returning.project ? returning.project(f) : now;
  }
  return {
    columns: returning.columns,
    *exec(f) {
      yield* fire(c, f, table, "before", "update", []);
      const rows = yield* eachTarget(f, found, change.mode, work);
      yield* fire(c, f, table, "after", "update", rows);
      return rows;
    },
  };
}

function compileDelete(c: Compiler, outer: Scope, statement: Delete): Part {
  const scope = new Scope(outer);
  const entry = target(c, scope, statement.table, statement.alias);
  const { table } = entry;
  const found = targets(c, scope, entry, statement.using, statement.where);
  const returning = compileReturning(c, scope, statement.returning);
  function* work(f: Frame, row: Row): Running<Tuple> {
    const tuple = returning.project ? returning.project(f) : row.newest.tuple;
    deleteRow(heapOf(f, table), row, f.snap);
    yield* settleReferences(f, table, row.newest.tuple);
    return tuple;
  }
  return {
    columns: returning.columns,
    *exec(f) {
      yield* fire(c, f, table, "before", "delete", []);
      const rows = yield* eachTarget(f, found, "update", work);
      yield* fire(c, f, table, "after", "delete", rows);
      return rows;
    },
  };
}
