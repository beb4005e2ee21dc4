import { isAggregate } from "./aggregates.ts";
import type { ColumnDefinition, Expr, OrderItem, Query, QueryBody, SelectCore, SelectItem } from "./ast.ts";
import { compile, standalone } from "./compile-expression.ts";
import { compileFrom } from "./compile-from.ts";
import { type Compiler, type QueryCode, type QueryOptions, Scope } from "./compiler.ts";
import type { Code, Frame } from "./frame.ts";
import { commonType } from "./functions.ts";
import { type Groups, group } from "./grouping.ts";
import { conjuncts, plan } from "./join-plan.ts";
import { lockedRows } from "./locking-clause.ts";
import { converted } from "./operators.ts";
import { type Sorted, sorter } from "./sorting.ts";
import type { Loop } from "./table-scan.ts";
import { keyOf, NotModelled, SqlError, type SqlType, type Tuple } from "./values.ts";
import { compileWindows } from "./windows.ts";

type Column = ColumnDefinition;

/** A compiled `select` before its order and limit: what it gives for each row, and by what that is ordered. */
type Body = {
  readonly scope: Scope;
  readonly columns: readonly Column[];
  readonly rows: (f: Frame, limit: number) => Sorted[];
  /** For a locking clause. */
  readonly parts:
    | {
        readonly loop: Loop;
        readonly conditions: Code | undefined;
        readonly project: (f: Frame) => Tuple;
        readonly keys: (f: Frame) => Tuple;
      }
    | undefined;
};

export function compileQuery(
  c: Compiler,
  query: Query,
  outer: Scope | undefined,
  options: QueryOptions = {},
): QueryCode {
  if (query.ctes.length > 0) throw new NotModelled("a `with` inside a statement");
  const touched = c.touched;
  const body = compileBody(c, query.body, query.order, outer, options);
  for (const slot of c.touched) touched.add(slot);
  c.touched = touched;
  const limit = query.limit && compile(c, new Scope(undefined), query.limit, "int8");
  const offset = query.offset && compile(c, new Scope(undefined), query.offset, "int8");
  const sort = query.order.length > 0 ? sorter(query.order) : undefined;
  const { columns, scope, rows, parts } = body;
  const { correlated } = scope;
  const most = (f: Frame): number => (limit ? (limit.run(f) ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY);
  const skipped = (f: Frame): number => (offset ? (offset.run(f) ?? 0) : 0);

  if (query.locking) {
    if (!parts) throw new NotModelled("a locking clause here");
    const exec = lockedRows(scope, query.locking, parts, { keys: parts.keys, sort, most });
    return { columns, correlated, run: mustWait, exec };
  }
  const run = (f: Frame): Tuple[] => {
    const n = most(f);
    const from = skipped(f);
    const found = rows(f, sort ? Number.POSITIVE_INFINITY : from + n);
    if (sort) found.sort(sort);
    const tuples = new Array<Tuple>(found.length);
    for (let i = 0; i < found.length; i++) tuples[i] = (found[i] as Sorted).tuple; // as: inside the array
    return from > 0 || tuples.length > n ? tuples.slice(from, from + n) : tuples;
  };
  return { columns, correlated, run, exec: undefined };
}

const mustWait = () => {
  throw new NotModelled("a locking clause where nothing can wait");
};

function compileBody(
  c: Compiler,
  body: QueryBody,
  order: readonly OrderItem[],
  outer: Scope | undefined,
  options: QueryOptions,
): Body {
  switch (body.k) {
    case "select":
      return compileSelect(c, body, order, outer, options);
    case "values":
      return compileValues(c, body.rows, order, outer, options);
    case "union":
      return compileUnion(c, body, order, outer, options);
  }
}

/** Columns can be named in `order by` by their name or number. */
function outputOf(expr: Expr, columns: readonly Column[]): number | undefined {
  if (expr.k === "literal" && typeof expr.value === "number") return expr.value - 1;
  if (expr.k !== "column" || expr.path.length !== 1) return undefined;
  const at = columns.findIndex(({ name }) => name === expr.path[0]);
  return at < 0 ? undefined : at;
}

/** Where rows come from columns only: values and unions. */
function byColumns(order: readonly OrderItem[], columns: readonly Column[]): (tuple: Tuple) => Sorted {
  const at = order.map(({ expr }) => {
    const found = outputOf(expr, columns);
    if (found === undefined) throw new NotModelled("order by an expression over a union");
    return found;
  });
  return (tuple) => ({ tuple, keys: at.map((i) => tuple[i]) });
}

function compileValues(
  c: Compiler,
  rows: readonly (readonly Expr[])[],
  order: readonly OrderItem[],
  outer: Scope | undefined,
  { wants }: QueryOptions,
): Body {
  const scope = new Scope(outer);
  const codes = rows.map((row) => row.map((e, i) => compile(c, scope, e, wants?.[i])));
  const columns = (codes[0] ?? []).map((_, i) => ({
    name: `column${i + 1}`,
    type: commonType(codes.map((row) => row[i]?.type ?? "unknown")),
  }));
  const typed = codes.map((row) => row.map((code, i) => converted(code, columns[i]?.type ?? code.type)));
  const keyed = byColumns(order, columns);
  return {
    scope,
    columns,
    rows: (f) => typed.map((row) => keyed(row.map(({ run }) => run(f)))),
    parts: undefined,
  };
}

function compileUnion(
  c: Compiler,
  { left, right, all, op }: Extract<QueryBody, { k: "union" }>,
  order: readonly OrderItem[],
  outer: Scope | undefined,
  options: QueryOptions,
): Body {
  const scope = new Scope(outer);
  const a = compileQuery(c, left, scope, options);
  const wants = a.columns.map(({ type }) => type);
  const b = compileQuery(c, right, scope, { wants });
  if (a.correlated || b.correlated) scope.correlated = true;
  const columns = a.columns.map(({ name, type }, i) => ({
    name,
    type: commonType([type, b.columns[i]?.type ?? type]),
  }));
  const keyed = byColumns(order, columns);
  const once = (tuples: Tuple[]) => [...new Map(tuples.map((tuple) => [keyOf(tuple), tuple])).values()];
  const rows = (f: Frame): Tuple[] => {
    const [x, y] = [a.run(f), b.run(f)];
    if (op === "union") return all ? [...x, ...y] : once([...x, ...y]);
    if (!all) throw new NotModelled("except without all");
    const gone = new Map<string, number>();
    for (const tuple of y) gone.set(keyOf(tuple), (gone.get(keyOf(tuple)) ?? 0) + 1);
    return x.filter((tuple) => {
      const left = gone.get(keyOf(tuple)) ?? 0;
      gone.set(keyOf(tuple), left - 1);
      return left <= 0;
    });
  };
  return { scope, columns, rows: (f) => rows(f).map(keyed), parts: undefined };
}

function expand(scope: Scope, items: readonly SelectItem[]): SelectItem[] {
  return items.flatMap((item): SelectItem[] => {
    if (item.expr.k !== "star") return [item];
    const { of } = item.expr;
    const entries = of === undefined ? scope.entries : scope.entries.filter(({ alias }) => alias === of);
    if (entries.length === 0) throw new SqlError("42P01", `missing FROM-clause entry for "${of}"`);
    const merged = of === undefined ? [...scope.merged.keys()] : [];
    return [
      ...merged.map((name): SelectItem => ({ expr: { k: "column", path: [name] }, alias: name })),
      ...entries.flatMap(({ alias, columns }) =>
        columns
          .filter(({ name }) => !merged.includes(name))
          .map(({ name }): SelectItem => ({ expr: { k: "column", path: [alias, name] }, alias: name })),
      ),
    ];
  });
}

/** As PostgreSQL names a column that nobody has named. */
function nameOf({ expr, alias }: SelectItem): string {
  if (alias !== undefined) return alias;
  switch (expr.k) {
    case "column":
      return expr.path.at(-1) ?? "?column?";
    case "call":
      return expr.name.split(".").at(-1) ?? expr.name;
    case "cast":
      return nameOf({ expr: expr.expr, alias: undefined });
    case "field":
      return expr.name;
    case "case":
      return "case";
    case "exists":
      return "exists";
    default:
      return "?column?";
  }
}

/** Whether an expression is over groups. Not looked for in subqueries: they are their own. */
function hasAggregate(e: Expr | undefined): boolean {
  if (e === undefined) return false;
  switch (e.k) {
    case "call":
      if (e.over) return false;
      return isAggregate(e.name) || e.args.some(hasAggregate);
    case "binary":
    case "and":
    case "or":
    case "distinct":
    case "any":
    case "all":
      return hasAggregate(e.left) || hasAggregate(e.right);
    case "cast":
    case "negate":
    case "not":
    case "is":
    case "field":
    case "subscript":
    case "inQuery":
      return hasAggregate(e.expr);
    case "in":
      return hasAggregate(e.expr) || e.list.some(hasAggregate);
    case "case":
      return (
        hasAggregate(e.of) ||
        hasAggregate(e.otherwise) ||
        e.whens.some(({ when, result }) => hasAggregate(when) || hasAggregate(result))
      );
    case "array":
    case "row":
      return e.items.some(hasAggregate);
    default:
      return false;
  }
}

/** Tuples out of rows: a list of expressions. */
export function projection(codes: readonly Code[]): (f: Frame) => Tuple {
  const runs = codes.map(({ run }) => run);
  const n = runs.length;
  return (f) => {
    const tuple: Tuple = new Array(n);
    for (let i = 0; i < n; i++) tuple[i] = (runs[i] as Code["run"])(f); // as: inside the array
    return tuple;
  };
}

/** `select generate_series(…)`: a function of rows among the columns is one more source. */
function withSources(core: SelectCore): SelectCore {
  const from = [...core.from];
  const items = core.items.map((item): SelectItem => {
    const { expr } = item;
    if (expr.k !== "call" || (expr.name !== "generate_series" && expr.name !== "unnest")) return item;
    const alias = `${expr.name} ${from.length}`;
    from.push({ k: "function", call: expr, definitions: undefined, ordinality: false, alias, columns: [expr.name] });
    return { expr: { k: "column", path: [alias, expr.name] }, alias: item.alias };
  });
  return { ...core, items, from };
}

function compileSelect(
  c: Compiler,
  written: SelectCore,
  order: readonly OrderItem[],
  outer: Scope | undefined,
  options: QueryOptions,
): Body {
  const core = withSources(written);
  const scope = new Scope(outer);
  const { steps, conditions } = compileFrom(c, scope, core.from);
  const { loop, all } = plan(c, scope, steps, [...conditions, ...conjuncts(core.where)]);
  const slots = steps.flatMap((step) => step.slots);
  const items = expand(scope, core.items);
  const isGrouped =
    core.group.length > 0 ||
    [core.having, ...items.map(({ expr }) => expr), ...order.map(({ expr }) => expr)].some(hasAggregate);
  const groups: Groups | undefined = isGrouped ? group(c, scope, core.group, items, slots) : undefined;
  if (groups) scope.grouping = groups.grouping;

  const isAlone = core.from.length === 0 && !isGrouped;
  const windows = compileWindows(c, scope, items, slots);
  const codes = items.map(({ expr }, i) => {
    const want = options.wants?.[i];
    const code =
      windows.codes.get(expr) ?? (isAlone ? standalone(c, scope, expr) : undefined) ?? compile(c, scope, expr, want);
    return code;
  });
  const columns = items.map((item, i) => ({ name: nameOf(item), type: shownType(codes[i]) }));
  const keys = order.map(({ expr }) => {
    const at = outputOf(expr, columns);
    return (at === undefined ? undefined : codes[at]) ?? compile(c, scope, expr);
  });
  const having = core.having && compile(c, scope, core.having, "bool");
  scope.grouping = undefined;

  const project = projection(codes);
  const keyed = projection(keys);
  const nothing: Tuple = [];
  const made = (f: Frame): Sorted => ({ tuple: project(f), keys: keys.length > 0 ? keyed(f) : nothing });

  const rows = (f: Frame, limit: number): Sorted[] => {
    const found: Sorted[] = [];
    const emit = () => found.push(made(f)) >= limit;
    if (limit <= 0) return found;
    if (groups) groups.each(f, loop, having, emit);
    else if (windows.each) windows.each(f, loop, emit);
    else loop(f, emit);
    return found;
  };
  return {
    scope,
    columns,
    rows: core.distinct ? (f) => distinctRows(rows(f, Number.POSITIVE_INFINITY)) : rows,
    parts: groups || windows.each || core.distinct ? undefined : { loop, conditions: all, project, keys: keyed },
  };
}

const shownType = (code: Code | undefined): SqlType =>
  code === undefined || code.type === "unknown" ? "text" : code.type;

function distinctRows(rows: readonly Sorted[]): Sorted[] {
  const found = new Map<string, Sorted>();
  for (const row of rows) {
    const key = keyOf(row.tuple);
    if (!found.has(key)) found.set(key, row);
  }
  return [...found.values()];
}
