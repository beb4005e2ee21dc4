import { aggregate, isAggregate } from "./aggregates.ts";
import type { Call, Expr, SelectItem } from "./ast.ts";
import { compile } from "./compile-expression.ts";
import type { Compiler, Scope } from "./compiler.ts";
import type { Code, Frame } from "./frame.ts";
import { sorter } from "./sorting.ts";
import type { Loop } from "./table-scan.ts";
import { keyOf, NotModelled, type Tuple, type Value } from "./values.ts";

type Page = { readonly rows: (Tuple | null)[]; readonly windows: Value[] };
type Window = {
  readonly slot: number;
  readonly partition: readonly Code[];
  readonly order: readonly Code[];
  readonly sort: ReturnType<typeof sorter> | undefined;
  /** The value for each row of a partition in its order; `peers` says where rows that are equal in the order end. */
  readonly values: (count: number, at: (i: number) => void, peerEnd: (i: number) => number, f: Frame) => Value[];
};

export type Windows = {
  readonly codes: ReadonlyMap<Expr, Code>;
  /** undefined when there are none. */
  readonly each: ((f: Frame, loop: Loop, emit: () => boolean) => void) | undefined;
};

/** Window functions that stand as columns of a query: `row_number`, `rank`, `lag`, and aggregates up to the current row. */
export function compileWindows(
  c: Compiler,
  scope: Scope,
  items: readonly SelectItem[],
  slots: readonly number[],
): Windows {
  const codes = new Map<Expr, Code>();
  const windows: Window[] = [];
  for (const { expr } of items) {
    if (expr.k !== "call" || !expr.over) continue;
    const { window, code } = compileWindow(c, scope, expr, expr.over);
    windows.push(window);
    codes.set(expr, code);
  }
  if (windows.length === 0) return { codes, each: undefined };
  const put = (f: Frame, { rows }: Page) => {
    for (const [i, slot] of slots.entries()) f.rows[slot] = rows[i] ?? null;
  };
  return {
    codes,
    each(f, loop, emit) {
      const pages: Page[] = [];
      loop(f, () => {
        pages.push({ rows: slots.map((slot) => f.rows[slot] ?? null), windows: [] });
        return false;
      });
      for (const window of windows) work(f, window, pages, put);
      for (const page of pages) {
        put(f, page);
        for (const { slot } of windows) f.windows[slot] = page.windows[slot];
        if (emit()) return;
      }
    },
  };
}

function work(f: Frame, window: Window, pages: readonly Page[], put: (f: Frame, page: Page) => void): void {
  const { slot, partition, order, sort, values } = window;
  const keyed = pages.map((page) => {
    put(f, page);
    return { page, key: keyOf(partition.map(({ run }) => run(f))), keys: order.map(({ run }) => run(f)) };
  });
  for (const rows of Map.groupBy(keyed, ({ key }) => key).values()) {
    if (sort) rows.sort(sort);
    const peerEnd = (i: number) => {
      let end = i;
      const from = rows[i];
      while (from && end + 1 < rows.length && (!sort || sort(from, rows[end + 1] ?? from) === 0)) end++;
      return end;
    };
    const found = values(
      rows.length,
      (i) => {
        const row = rows[i];
        if (row) put(f, row.page);
      },
      peerEnd,
      f,
    );
    for (const [i, row] of rows.entries()) row.page.windows[slot] = found[i];
  }
}

function compileWindow(c: Compiler, scope: Scope, call: Call, over: NonNullable<Call["over"]>) {
  const slot = c.newWindow();
  const partition = over.partition.map((e) => compile(c, scope, e));
  const order = over.order.map(({ expr }) => compile(c, scope, expr));
  const sort = order.length > 0 ? sorter(over.order) : undefined;
  const { type, values } = windowFunction(c, scope, call);
  const window: Window = { slot, partition, order, sort, values };
  return { window, code: { type, run: (f: Frame) => f.windows[slot] } };
}

function windowFunction(c: Compiler, scope: Scope, call: Call): { type: string; values: Window["values"] } {
  const numbered = (value: (i: number, peerEnd: (i: number) => number) => number) => ({
    type: "int8",
    values: ((count, _, peerEnd) => Array.from({ length: count }, (_, i) => value(i, peerEnd))) as Window["values"],
  });
  switch (call.name) {
    case "row_number":
      return numbered((i) => i + 1);
    case "rank":
      return numbered((i, peerEnd) => {
        let first = i;
        while (first > 0 && peerEnd(first - 1) >= i) first--;
        return first + 1;
      });
    case "lag":
    case "lead": {
      const [value] = call.args.map((arg) => compile(c, scope, arg));
      const step = call.name === "lag" ? -1 : 1;
      return {
        type: value?.type ?? "unknown",
        values: (count, at, _, f) =>
          Array.from({ length: count }, (_, i) => {
            if (i + step < 0 || i + step >= count) return null;
            at(i + step);
            return value?.run(f);
          }),
      };
    }
  }
  if (!isAggregate(call.name)) throw new NotModelled(`window function ${call.name}`);
  const args = call.args.map((arg) => compile(c, scope, arg));
  const { code, aggregate: made } = aggregate(
    call,
    args,
    call.filter && compile(c, scope, call.filter, "bool"),
    [],
    c.newAggregate(),
  );
  return {
    type: code.type,
    values: (count, at, peerEnd, f) =>
      Array.from({ length: count }, (_, i) => {
        const accumulator = made.begin();
        for (let j = 0; j <= peerEnd(i); j++) {
          at(j);
          accumulator.add(f);
        }
        return accumulator.result();
      }),
  };
}
