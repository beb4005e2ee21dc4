import type { Expr, SelectItem } from "./ast.ts";
import { compile } from "./compile-expression.ts";
import type { Accumulator, Compiler, Grouping, Scope } from "./compiler.ts";
import type { Code, Frame } from "./frame.ts";
import type { Loop } from "./table-scan.ts";
import { keyOf, type Tuple } from "./values.ts";

export type Groups = {
  readonly grouping: Grouping;
  /** Calls `emit` for each group with its aggregates in the frame, and a row of it for what it was grouped by. */
  readonly each: (f: Frame, loop: Loop, having: Code | undefined, emit: () => boolean) => void;
};

/** What a `group by` names may be a column of the result. */
function meant(e: Expr, items: readonly SelectItem[], scope: Scope): Expr {
  if (e.k === "literal" && typeof e.value === "number") return items[e.value - 1]?.expr ?? e;
  if (e.k !== "column" || e.path.length !== 1) return e;
  const isInput = scope.entries.some(({ columns }) => columns.some(({ name }) => name === e.path[0]));
  return isInput ? e : (items.find(({ alias }) => alias === e.path[0])?.expr ?? e);
}

export function group(
  c: Compiler,
  scope: Scope,
  by: readonly Expr[],
  items: readonly SelectItem[],
  slots: readonly number[],
): Groups {
  const keys = by.map((e) => compile(c, scope, meant(e, items, scope)));
  const grouping: Grouping = { aggregates: [] };
  type Group = { rows: (Tuple | null)[]; accumulators: Accumulator[] };

  const begin = (f: Frame): Group => ({
    rows: slots.map((slot) => f.rows[slot] ?? null),
    accumulators: grouping.aggregates.map((one) => one.begin()),
  });
  const add = (f: Frame, { accumulators }: Group) => {
    for (const accumulator of accumulators) accumulator.add(f);
  };
  /** @returns whether to stop */
  const end = (f: Frame, { rows, accumulators }: Group, having: Code | undefined, emit: () => boolean): boolean => {
    for (let i = 0; i < slots.length; i++) f.rows[slots[i] as number] = rows[i] ?? null; // as: inside the array
    for (let i = 0; i < accumulators.length; i++)
      f.aggregates[grouping.aggregates[i]?.slot ?? 0] = accumulators[i]?.result();
    return having && having.run(f) !== true ? false : emit();
  };

  /** Without `group by` all rows are one group, even none. */
  const one: Groups["each"] = (f, loop, having, emit) => {
    let only: Group | undefined;
    loop(f, () => {
      only ??= begin(f);
      add(f, only);
      return false;
    });
    if (!only) {
      for (const slot of slots) f.rows[slot] = null;
      only = begin(f);
    }
    end(f, only, having, emit);
  };
  const several: Groups["each"] = (f, loop, having, emit) => {
    const groups = new Map<string, Group>();
    loop(f, () => {
      const key = keyOf(keys.map(({ run }) => run(f)));
      let group = groups.get(key);
      if (!group) {
        group = begin(f);
        groups.set(key, group);
      }
      add(f, group);
      return false;
    });
    for (const group of groups.values()) if (end(f, group, having, emit)) return;
  };
  return { grouping, each: keys.length === 0 ? one : several };
}
