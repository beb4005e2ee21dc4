import type {
  Assignment,
  Call,
  ColumnDefinition,
  Cte,
  Delete,
  Expr,
  FromItem,
  Insert,
  Locking,
  Query,
  QueryBody,
  SelectItem,
  Statement,
  Update,
} from "./ast.ts";
import { expressionParser, parseType } from "./parse-expression.ts";
import type { Reader } from "./reader.ts";

/** Words that cannot be an alias without `as`. */
const noAlias = new Set(
  "from where group having order limit offset for union except on using left right full inner cross join lateral returning set values with do conflict into when then else end and or not loop as".split(
    " ",
  ),
);

const { expression, orderItems, callOf } = expressionParser((r) => parseQuery(r));

export { expression };

export function parseStatement(r: Reader): Statement {
  const ctes = withClause(r);
  if (r.is("insert")) return insert(r, ctes);
  if (r.is("update")) return update(r, ctes);
  if (r.is("delete")) return remove(r, ctes);
  return query(r, ctes);
}

export const parseQuery = (r: Reader): Query => query(r, withClause(r));

function withClause(r: Reader): Cte[] {
  if (!r.accept("with")) return [];
  r.accept("recursive");
  return r.list(() => {
    const name = r.identifier();
    const columns = r.is("(") ? r.names() : [];
    r.expect("as");
    if (!r.accept("materialized")) r.accept("not", "materialized");
    return { name, columns, statement: r.parenthesised(() => parseStatement(r)) };
  });
}

function query(r: Reader, ctes: readonly Cte[]): Query {
  const body = unions(r);
  const order = r.accept("order", "by") ? orderItems(r) : [];
  let limit: Expr | undefined;
  let offset: Expr | undefined;
  let locking: Locking | undefined;
  for (;;) {
    if (r.accept("limit")) limit = expression(r);
    else if (r.accept("offset")) offset = expression(r);
    else if (r.accept("for")) locking = lockingClause(r);
    else return { k: "query", ctes, body, order, limit, offset, locking };
  }
}

function lockingClause(r: Reader): Locking {
  const mode = r.accept("no", "key", "update")
    ? "no key update"
    : r.accept("key", "share")
      ? "key share"
      : r.accept("share")
        ? "share"
        : "update";
  if (mode === "update") r.expect("update");
  const of = r.accept("of") ? r.list(() => r.identifier()) : [];
  return { mode, of, skip: r.accept("skip", "locked") };
}

function unions(r: Reader): QueryBody {
  let body = core(r);
  while (r.isOneOf("union", "except")) {
    const op = r.take().text === "union" ? "union" : "except";
    const all = r.accept("all");
    body = { k: "union", all, op, left: plain(body), right: plain(core(r)) };
  }
  return body;
}

const plain = (body: QueryBody): Query => ({
  k: "query",
  ctes: [],
  body,
  order: [],
  limit: undefined,
  offset: undefined,
  locking: undefined,
});

function core(r: Reader): QueryBody {
  if (r.accept("values"))
    return { k: "values", rows: r.list(() => r.parenthesised(() => r.list(() => expression(r)))) };
  if (r.accept("table")) return starOf(r);
  if (r.is("(")) {
    const inner = r.parenthesised(() => parseQuery(r));
    return selectFrom({ k: "query", query: inner, alias: "inner", columns: [], lateral: false });
  }
  r.expect("select");
  const distinct = r.accept("distinct");
  r.accept("all");
  const items = selectEnds(r) ? [] : r.list(() => selectItem(r));
  const from = r.accept("from") ? r.list(() => fromItem(r)) : [];
  const where = r.accept("where") ? expression(r) : undefined;
  const group = r.accept("group", "by") ? r.list(() => expression(r)) : [];
  const having = r.accept("having") ? expression(r) : undefined;
  return { k: "select", distinct, items, from, where, group, having };
}

const selectEnds = (r: Reader) => r.isOver || r.isOneOf("from", "where", ")", ";", "limit");

function starOf(r: Reader): QueryBody {
  const name = r.qualified();
  return selectFrom({ k: "table", name, alias: name.split(".").at(-1) ?? name });
}

const selectFrom = (item: FromItem): QueryBody => ({
  k: "select",
  distinct: false,
  items: [{ expr: { k: "star", of: undefined }, alias: undefined }],
  from: [item],
  where: undefined,
  group: [],
  having: undefined,
});

function alias(r: Reader): string | undefined {
  if (r.accept("as")) return r.identifier();
  const { kind, text } = r.peek();
  return kind === "name" || (kind === "word" && !noAlias.has(text)) ? r.identifier() : undefined;
}

function selectItem(r: Reader): SelectItem {
  const expr = expression(r);
  return { expr, alias: alias(r) };
}

function fromItem(r: Reader): FromItem {
  let left = fromPrimary(r);
  for (;;) {
    const type = joinType(r);
    if (!type) return left;
    const right = fromPrimary(r);
    if (type === "cross") left = { k: "join", type, left, right, on: undefined, using: undefined };
    else if (r.accept("using")) left = { k: "join", type, left, right, on: undefined, using: r.names() };
    else {
      r.expect("on");
      left = { k: "join", type, left, right, on: expression(r), using: undefined };
    }
  }
}

function joinType(r: Reader): "inner" | "left" | "full" | "cross" | undefined {
  if (r.accept("cross", "join")) return "cross";
  if (r.accept("join") || r.accept("inner", "join")) return "inner";
  if (r.accept("left", "join") || r.accept("left", "outer", "join")) return "left";
  if (r.accept("full", "join") || r.accept("full", "outer", "join")) return "full";
  return undefined;
}

function fromPrimary(r: Reader): FromItem {
  const lateral = r.accept("lateral");
  if (r.accept("rows", "from")) return rowsFrom(r);
  if (r.is("(")) return parenthesisedFrom(r, lateral);
  const mark = r.mark();
  const name = r.qualified();
  if (r.is("(")) {
    const call = callOf(r, name);
    const ordinality = r.accept("with", "ordinality");
    return { k: "function", call, ordinality, ...functionAlias(r, name, undefined) };
  }
  r.reset(mark);
  return table(r);
}

function table(r: Reader): FromItem {
  const name = r.qualified();
  return { k: "table", name, alias: alias(r) ?? name.split(".").at(-1) ?? name };
}

function parenthesisedFrom(r: Reader, lateral: boolean): FromItem {
  return r.peek(1).text === "select" ||
    r.peek(1).text === "values" ||
    r.peek(1).text === "with" ||
    r.peek(1).text === "table"
    ? queryItem(r, lateral)
    : r.parenthesised(() => fromItem(r));
}

function queryItem(r: Reader, lateral: boolean): FromItem {
  const query = r.parenthesised(() => parseQuery(r));
  const name = alias(r) ?? "anonymous";
  return { k: "query", query, alias: name, columns: r.is("(") ? r.names() : [], lateral };
}

function rowsFrom(r: Reader): FromItem {
  const { call, definitions } = r.parenthesised(() => {
    const name = r.qualified();
    const call: Call = callOf(r, name);
    return { call, definitions: r.accept("as") ? definitionList(r) : undefined };
  });
  const ordinality = r.accept("with", "ordinality");
  return { k: "function", call, ordinality, ...functionAlias(r, call.name, definitions) };
}

function functionAlias(r: Reader, name: string, given: readonly ColumnDefinition[] | undefined) {
  const own = name.split(".").at(-1) ?? name;
  const named = alias(r);
  let columns: readonly string[] = [];
  let definitions = given;
  if (r.is("(")) {
    // `t (a, b)` names columns, `t (a int, b text)` defines them.
    const next = r.peek(2).text;
    if (next === "," || next === ")") columns = r.names();
    else definitions = definitionList(r);
  }
  return { alias: named ?? own, columns, definitions };
}

const definitionList = (r: Reader): ColumnDefinition[] =>
  r.parenthesised(() => r.list(() => ({ name: r.identifier(), type: parseType(r) })));

function target(r: Reader): { table: string; alias: string } {
  const name = r.qualified();
  return { table: name, alias: alias(r) ?? name.split(".").at(-1) ?? name };
}

const returningClause = (r: Reader) => (r.accept("returning") ? r.list(() => selectItem(r)) : undefined);

function assignment(r: Reader): Assignment {
  const column = r.identifier();
  r.expect("=");
  return { column, expr: expression(r) };
}

function insert(r: Reader, ctes: readonly Cte[]): Insert {
  r.expect("insert", "into");
  const name = r.qualified();
  const alias = r.accept("as") ? r.identifier() : (name.split(".").at(-1) ?? name);
  const columns = r.is("(") ? r.names() : undefined;
  r.accept("overriding", "system", "value");
  const source = r.accept("default", "values") ? plain({ k: "values", rows: [[]] }) : query(r, []);
  let conflict: Insert["conflict"];
  if (r.accept("on", "conflict")) {
    const of = r.is("(") ? r.names() : undefined;
    if (r.accept("do", "nothing")) conflict = { columns: of, update: undefined };
    else {
      r.expect("do", "update", "set");
      const set = r.list(() => assignment(r));
      conflict = { columns: of, update: { set, where: r.accept("where") ? expression(r) : undefined } };
    }
  }
  return { k: "insert", ctes, table: name, alias, columns, source, conflict, returning: returningClause(r) };
}

function update(r: Reader, ctes: readonly Cte[]): Update {
  r.expect("update");
  const to = target(r);
  r.expect("set");
  const set = r.list(() => assignment(r));
  const from = r.accept("from") ? r.list(() => fromItem(r)) : [];
  const where = r.accept("where") ? expression(r) : undefined;
  return { k: "update", ctes, ...to, set, from, where, returning: returningClause(r) };
}

function remove(r: Reader, ctes: readonly Cte[]): Delete {
  r.expect("delete", "from");
  const to = target(r);
  const using = r.accept("using") ? r.list(() => fromItem(r)) : [];
  const where = r.accept("where") ? expression(r) : undefined;
  return { k: "delete", ctes, ...to, using, where, returning: returningClause(r) };
}
