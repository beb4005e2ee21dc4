import type { ColumnDefinition, Expr, FromItem } from "./ast.ts";
import { compile } from "./compile-expression.ts";
import { Compiler, convertedAll, type Entry, type Scope } from "./compiler.ts";
import type { Code, Frame } from "./frame.ts";
import { jsonArray } from "./functions.ts";
import { plan } from "./join-plan.ts";
import { and } from "./operators.ts";
import { type Loop, type Step, tableStep } from "./table-scan.ts";
import {
  elementType,
  isArrayType,
  jsonNull,
  NotModelled,
  parameter,
  SqlError,
  type Tuple,
  type Value,
} from "./values.ts";

export type From = { readonly steps: readonly Step[]; readonly conditions: readonly Expr[] };

/** Compiles what stands after `from`, from left to right, and lets names in `scope` find it. */
export function compileFrom(c: Compiler, scope: Scope, items: readonly FromItem[]): From {
  const steps: Step[] = [];
  const conditions: Expr[] = [];
  for (const item of items) flatten(c, scope, item, steps, conditions);
  return { steps, conditions };
}

/** Inner joins are a list of sources with conditions, so that each condition is checked as soon as it can be. */
function flatten(c: Compiler, scope: Scope, item: FromItem, steps: Step[], conditions: Expr[]): void {
  if (item.k !== "join") {
    steps.push(source(c, scope, item));
    return;
  }
  if (item.type === "left" || item.type === "full") {
    steps.push(outerJoin(c, scope, item));
    return;
  }
  flatten(c, scope, item.left, steps, conditions);
  const before = [...scope.entries];
  flatten(c, scope, item.right, steps, conditions);
  if (item.on) conditions.push(item.on);
  if (item.using) conditions.push(...using(scope, item.using, before, "left"));
}

/** What joins by equal columns; the two columns become one. */
function using(scope: Scope, names: readonly string[], left: readonly Entry[], wins: "left" | "either"): Expr[] {
  const right = scope.entries.slice(left.length);
  return names.map((name) => {
    const a = owner(left, name);
    const b = owner(right, name);
    const of = (entry: Entry): Expr => ({ k: "column", path: [entry.alias, name] });
    const code = (entry: Entry): Code => {
      const at = entry.columns.findIndex((column) => column.name === name);
      const { slot } = entry;
      return { type: entry.columns[at]?.type ?? "unknown", run: (f) => f.rows[slot]?.[at] ?? null };
    };
    const [x, y] = [code(a), code(b)];
    const merged = scope.merged.get(name) ?? x;
    scope.merged.set(name, wins === "left" ? merged : { type: x.type, run: (f) => merged.run(f) ?? y.run(f) });
    return { k: "binary", op: "=", left: of(a), right: of(b) };
  });
}

function owner(entries: readonly Entry[], name: string): Entry {
  const found = entries.find(({ columns }) => columns.some((column) => column.name === name));
  if (!found) throw new SqlError("42703", `column "${name}" specified in USING clause does not exist`);
  return found;
}

type Join = Extract<FromItem, { k: "join" }>;

function outerJoin(c: Compiler, scope: Scope, { type, left, right, on, using: names }: Join): Step {
  const leftSteps: Step[] = [];
  const leftConditions: Expr[] = [];
  flatten(c, scope, left, leftSteps, leftConditions);
  const before = [...scope.entries];
  const rightSteps: Step[] = [];
  const rightConditions: Expr[] = [];
  flatten(c, scope, right, rightSteps, rightConditions);
  const joining = [
    ...(on ? [on] : []),
    ...(names ? using(scope, names, before, type === "full" ? "either" : "left") : []),
  ];
  const leftLoop = plan(c, scope, leftSteps, leftConditions).loop;
  const leftSlots = leftSteps.flatMap((step) => step.slots);
  const rightSlots = rightSteps.flatMap((step) => step.slots);
  const joined =
    type === "full"
      ? fullJoin(
          leftLoop,
          plan(c, scope, rightSteps, rightConditions).loop,
          all(c, scope, joining),
          leftSlots,
          rightSlots,
        )
      : leftJoin(leftLoop, plan(c, scope, rightSteps, [...rightConditions, ...joining]).loop, rightSlots);
  return { slots: [...leftSlots, ...rightSlots], loop: (filter) => filtered(joined, filter) };
}

const all = (c: Compiler, scope: Scope, list: readonly Expr[]) =>
  list.map((e) => compile(c, scope, e, "bool")).reduce<Code | undefined>((a, b) => (a ? and(a, b) : b), undefined);

const leftJoin =
  (left: Loop, right: Loop, rightSlots: readonly number[]): Loop =>
  (f, next) =>
    left(f, () => {
      let any = false;
      const stopped = right(f, () => {
        any = true;
        return next();
      });
      if (stopped || any) return stopped;
      clear(f, rightSlots);
      return next();
    });

function fullJoin(
  left: Loop,
  right: Loop,
  condition: Code | undefined,
  leftSlots: readonly number[],
  rightSlots: readonly number[],
): Loop {
  const put = (f: Frame, rows: readonly (Tuple | null)[]) => {
    for (const [i, slot] of rightSlots.entries()) f.rows[slot] = rows[i] ?? null;
  };
  return (f, next) => {
    const pages: { rows: (Tuple | null)[]; matched: boolean }[] = [];
    right(f, () => {
      pages.push({ rows: rightSlots.map((slot) => f.rows[slot] ?? null), matched: false });
      return false;
    });
    const stopped = left(f, () => {
      let any = false;
      for (const page of pages) {
        put(f, page.rows);
        if (condition && condition.run(f) !== true) continue;
        any = page.matched = true;
        if (next()) return true;
      }
      if (any) return false;
      clear(f, rightSlots);
      return next();
    });
    if (stopped) return true;
    clear(f, leftSlots);
    for (const { rows, matched } of pages) {
      if (matched) continue;
      put(f, rows);
      if (next()) return true;
    }
    return false;
  };
}

function clear(f: Frame, slots: readonly number[]): void {
  for (const slot of slots) {
    f.rows[slot] = null;
    f.refs[slot] = null;
  }
}

const filtered = (loop: Loop, filter: Code | undefined): Loop => {
  if (!filter) return loop;
  const { run } = filter;
  return (f, next) => loop(f, () => (run(f) === true ? next() : false));
};

function source(c: Compiler, scope: Scope, item: Exclude<FromItem, Join>): Step {
  switch (item.k) {
    case "table":
      return table(c, scope, item.name, item.alias);
    case "query": {
      const code = c.language.query(c, item.query, scope);
      const columns = renamed(code.columns, item.columns);
      const { exec } = code;
      if (exec) {
        const rows = c.once(exec, "record");
        return rowsSource(c, scope, item.alias, columns, rows.run);
      }
      if (code.correlated) return rowsSource(c, scope, item.alias, columns, code.run);
      const at = c.newOnce();
      return rowsSource(c, scope, item.alias, columns, (f) => {
        f.once[at] ??= code.run(f);
        return f.once[at];
      });
    }
    case "function":
      return tableFunction(c, scope, item);
  }
}

const renamed = (columns: readonly ColumnDefinition[], names: readonly string[]): ColumnDefinition[] =>
  columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));

function table(c: Compiler, scope: Scope, name: string, alias: string): Step {
  const cte = scope.cte(name);
  if (cte) return rowsSource(c, scope, alias, cte.columns, (f) => f.results[cte.result] ?? []);
  const transition = c.transitions.get(name);
  if (transition) return rowsSource(c, scope, alias, transition.columns, (f) => f.results[0] ?? []);
  const view = c.catalog.views.get(name);
  if (view) {
    const code = c.language.query(c, view, undefined);
    return rowsSource(c, scope, alias, code.columns, code.run);
  }
  const sequence = c.catalog.sequences.get(name);
  if (sequence) {
    const columns = [
      { name: "last_value", type: "int8" },
      { name: "is_called", type: "bool" },
    ];
    return rowsSource(c, scope, alias, columns, (f) => {
      const state = f.db.sequences[sequence.id];
      return [[state?.last ?? 1, state?.called ?? false]];
    });
  }
  const found = c.catalog.table(name);
  const slot = c.newSlot();
  scope.entries.push({ alias, slot, columns: found.columns, table: found });
  return tableStep(slot, found);
}

function rowsSource(
  c: Compiler,
  scope: Scope,
  alias: string,
  columns: readonly ColumnDefinition[],
  rows: (f: Frame) => Tuple[],
): Step {
  const slot = c.newSlot();
  scope.entries.push({ alias, slot, columns, table: undefined });
  return {
    slots: [slot],
    loop: (filter) => {
      const run = filter?.run;
      return (f, next) => {
        for (const tuple of rows(f)) {
          f.rows[slot] = tuple;
          if (run !== undefined && run(f) !== true) continue;
          if (next()) return true;
        }
        return false;
      };
    },
  };
}

type FunctionItem = Extract<FromItem, { k: "function" }>;

function tableFunction(c: Compiler, scope: Scope, item: FunctionItem): Step {
  const made = rowsFunction(c, scope, item);
  // A single column without a name of its own is called like the function's alias.
  const single = made.columns.length === 1 && made.unnamed;
  let columns: readonly ColumnDefinition[] = single
    ? made.columns.map((column) => ({ ...column, name: item.alias }))
    : made.columns;
  let { rows } = made;
  if (item.ordinality) {
    const plain = rows;
    columns = [...columns, { name: "ordinality", type: "int8" }];
    rows = (f) => plain(f).map((tuple, i) => [...tuple, i + 1]);
  }
  return rowsSource(c, scope, item.alias, renamed(columns, item.columns), rows);
}

type RowsFunction = {
  readonly columns: readonly ColumnDefinition[];
  readonly unnamed: boolean;
  readonly rows: (f: Frame) => Tuple[];
};

function rowsFunction(c: Compiler, scope: Scope, { call, definitions }: FunctionItem): RowsFunction {
  switch (call.name) {
    case "unnest":
      return unnest(
        c,
        call.args.map((arg) => compile(c, scope, arg)),
      );
    case "generate_series": {
      const [from, to, step] = call.args.map((arg) => compile(c, scope, arg, "int4"));
      return named("generate_series", from?.type ?? "int4", (f) => series(from?.run(f), to?.run(f), step?.run(f) ?? 1));
    }
    case "json_array_elements":
    case "jsonb_array_elements":
    case "json_array_elements_text":
    case "jsonb_array_elements_text": {
      const [array] = call.args.map((arg) => compile(c, scope, arg, "jsonb"));
      const isText = call.name.endsWith("_text");
      const item = (value: Value) => (isText ? textItem(value) : (value ?? jsonNull));
      const type = isText ? "text" : call.name.startsWith("jsonb") ? "jsonb" : "json";
      const made = named("value", type, (f) => elements(array?.run(f) ?? null).map((value) => [item(value)]));
      return { ...made, unnamed: false };
    }
    case "json_to_recordset":
    case "jsonb_to_recordset": {
      const [array] = call.args.map((arg) => compile(c, scope, arg, "jsonb"));
      const columns = definitions ?? [];
      return {
        columns,
        unnamed: false,
        rows: (f) => elements(array?.run(f) ?? null).map((one) => record(one, columns)),
      };
    }
  }
  const routine = c.language.routine(c.catalog, call.name);
  const outside = c.touched;
  c.touched = new Set();
  const args = convertedAll(
    call.args.map((arg, i) => compile(c, scope, arg, routine.takes[i])),
    routine.takes,
  );
  const isLateral = scope.entries.some(({ slot }) => c.touched.has(slot));
  for (const slot of c.touched) outside.add(slot);
  c.touched = outside;
  const invoke = (f: Frame) =>
    routine.call(
      f,
      args.map(({ run }) => run(f)),
    );
  const rows = isLateral ? (f: Frame) => Compiler.drained(invoke(f)) : c.once(invoke, "record").run;
  return { columns: routine.columns, unnamed: routine.columns.length === 1, rows };
}

const named = (name: string, type: string, rows: (f: Frame) => Tuple[]): RowsFunction => ({
  columns: [{ name, type }],
  unnamed: true,
  rows,
});

function series(from: number, to: number, step: number): Tuple[] {
  const rows: Tuple[] = [];
  for (let n = from; step > 0 ? n <= to : n >= to; n += step) rows.push([n]);
  return rows;
}

const elements = (array: Value): Value[] => (array === null ? [] : jsonArray(array));
const textItem = (value: Value): Value =>
  value === null ? null : typeof value === "string" ? value : JSON.stringify(value);

/** A JSON object as a row. */
const record = (value: Value, columns: readonly ColumnDefinition[]): Tuple =>
  columns.map(({ name, type }) => {
    const member = value === null ? undefined : value[name];
    if (member === undefined || member === null) return null;
    if (type === "json" || type === "jsonb") return member;
    return parameter(type === "text" && typeof member === "object" ? JSON.stringify(member) : member, type);
  });

function unnest(c: Compiler, arrays: readonly Code[]): RowsFunction {
  const [only] = arrays;
  const fields = only && arrays.length === 1 ? c.catalog.fieldsOf(elementType(only.type)) : undefined;
  if (only && fields) return { columns: fields, unnamed: false, rows: (f) => only.run(f) ?? [] };
  for (const { type } of arrays) if (!isArrayType(type)) throw new NotModelled(`unnest(${type})`);
  return {
    // Of several only the names tell them apart in `*`; PostgreSQL calls them all the same.
    columns: arrays.map(({ type }, i) => ({ name: i === 0 ? "unnest" : `unnest ${i + 1}`, type: elementType(type) })),
    unnamed: true,
    rows: (f) => {
      const values = arrays.map(({ run }) => run(f) ?? []);
      const length = Math.max(...values.map((one) => one.length));
      const rows = new Array<Tuple>(length);
      for (let i = 0; i < length; i++) rows[i] = values.map((one) => one[i] ?? null);
      return rows;
    },
  };
}
