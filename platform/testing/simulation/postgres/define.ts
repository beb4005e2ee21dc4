import type { ColumnSpec, ConstraintSpec, Definition, Expr, Statement } from "./ast.ts";
import { type Catalog, columnIndex, type Sequence, type Table } from "./catalog.ts";
import { compile } from "./compile-expression.ts";
import { compileStatement } from "./compile-statement.ts";
import { Compiler, Scope } from "./compiler.ts";
import type { Database } from "./database.ts";
import { Frame } from "./frame.ts";
import { Heap, Txn } from "./heap.ts";
import { language } from "./language.ts";
import { parseScript } from "./parse-definition.ts";
import { NotModelled, SqlError, type Value } from "./values.ts";

/** Runs a migration. @throws NotModelled for what the model does not know */
export function define(db: Database, script: string): void {
  for (const item of parseScript(script)) {
    if ("ctes" in item) runAlone(db, item);
    else apply(db, item);
  }
}

function evaluated(db: Database, expr: Expr): Value {
  const c = new Compiler(db.catalog, language);
  const { run } = compile(c, new Scope(undefined), expr);
  return run(new Frame(db, { settings: new Map() }, db.server.snapshot(new Txn()), c.size(), [], []));
}

/** A statement of a migration, in a transaction of its own. */
function runAlone(db: Database, statement: Statement): void {
  const plan = compileStatement(new Compiler(db.catalog, language), statement);
  const txn = new Txn();
  txn.cid = 1;
  Compiler.drained(plan.exec(new Frame(db, { settings: new Map() }, db.server.snapshot(txn), plan.size, [], [])));
  db.server.commit(db, txn);
}

function sequence(db: Database, name: string): Sequence {
  const made = { id: db.sequences.push({ last: 1, called: false }) - 1, name };
  db.catalog.sequences.set(name, made);
  return made;
}

function apply(db: Database, item: Definition): void {
  const { catalog } = db;
  switch (item.k) {
    case "ignored":
      return;
    case "create table": {
      if (item.ifNotExists && catalog.tables.has(item.name)) return;
      const table: Table = {
        id: db.heaps.push(new Heap()) - 1,
        name: item.name,
        columns: [],
        uniques: [],
        checks: [],
        foreignKeys: [],
        triggers: [],
      };
      catalog.tables.set(item.name, table);
      for (const column of item.columns) addColumn(db, table, column);
      for (const constraint of item.constraints) addConstraint(table, constraint);
      return;
    }
    case "create index": {
      if (!item.unique) return;
      const table = catalog.table(item.table);
      const columns = item.columns.map((e) => {
        if (e.k !== "column") throw new NotModelled(`a unique index over an expression: ${item.name}`);
        return columnIndex(table, e.path.at(-1) ?? "");
      });
      table.uniques.push({ name: item.name, columns, primary: false, where: item.where });
      return;
    }
    case "create sequence":
      sequence(db, item.name);
      return;
    case "create view":
      catalog.views.set(item.name, item.query);
      return;
    case "create type":
      catalog.types.set(item.name, item.fields);
      return;
    case "create function":
      catalog.routines.set(item.name, item);
      return;
    case "create trigger": {
      const { timing, events, transition, routine, perRow } = item;
      if (perRow) throw new NotModelled("a trigger for each row");
      catalog.table(item.table).triggers.push({ timing, events, transition, routine });
      return;
    }
    case "add column": {
      const table = catalog.table(item.table);
      const { name, fallback, type } = item.column;
      addColumn(db, table, item.column);
      for (const constraint of item.constraints) addConstraint(table, constraint);
      const rows = db.heaps[table.id]?.rows ?? [];
      if (rows.length === 0) return;
      const value: Expr = fallback ?? { k: "literal", value: null, type };
      for (const row of rows) row.newest.tuple.push(evaluated(db, { k: "cast", expr: value, type }));
      if (item.column.identity) throw new NotModelled(`identity ${name} for rows that are there`);
      return;
    }
    case "add constraint":
      addConstraint(catalog.table(item.table), item.constraint);
      return;
    case "drop":
      drop(catalog, item);
  }
}

function addColumn(db: Database, table: Table, { name, type, notNull, fallback, identity }: ColumnSpec): void {
  const own = identity ? sequence(db, `${table.name}_${name}_seq`) : undefined;
  table.columns.push({ name, type, notNull, fallback, sequence: own });
}

/** Names are those that PostgreSQL would choose. */
function addConstraint(table: Table, constraint: ConstraintSpec): void {
  const bare = table.name.split(".").at(-1) ?? table.name;
  switch (constraint.k) {
    case "unique": {
      const { columns, primary } = constraint;
      const name = constraint.name ?? (primary ? `${bare}_pkey` : `${bare}_${columns.join("_")}_key`);
      const at = columns.map((column) => columnIndex(table, column));
      table.uniques.push({ name, columns: at, primary, where: undefined });
      if (primary)
        for (const i of at) table.columns[i] = { ...(table.columns[i] as Table["columns"][number]), notNull: true }; // as: columnIndex found it
      return;
    }
    case "check": {
      const name = constraint.name ?? `${bare}_${constraint.of === undefined ? "" : `${constraint.of}_`}check`;
      const same = table.checks.filter((check) => check.name.replace(/\d+$/, "") === name).length;
      table.checks.push({ name: same === 0 ? name : `${name}${same}`, expr: constraint.expr });
      return;
    }
    case "foreign": {
      const { columns, to, cascade } = constraint;
      const name = constraint.name ?? `${bare}_${columns.join("_")}_fkey`;
      const at = columns.map((column) => columnIndex(table, column));
      table.foreignKeys.push({ name, columns: at, table: constraint.table, to, cascade });
    }
  }
}

function drop(catalog: Catalog, { what, name, table }: Extract<Definition, { k: "drop" }>): void {
  if (what === "index") {
    for (const one of catalog.tables.values()) remove(one.uniques, name);
    return;
  }
  if (what === "constraint" && table !== undefined) {
    const { uniques, checks, foreignKeys } = catalog.table(table);
    for (const list of [uniques, checks, foreignKeys]) remove(list, name);
    return;
  }
  if (what === "column" && table !== undefined) {
    dropColumn(catalog.table(table), name);
    return;
  }
  if (what === "function") catalog.routines.delete(name.replace(/\(.*$/, ""));
  else if (what === "view") catalog.views.delete(name);
  else if (what === "trigger") return;
  else throw new SqlError("0A000", `drop ${what} is not modelled`);
}

/** It keeps its place in the rows, as in PostgreSQL, under a name that nobody can say; what was said of it goes. */
function dropColumn(table: Table, name: string): void {
  const at = columnIndex(table, name);
  const { type } = table.columns[at] as Table["columns"][number]; // as: columnIndex found it
  table.columns[at] = { name: `dropped ${at}`, type, notNull: false, fallback: undefined, sequence: undefined };
  for (const list of [table.uniques, table.foreignKeys])
    for (const one of list.filter(({ columns }) => columns.includes(at))) remove(list, one.name);
  for (const { name: check, expr } of [...table.checks])
    if (JSON.stringify(expr).includes(`"${name}"`)) remove(table.checks, check);
}

function remove(list: { readonly name: string }[], name: string): void {
  const at = list.findIndex((one) => one.name === name);
  if (at >= 0) list.splice(at, 1);
}
