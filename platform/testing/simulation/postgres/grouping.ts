import type { Expr, SelectItem } from "./ast.ts";
import { compile } from "./compile-expression.ts";
import type { Loop } from "./compile-from.ts";
import type { Accumulator, Compiler, Grouping, Scope } from "./compiler.ts";
import type { Code, Frame } from "./frame.ts";
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

  return {
    grouping,
    each(f, loop, having, emit) {
      const groups = new Map<string, Group>();
      if (keys.length === 0) {
        let only: Group | undefined;
        loop(f, () => {
          only ??= begin(f);
          for (const accumulator of only.accumulators) accumulator.add(f);
          return false;
        });
        if (!only) {
          for (const slot of slots) f.rows[slot] = null;
          only = begin(f);
        }
        groups.set("", only);
      } else
        loop(f, () => {
          const key = keyOf(keys.map(({ run }) => run(f)));
          let group = groups.get(key);
          if (!group) {
            group = begin(f);
            groups.set(key, group);
          }
          for (const accumulator of group.accumulators) accumulator.add(f);
          return false;
        });
      for (const { rows, accumulators } of groups.values()) {
        for (const [i, slot] of slots.entries()) f.rows[slot] = rows[i] ?? null;
        for (const [i, { slot }] of grouping.aggregates.entries()) f.aggregates[slot] = accumulators[i]?.result();
        if (having && having.run(f) !== true) continue;
        if (emit()) return;
      }
    },
  };
}
