import type { ColumnDefinition, Cte, Statement } from "./ast.ts";
import { compileDelete, compileUpdate } from "./compile-change.ts";
import { compileInsert } from "./compile-insert.ts";
import { compileQuery } from "./compile-query.ts";
import { type Compiler, Scope } from "./compiler.ts";
import type { Frame, Size } from "./frame.ts";
import { after, type Command, isRunning } from "./locks.ts";
import type { Tuple } from "./values.ts";
import type { Part } from "./writing.ts";

/** A statement that can be run, in a frame made for it. */
export type Plan = {
  readonly columns: readonly ColumnDefinition[];
  readonly size: Size;
  readonly parameters: Compiler["parameters"];
  /** As PostgreSQL's command tag begins. */
  readonly command: string;
  readonly exec: (f: Frame) => Command<Tuple[]>;
};

export function compileStatement(c: Compiler, statement: Statement): Plan {
  if (c.transitions.size > 0) c.newResult();
  const scope = new Scope(undefined);
  const ctes = statement.ctes.map((cte) => compileCte(c, scope, cte));
  const { columns, exec: main } = compilePart(c, scope, statement, true);
  const { before } = c;
  function exec(f: Frame, done = 0): Command<Tuple[]> {
    for (let i = done; i < ctes.length; i++) {
      const { result, exec: rows } = ctes[i] as (typeof ctes)[number]; // as: inside the array
      const found = rows(f);
      if (isRunning(found))
        return after(found, (later) => {
          f.results[result] = later;
          return exec(f, i + 1);
        });
      f.results[result] = found;
    }
    return main(f);
  }
  const command = statement.k === "query" ? "SELECT" : statement.k.toUpperCase();
  return {
    columns,
    size: c.size(),
    parameters: c.parameters,
    command,
    exec: before.length === 0 ? (f) => exec(f) : (f) => after(prepared(f, before, 0), () => exec(f)),
  };
}

/** Works out what has to be there before everything else. */
function prepared(f: Frame, before: Compiler["before"], done: number): Command<undefined> {
  for (let i = done; i < before.length; i++) {
    const command = before[i]?.(f);
    if (isRunning(command)) return after(command, () => prepared(f, before, i + 1));
  }
  return undefined;
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
      return { columns: code.columns, exec: code.exec ?? code.run };
    }
    case "insert":
      return compileInsert(c, scope, statement);
    case "update":
      return compileUpdate(c, scope, statement);
    case "delete":
      return compileDelete(c, scope, statement);
  }
}
