import type { ColumnDefinition, SelectItem, Update } from "./ast.ts";
import { columnIndex, type Table } from "./catalog.ts";
import { compile } from "./compile-expression.ts";
import { projection } from "./compile-query.ts";
import type { Compiler, Entry, Scope } from "./compiler.ts";
import { conflicting, guardOf, uniqueViolation } from "./constraints.ts";
import type { Code, Frame } from "./frame.ts";
import { type Row, replaceRow, Txn } from "./heap.ts";
import type { Command } from "./locks.ts";
import { converted } from "./operators.ts";
import { heapOf } from "./table-scan.ts";
import type { Tuple } from "./values.ts";

/** A statement, or one that is part of another. */
export type Part = {
  readonly columns: readonly ColumnDefinition[];
  readonly exec: (f: Frame) => Command<Tuple[]>;
};

type Returning = { readonly columns: readonly ColumnDefinition[]; readonly project: ((f: Frame) => Tuple) | undefined };

export function compileReturning(c: Compiler, scope: Scope, items: readonly SelectItem[] | undefined): Returning {
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

export function target(c: Compiler, scope: Scope, name: string, alias: string): Entry & { readonly table: Table } {
  const table = c.catalog.table(name);
  const entry = { alias, slot: c.newSlot(), columns: table.columns, table };
  scope.entries.push(entry);
  return entry;
}

type Setting = { readonly at: number; readonly run: Code["run"] };

export const assignments = (c: Compiler, scope: Scope, table: Table, list: Update["set"]): Setting[] =>
  list.map(({ column, expr }) => {
    const at = columnIndex(table, column);
    const type = table.columns[at]?.type ?? "text";
    return { at, run: converted(compile(c, scope, expr, type), type).run };
  });

export function assigned(f: Frame, before: Tuple, set: readonly Setting[]): Tuple {
  const tuple = before.slice();
  for (const { at, run } of set) tuple[at] = run(f);
  return tuple;
}

/** Writes new versions of rows that are locked. */
export function changer(c: Compiler, table: Table, columns: readonly number[]) {
  const guard = guardOf(c.catalog, c.language, table);
  const touched = table.uniques.flatMap((unique, i) =>
    unique.columns.some((at) => columns.includes(at)) || unique.where
      ? [{ unique, holds: guard.holds[i] ?? (() => true) }]
      : [],
  );
  const keys = table.foreignKeys.filter((key) => key.columns.some((at) => columns.includes(at)));
  const isKey = table.uniques.some((unique) => !unique.where && unique.columns.some((at) => columns.includes(at)));
  /** @returns who has to be waited for; undefined: it is written */
  function attempt(f: Frame, row: Row, tuple: Tuple): Txn | undefined {
    guard.check(f, tuple);
    for (const { unique, holds } of touched) {
      const other = conflicting(f, table, unique, holds, tuple, row);
      if (other instanceof Txn) return other;
      if (other) throw uniqueViolation(table, unique);
    }
    replaceRow(heapOf(f, table), row, tuple, f.snap);
    return undefined;
  }
  return { mode: isKey ? ("update" as const) : ("no key update" as const), attempt, keys };
}
