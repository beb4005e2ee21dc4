import type { ColumnSpec, ConstraintSpec, Definition, Expr, RoutineParameter, Statement } from "./ast.ts";
import { parseType } from "./parse-expression.ts";
import { expression, parseQuery, parseStatement } from "./parse-query.ts";
import { Reader } from "./reader.ts";
import type { SqlType } from "./values.ts";

/** A migration's text, as the definitions and statements in it. */
export function parseScript(text: string): (Definition | Statement)[] {
  const r = new Reader(text);
  const found: (Definition | Statement)[] = [];
  while (!r.isOver) {
    if (r.accept(";")) continue;
    found.push(item(r));
    if (!r.isOver) r.expect(";");
  }
  return found;
}

const without = ["grant", "revoke", "comment", "set", "begin", "commit", "analyze"];

function item(r: Reader): Definition | Statement {
  if (r.isOneOf("insert", "update", "delete", "with", "select")) return parseStatement(r);
  if (without.includes(r.peek().text)) return ignored(r);
  if (r.accept("create")) {
    r.accept("or", "replace");
    if (r.accept("table")) return table(r);
    if (r.accept("unique", "index")) return index(r, true);
    if (r.accept("index")) return index(r, false);
    if (r.accept("sequence")) return { k: "create sequence", name: firstName(r) };
    if (r.accept("view")) return view(r);
    if (r.accept("type")) return type(r);
    if (r.accept("function")) return routine(r);
    if (r.accept("trigger")) return trigger(r);
    if (r.isOneOf("schema", "extension")) return ignored(r);
  }
  if (r.accept("alter", "table")) return alter(r);
  if (r.accept("drop")) return drop(r);
  throw r.unexpected("a statement");
}

function ignored(r: Reader): Definition {
  r.skipStatement();
  return { k: "ignored" };
}

function firstName(r: Reader): string {
  r.accept("if", "not", "exists");
  const name = r.qualified();
  r.skipStatement();
  return name;
}

function table(r: Reader): Definition {
  const ifNotExists = r.accept("if", "not", "exists");
  const name = r.qualified();
  const columns: ColumnSpec[] = [];
  const constraints: ConstraintSpec[] = [];
  r.parenthesised(() =>
    r.list(() => {
      const constraint = tableConstraint(r);
      if (constraint) constraints.push(constraint);
      else columns.push(column(r, constraints));
    }),
  );
  r.skipStatement(); // storage parameters
  return { k: "create table", name, columns, constraints, ifNotExists };
}

function tableConstraint(r: Reader): ConstraintSpec | undefined {
  const name = r.accept("constraint") ? r.identifier() : undefined;
  if (r.accept("primary", "key")) return { k: "unique", name, columns: r.names(), primary: true };
  if (r.is("unique") && r.peek(1).text === "(") {
    r.take();
    return { k: "unique", name, columns: r.names(), primary: false };
  }
  if (r.is("check") && r.peek(1).text === "(") {
    r.take();
    return { k: "check", name, expr: r.parenthesised(() => expression(r)), of: undefined };
  }
  if (r.accept("foreign", "key")) {
    const columns = r.names();
    r.expect("references");
    return references(r, name, columns);
  }
  if (name !== undefined) throw r.unexpected("a constraint");
  return undefined;
}

function references(r: Reader, name: string | undefined, columns: readonly string[]): ConstraintSpec {
  const table = r.qualified();
  const to = r.is("(") ? r.names() : undefined;
  let cascade = false;
  while (r.accept("on")) {
    const what = r.identifier();
    if (r.accept("cascade")) cascade ||= what === "delete";
    else if (!r.accept("restrict")) r.expect("set", "null");
  }
  return { k: "foreign", name, columns, table, to, cascade };
}

function column(r: Reader, constraints: ConstraintSpec[]): ColumnSpec {
  const name = r.identifier();
  const type = parseType(r);
  let notNull = false;
  let fallback: Expr | undefined;
  let identity = false;
  for (;;) {
    const constraint = r.accept("constraint") ? r.identifier() : undefined;
    if (r.accept("collate")) r.identifier();
    else if (r.accept("not", "null")) notNull = true;
    else if (r.accept("null")) notNull = false;
    else if (r.accept("primary", "key")) {
      notNull = true;
      constraints.push({ k: "unique", name: constraint, columns: [name], primary: true });
    } else if (r.accept("unique")) constraints.push({ k: "unique", name: constraint, columns: [name], primary: false });
    else if (r.accept("default")) fallback = expression(r);
    else if (r.accept("check"))
      constraints.push({ k: "check", name: constraint, expr: r.parenthesised(() => expression(r)), of: name });
    else if (r.accept("references")) constraints.push(references(r, constraint, [name]));
    else if (r.accept("generated")) {
      if (!r.accept("always")) r.expect("by", "default");
      r.expect("as", "identity");
      if (r.is("(")) r.skipParentheses();
      identity = true;
    } else return { name, type, notNull: notNull || identity, fallback, identity };
  }
}

function index(r: Reader, unique: boolean): Definition {
  r.accept("concurrently");
  r.accept("if", "not", "exists");
  const name = r.identifier();
  r.expect("on");
  const table = r.qualified();
  if (r.accept("using")) r.identifier();
  const columns = r.parenthesised(() =>
    r.list(() => {
      const expr = expression(r);
      while (r.isOneOf("desc", "asc", "nulls", "first", "last") || r.peek().text.endsWith("_ops")) r.take();
      return expr;
    }),
  );
  if (r.accept("include")) r.names();
  if (r.accept("with")) r.skipParentheses();
  const where = r.accept("where") ? expression(r) : undefined;
  return { k: "create index", name, unique, table, columns, where };
}

function view(r: Reader): Definition {
  const name = r.qualified();
  r.expect("as");
  return { k: "create view", name, query: parseQuery(r) };
}

function type(r: Reader): Definition {
  const name = r.qualified();
  r.expect("as");
  if (r.accept("enum")) throw r.unexpected("a composite type");
  const fields = r.parenthesised(() =>
    r.list(() => {
      const field = { name: r.identifier(), type: parseType(r) };
      if (r.accept("collate")) r.identifier();
      return field;
    }),
  );
  return { k: "create type", name, fields };
}

function parameter(r: Reader): RoutineParameter {
  const mode = r.accept("out") ? "out" : r.accept("inout") ? "inout" : "in";
  if (mode === "in") r.accept("in");
  const named = r.peek(1).text !== "," && r.peek(1).text !== ")" && r.peek(1).text !== "[";
  const name = named ? r.identifier() : undefined;
  const type = parseType(r);
  const fallback = r.accept("default") || r.accept("=") ? expression(r) : undefined;
  return { name, mode, type, fallback };
}

function routine(r: Reader): Definition {
  const name = r.qualified();
  let parameters = r.parenthesised(() => (r.is(")") ? [] : r.list(() => parameter(r))));
  let returns: SqlType | undefined;
  let set = false;
  let language = "sql";
  let body = "";
  while (!r.is(";") && !r.isOver) {
    if (r.accept("returns")) {
      if (r.accept("table")) {
        set = true;
        const columns = r.parenthesised(() => r.list(() => ({ name: r.identifier(), type: parseType(r) })));
        parameters = [...parameters, ...columns.map((c) => ({ ...c, mode: "table" as const, fallback: undefined }))];
      } else {
        set = r.accept("setof");
        returns = parseType(r);
      }
    } else if (r.accept("language")) language = r.identifier();
    else if (r.accept("as")) body = r.string();
    else if (r.is("return") || r.is("begin")) throw r.unexpected("a body in quotes");
    else r.take(); // volatility, settings, cost
  }
  return { k: "create function", name, parameters, returns, set, language, body };
}

function trigger(r: Reader): Definition {
  r.identifier();
  const timing = r.accept("before") ? "before" : "after";
  if (timing === "after") r.expect("after");
  const events = r.list(() => {
    const event = r.identifier();
    if (r.accept("of")) r.list(() => r.identifier());
    return event;
  }, "or");
  r.expect("on");
  const table = r.qualified();
  let transition: string | undefined;
  if (r.accept("referencing")) {
    r.expect("new", "table", "as");
    transition = r.identifier();
  }
  r.expect("for");
  r.accept("each");
  const perRow = r.accept("row");
  if (!perRow) r.expect("statement");
  if (!r.accept("execute", "function")) r.expect("execute", "procedure");
  const routine = r.qualified();
  r.skipStatement();
  return { k: "create trigger", table, timing, events, transition, perRow, routine };
}

function alter(r: Reader): Definition {
  r.accept("only");
  const table = r.qualified();
  if (r.accept("add")) {
    const constraint = tableConstraint(r);
    if (constraint) return { k: "add constraint", table, constraint };
    r.accept("column");
    r.accept("if", "not", "exists");
    const constraints: ConstraintSpec[] = [];
    return { k: "add column", table, column: column(r, constraints), constraints };
  }
  if (r.accept("drop")) {
    const what = r.identifier();
    r.accept("if", "exists");
    const name = r.identifier();
    r.skipStatement();
    return { k: "drop", what, name, table };
  }
  return ignored(r);
}

function drop(r: Reader): Definition {
  const what = r.identifier();
  r.accept("concurrently");
  r.accept("if", "exists");
  const name = r.qualified();
  r.skipStatement();
  return { k: "drop", what, name, table: undefined };
}
