import { aggregate, isAggregate } from "./aggregates.ts";
import type { Call, Expr, Query } from "./ast.ts";
import { Compiler, convertedAll, type QueryCode, type Scope } from "./compiler.ts";
import type { Code, Frame } from "./frame.ts";
import { builtin, commonType, isBuiltin, takenBy } from "./functions.ts";
import { after, type Command, lockAdvisory } from "./locks.ts";
import { alike, and, binary, comparison, constant, converted, isComparison, or } from "./operators.ts";
import {
  elementType,
  isArrayType,
  NotModelled,
  parseText,
  SqlError,
  type SqlType,
  type Tuple,
  type Value,
} from "./values.ts";

/** Its type is for its surroundings to say. */
const isOpen = (e: Expr) => e.k === "parameter" || (e.k === "literal" && e.type === "unknown");

/** @param want its type, if it has none of its own */
export function compile(c: Compiler, scope: Scope, e: Expr, want?: SqlType): Code {
  switch (e.k) {
    case "literal":
      if (e.type === "unknown" && e.value !== null && want !== undefined && want !== "unknown")
        return constant(parseText(want, e.value), want);
      return constant(e.value, e.type === "unknown" ? (want ?? (e.value === null ? "unknown" : "unknown")) : e.type);
    case "parameter":
      return c.parameter(e.n, want);
    case "column":
      return c.column(scope, e.path);
    case "cast":
      if (isOpen(e.expr)) return compile(c, scope, e.expr, e.type);
      if (e.expr.k === "array") return converted(compile(c, scope, e.expr, e.type), e.type);
      return converted(compile(c, scope, e.expr), e.type);
    case "and":
      return and(compile(c, scope, e.left, "bool"), compile(c, scope, e.right, "bool"));
    case "or":
      return or(compile(c, scope, e.left, "bool"), compile(c, scope, e.right, "bool"));
    case "not": {
      const { run } = compile(c, scope, e.expr, "bool");
      return { type: "bool", run: (f) => negated(run(f)) };
    }
    case "is":
      return is(e, compile(c, scope, e.expr));
    case "distinct":
      return distinct(c, scope, e);
    case "negate": {
      const { type, run } = compile(c, scope, e.expr, want ?? "int4");
      return { type, run: (f) => nullOr(run(f), (value) => -value) };
    }
    case "binary":
      return operator(c, scope, e, want);
    case "in":
      return inList(c, scope, e);
    case "inQuery":
      return inQuery(c, scope, e);
    case "any":
    case "all":
      return quantified(c, scope, e);
    case "case":
      return caseOf(c, scope, e, want);
    case "call":
      return call(c, scope, e, want);
    case "exists": {
      const rows = rowsOf(c, scope, e.query);
      return { type: "bool", run: (f) => rows.run(f).length > 0 };
    }
    case "scalar": {
      const rows = rowsOf(c, scope, e.query, want);
      const run = (f: Frame): Value => {
        const found = rows.run(f);
        if (found.length > 1)
          throw new SqlError("21000", "more than one row returned by a subquery used as an expression");
        return found[0]?.[0] ?? null;
      };
      return { type: rows.columns[0]?.type ?? "unknown", run };
    }
    case "arrayQuery": {
      const rows = rowsOf(c, scope, e.query);
      const type = `${rows.columns[0]?.type ?? "unknown"}[]`;
      return { type, run: (f) => rows.run(f).map(([first]) => first) };
    }
    case "array": {
      const element = want === undefined ? undefined : elementType(want);
      const items = alternatives(c, scope, e.items, element);
      const type = items[0]?.type ?? element ?? "text";
      return { type: `${type}[]`, run: (f) => items.map(({ run }) => run(f)) };
    }
    case "row": {
      const fields = want === undefined ? undefined : c.catalog.fieldsOf(want);
      const items = e.items.map((item, i) => compile(c, scope, item, fields?.[i]?.type));
      return { type: "record", run: (f) => items.map(({ run }) => run(f)) };
    }
    case "subscript":
      return subscript(compile(c, scope, e.expr), compile(c, scope, e.index, "int4"));
    case "field":
      return field(c, compile(c, scope, e.expr), e.name);
    case "star":
      throw new NotModelled("* inside an expression");
  }
}

const negated = (value: Value): Value => (value === null ? null : !value);
const nullOr = (value: Value, work: (value: Value) => Value): Value => (value === null ? null : work(value));

function is({ what, not }: Extract<Expr, { k: "is" }>, { type, run }: Code): Code {
  if (what !== "null") {
    const wanted = what === "true";
    return { type: "bool", run: (f) => (run(f) === wanted) !== not };
  }
  // A row is null when all of it is.
  const isNull = (value: Value): boolean =>
    value === null || (type === "record" && Array.isArray(value) && value.every((one) => one === null));
  if (not) return { type: "bool", run: (f) => !isNull(run(f)) };
  return { type: "bool", run: (f) => isNull(run(f)) };
}

/** Two expressions of which one may say what the other is. */
function pair(c: Compiler, scope: Scope, left: Expr, right: Expr): [Code, Code] {
  if (isOpen(left) && !isOpen(right)) {
    const b = compile(c, scope, right);
    return [compile(c, scope, left, b.type), b];
  }
  const a = compile(c, scope, left, isOpen(right) && isOpen(left) ? "text" : undefined);
  return [a, compile(c, scope, right, a.type)];
}

function distinct(c: Compiler, scope: Scope, { left, right, not }: Extract<Expr, { k: "distinct" }>): Code {
  const [a, b] = alike(...pair(c, scope, left, right));
  const same = comparison("=", a, b);
  return {
    type: "bool",
    run: (f) => {
      const x = a.run(f);
      const y = b.run(f);
      const isSame = x === null || y === null ? x === y : same(f);
      return isSame === not;
    },
  };
}

/** What the right side of an operator is when it does not say so itself. */
function rightWant(op: string, left: SqlType): SqlType | undefined {
  if (op === "->" || op === "->>") return undefined;
  if (op === "?" || op === "like" || op === "~") return "text";
  if (op === "@>" || isComparison(op)) return left;
  if (op === "||") return left;
  return left === "timestamptz" ? "interval" : left;
}

function operator(
  c: Compiler,
  scope: Scope,
  { op, left, right }: Extract<Expr, { k: "binary" }>,
  want: SqlType | undefined,
): Code {
  if (left.k === "row" && right.k === "row" && op === "=") return rowsEqual(c, scope, left.items, right.items);
  if (isComparison(op)) return binary(op, ...pair(c, scope, left, right));
  if (op === "->" || op === "->>") {
    const key =
      right.k === "literal" && right.type === "unknown" ? constant(right.value, "text") : compile(c, scope, right);
    return binary(op, compile(c, scope, left, "jsonb"), key);
  }
  if (isOpen(left)) {
    const b = compile(c, scope, right, isOpen(right) ? want : undefined);
    return binary(op, compile(c, scope, left, op === "||" && b.type !== "jsonb" ? "text" : b.type), b);
  }
  const a = compile(c, scope, left);
  return binary(op, a, compile(c, scope, right, isOpen(right) ? rightWant(op, a.type) : undefined));
}

const rowsEqual = (c: Compiler, scope: Scope, left: readonly Expr[], right: readonly Expr[]): Code =>
  left.map((one, i) => binary("=", ...pair(c, scope, one, right[i] ?? one))).reduce((a, b) => and(a, b));

/** Compares a value that is there already: for lists and subqueries. */
function comparing(op: string, left: Code, type: SqlType): (f: Frame, value: Value) => Value {
  let current: Value = null;
  const [a, b] = alike(left, { type, run: () => current });
  const run = comparison(op, a, b);
  return (f, value) => {
    current = value;
    return run(f);
  };
}

/** Whether any is true; null when none is and some are unknown. */
function anyOf(values: readonly Value[], test: (value: Value) => Value): Value {
  let unknown = false;
  for (const value of values) {
    const found = test(value);
    if (found === true) return true;
    if (found === null) unknown = true;
  }
  return unknown ? null : false;
}

function inList(c: Compiler, scope: Scope, { expr, list, not }: Extract<Expr, { k: "in" }>): Code {
  const tests = list.map((one) => binary("=", ...pair(c, scope, expr, one)));
  const run = (f: Frame) => anyOf(tests, (test) => test.run(f));
  return { type: "bool", run: not ? (f) => negated(run(f)) : run };
}

function inQuery(c: Compiler, scope: Scope, { expr, query, not }: Extract<Expr, { k: "inQuery" }>): Code {
  const rows = rowsOf(c, scope, query);
  const parts = expr.k === "row" ? expr.items : [expr];
  const tests = parts.map((part, i) => {
    const type = rows.columns[i]?.type ?? "unknown";
    return comparing("=", compile(c, scope, part, type), type);
  });
  const matches = (f: Frame, tuple: Tuple): Value => {
    let unknown = false;
    for (const [i, test] of tests.entries()) {
      const found = test(f, tuple[i]);
      if (found === false) return false;
      if (found === null) unknown = true;
    }
    return unknown ? null : true;
  };
  const run = (f: Frame) => anyOf(rows.run(f), (tuple) => matches(f, tuple));
  return { type: "bool", run: not ? (f) => negated(run(f)) : run };
}

function quantified(c: Compiler, scope: Scope, e: Extract<Expr, { k: "any" | "all" }>): Code {
  let left = isOpen(e.left) ? undefined : compile(c, scope, e.left);
  const array = compile(c, scope, e.right, left && `${left.type}[]`);
  const element = isArrayType(array.type) ? elementType(array.type) : (left?.type ?? "text");
  left ??= compile(c, scope, e.left, element);
  const test = comparing(e.op, left, element);
  const run = (f: Frame): Value => {
    const values = array.run(f);
    if (values === null) return null;
    if (e.k === "any") return anyOf(values, (value) => test(f, value));
    return negated(anyOf(values, (value) => negated(test(f, value))));
  };
  return { type: "bool", run };
}

/** Expressions that are alternatives to each other, as one type. */
function alternatives(c: Compiler, scope: Scope, items: readonly Expr[], want: SqlType | undefined): Code[] {
  const closed = items.filter((item) => !isOpen(item)).map((item) => compile(c, scope, item).type);
  const type = closed.length > 0 ? commonType(closed) : want;
  const codes = items.map((item) => compile(c, scope, item, type));
  return type === undefined ? codes : codes.map((code) => converted(code, type));
}

function caseOf(c: Compiler, scope: Scope, e: Extract<Expr, { k: "case" }>, want: SqlType | undefined): Code {
  const nothing: Expr = { k: "literal", value: null, type: "unknown" };
  const results = alternatives(c, scope, [...e.whens.map(({ result }) => result), e.otherwise ?? nothing], want);
  const { of } = e;
  const conditions = e.whens.map(({ when }) =>
    of === undefined ? compile(c, scope, when, "bool") : binary("=", ...pair(c, scope, of, when)),
  );
  const type = results.find((one) => one.type !== "unknown")?.type ?? "text";
  return {
    type,
    run: (f) => {
      for (let i = 0; i < conditions.length; i++) if (conditions[i]?.run(f) === true) return results[i]?.run(f);
      return results[conditions.length]?.run(f);
    },
  };
}

function subscript(array: Code, index: Code): Code {
  return {
    type: elementType(array.type),
    run: (f) => {
      const values = array.run(f);
      const at = index.run(f);
      return values === null || at === null ? null : (values[at - 1] ?? null);
    },
  };
}

function field(c: Compiler, { type, run }: Code, name: string): Code {
  const fields = c.catalog.fieldsOf(type);
  const at = fields?.findIndex((one) => one.name === name) ?? -1;
  const found = fields?.[at];
  if (!found) throw new NotModelled(`field ${name} of ${type}`);
  return { type: found.type, run: (f) => run(f)?.[at] ?? null };
}

/** A subquery's rows; worked out once when nothing of the surroundings is in it. */
function rowsOf(c: Compiler, scope: Scope, query: Query, want?: SqlType): Pick<QueryCode, "columns" | "run"> {
  const touched = c.touched;
  c.touched = new Set();
  const code = c.language.query(c, query, scope, want === undefined ? {} : { wants: [want] });
  for (const slot of c.touched) touched.add(slot);
  c.touched = touched;
  const { exec, columns, run } = code;
  if (exec) {
    const once = c.once(exec, "record");
    return { columns, run: once.run };
  }
  if (code.correlated) return code;
  const at = c.newOnce();
  return {
    columns,
    run: (f) => {
      f.once[at] ??= run(f);
      return f.once[at];
    },
  };
}

function call(c: Compiler, scope: Scope, e: Call, want: SqlType | undefined): Code {
  if (e.over) throw new NotModelled(`${e.name}() over (…) inside an expression`);
  if (isAggregate(e.name)) return grouped(c, scope, e);
  if (e.name === "coalesce") {
    const codes = alternatives(c, scope, e.args, want);
    return {
      type: commonType(codes.map(({ type }) => type)),
      run: (f) => {
        for (const { run } of codes) {
          const value = run(f);
          if (value !== null) return value;
        }
        return null;
      },
    };
  }
  if (e.name === "greatest" || e.name === "least" || e.name === "nullif")
    return builtin(e.name, alternatives(c, scope, e.args, want));
  if (isBuiltin(e.name)) {
    const takes = takenBy(e.name);
    return builtin(
      e.name,
      e.args.map((arg, i) => compile(c, scope, arg, takes[i] ?? (isOpen(arg) ? "text" : undefined))),
    );
  }
  if (isAdvisory(e.name)) throw new NotModelled(`${e.name} inside an expression`);
  const { run, type } = routineCall(c, scope, e);
  return { type, run: (f) => Compiler.drained(run(f)) };
}

const isAdvisory = (name: string) => name === "pg_advisory_xact_lock";

/** A call of a routine of the database's own, as one value. */
function routineCall(c: Compiler, scope: Scope, e: Call) {
  const routine = c.language.routine(c.catalog, e.name);
  const args = convertedAll(
    e.args.map((arg, i) => compile(c, scope, arg, routine.takes[i])),
    routine.takes,
  );
  const [only] = routine.columns;
  const isValue = routine.columns.length === 1;
  const answer = ([tuple]: Tuple[]): Value => (isValue ? (tuple?.[0] ?? null) : (tuple ?? null));
  const run = (f: Frame): Command<Value> =>
    after(
      routine.call(
        f,
        args.map((arg) => arg.run(f)),
      ),
      answer,
    );
  return { type: isValue ? (only?.type ?? "void") : "record", run };
}

/** What stands alone in a query without rows is worked out at the beginning: so it may wait. */
export function standalone(c: Compiler, scope: Scope, e: Expr): Code | undefined {
  if (e.k === "cast") {
    const inner = standalone(c, scope, e.expr);
    return inner && converted(inner, e.type);
  }
  if (e.k !== "call" || isBuiltin(e.name) || isAggregate(e.name) || e.name === "coalesce") return undefined;
  if (isAdvisory(e.name)) {
    const keys = e.args.map((arg) => compile(c, scope, arg, "int8"));
    return c.once(function* (f) {
      yield* lockAdvisory(f.db, keys.map(({ run }) => String(run(f))).join(":"), f.snap.txn);
      return "";
    }, "void");
  }
  const { run, type } = routineCall(c, scope, e);
  return c.once(run, type);
}

function grouped(c: Compiler, scope: Scope, e: Call): Code {
  const { grouping } = scope;
  if (!grouping) throw new SqlError("42803", `aggregate ${e.name} is not allowed here`);
  scope.grouping = undefined; // aggregates do not nest
  const args = e.args.map((arg) => compile(c, scope, arg, isOpen(arg) ? "text" : undefined));
  const filter = e.filter && compile(c, scope, e.filter, "bool");
  const order = e.order.map(({ expr }) => compile(c, scope, expr));
  scope.grouping = grouping;
  const made = aggregate(e, args, filter, order, c.newAggregate());
  grouping.aggregates.push(made.aggregate);
  return made.code;
}
