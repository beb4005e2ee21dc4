import type { Call } from "./ast.ts";
import type { Accumulator, AggregateCode } from "./compiler.ts";
import type { Code, Frame } from "./frame.ts";
import { toJson } from "./functions.ts";
import { type Sorted, sorter } from "./sorting.ts";
import { compare, keyOf, NotModelled, type SqlType, type Value } from "./values.ts";

/** Folds the values of a group; nulls are left out unless `nulls`. */
type Fold = {
  readonly type: (argument: SqlType) => SqlType;
  readonly nulls?: true;
  readonly fold: (values: readonly Value[], types: readonly SqlType[], more: readonly Value[][]) => Value;
};

const sumType = (type: SqlType) =>
  type === "int8" || type === "numeric" ? "numeric" : type.startsWith("int") ? "int8" : type;
const orNull = (values: readonly Value[], work: () => Value): Value => (values.length === 0 ? null : work());

const folds: Readonly<Record<string, Fold>> = {
  count: { type: () => "int8", fold: (values) => values.length },
  sum: { type: sumType, fold: (values) => orNull(values, () => values.reduce((a, b) => a + b)) },
  avg: {
    type: () => "numeric",
    fold: (values) => orNull(values, () => values.reduce((a, b) => a + b) / values.length),
  },
  min: { type: (t) => t, fold: (values) => orNull(values, () => values.reduce((a, b) => (compare(b, a) < 0 ? b : a))) },
  max: { type: (t) => t, fold: (values) => orNull(values, () => values.reduce((a, b) => (compare(b, a) > 0 ? b : a))) },
  bool_or: { type: () => "bool", fold: (values) => orNull(values, () => values.some(Boolean)) },
  bool_and: { type: () => "bool", fold: (values) => orNull(values, () => values.every(Boolean)) },
  array_agg: { type: (t) => `${t}[]`, nulls: true, fold: (values) => orNull(values, () => [...values]) },
  jsonb_agg: {
    type: () => "jsonb",
    nulls: true,
    fold: (values, [t = "text"]) => orNull(values, () => values.map((v) => toJson(t, v))),
  },
  json_agg: {
    type: () => "json",
    nulls: true,
    fold: (values, [t = "text"]) => orNull(values, () => values.map((v) => toJson(t, v))),
  },
  string_agg: { type: () => "text", fold: (values, _, [more]) => orNull(values, () => values.join(more?.[0] ?? "")) },
  jsonb_object_agg: {
    type: () => "jsonb",
    fold: (values, [, t = "text"], [more]) =>
      orNull(values, () => Object.fromEntries(values.map((name, i) => [name, toJson(t, more?.[i])]))),
  },
};

export const isAggregate = (name: string) => Object.hasOwn(folds, name);

/** @param order codes of the call's own `order by`, as `call.order` */
export function aggregate(
  call: Call,
  args: readonly Code[],
  filter: Code | undefined,
  order: readonly Code[],
  slot: number,
): { code: Code; aggregate: AggregateCode } {
  const found = folds[call.name];
  if (!found) throw new NotModelled(`aggregate ${call.name}`);
  const { fold, nulls } = found;
  const types = args.map(({ type }) => type);
  const [first, ...others] = args;
  const sort = order.length > 0 ? sorter(call.order) : undefined;

  const counted = (): Accumulator => {
    let n = 0;
    return {
      add(f: Frame) {
        if (filter && filter.run(f) !== true) return;
        if (call.star || !first || first.run(f) !== null) n++;
      },
      result: () => n,
    };
  };
  const collected = (): Accumulator => {
    let rows: Sorted[] = [];
    const seen = new Set<string>();
    return {
      add(f: Frame) {
        if (filter && filter.run(f) !== true) return;
        const value = call.star || !first ? 1 : first.run(f);
        if (value === null && !nulls) return;
        if (call.distinct) {
          const key = keyOf([value]);
          if (seen.has(key)) return;
          seen.add(key);
        }
        rows.push({ tuple: [value, ...others.map(({ run }) => run(f))], keys: order.map(({ run }) => run(f)) });
      },
      result() {
        if (sort) rows = rows.toSorted(sort);
        return fold(
          rows.map(({ tuple }) => tuple[0]),
          types,
          others.map((_, i) => rows.map(({ tuple }) => tuple[i + 1])),
        );
      },
    };
  };
  return {
    code: { type: found.type(types[0] ?? "int4"), run: (f) => f.aggregates[slot] },
    aggregate: { slot, begin: call.name === "count" && !call.distinct ? counted : collected },
  };
}
