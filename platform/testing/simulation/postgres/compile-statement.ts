import type { ColumnDefinition, Cte, Statement } from "./ast.ts";
import { compileDelete, compileUpdate } from "./compile-change.ts";
import { compileInsert } from "./compile-insert.ts";
import { compileQuery } from "./compile-query.ts";
import { type Compiler, Scope } from "./compiler.ts";
import type { Frame, Size } from "./frame.ts";
import type { Running } from "./locks.ts";
import type { Tuple } from "./values.ts";
import { type Part, running } from "./writing.ts";

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

export function compileStatement(c: Compiler, statement: Statement): Plan {
  if (c.transitions.size > 0) c.newResult();
  const scope = new Scope(undefined);
  const ctes = statement.ctes.map((cte) => compileCte(c, scope, cte));
  const { columns, exec: main, run } = compilePart(c, scope, statement, true);
  const { before } = c;
  function* exec(f: Frame): Running<Tuple[]> {
    for (const one of before) yield* one(f);
    for (const { result, exec, run } of ctes) f.results[result] = run ? run(f) : yield* exec(f);
    return run ? run(f) : yield* main(f);
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
  return { result, exec: part.exec, run: part.run };
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
