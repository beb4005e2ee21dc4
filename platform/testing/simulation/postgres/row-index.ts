import type { Row } from "./heap.ts";
import { keyOf, type Tuple, type Value } from "./values.ts";

const textOf = (value: Value): string =>
  typeof value === "object" ? keyOf([value]) : typeof value === "string" ? value : String(value);

/** What rows are kept under for these columns' values; undefined when one is null, which equals nothing. */
export function indexKey(values: readonly Value[]): Value | undefined {
  let key: Value | undefined;
  for (const value of values) {
    if (value === null) return undefined;
    if (key === undefined) key = values.length === 1 && typeof value !== "object" ? value : textOf(value);
    else key = `${key}\u0000${textOf(value)}`;
  }
  return key;
}

/**
 * A table's rows by the values of some columns. It finds every row of which some version has these values, and perhaps others: a version that is taken
 * back or forgotten leaves its mark. Whoever asks has to look at what a row is to him.
 */
export class RowIndex {
  readonly columns: readonly number[];
  readonly #rows = new Map<Value, Row[]>();

  constructor(columns: readonly number[], rows: readonly Row[]) {
    this.columns = columns;
    for (const row of rows) this.addAll(row);
  }

  add(row: Row, tuple: Tuple): void {
    const key = this.#keyOf(tuple);
    if (key === undefined) return;
    const known = this.#rows.get(key);
    if (known === undefined) this.#rows.set(key, [row]);
    else if (!known.includes(row)) known.push(row);
  }

  /** Under every version that it has. */
  addAll(row: Row): void {
    for (let version: Row["newest"] | undefined = row.newest; version; version = version.older)
      this.add(row, version.tuple);
  }

  remove(row: Row): void {
    for (let version: Row["newest"] | undefined = row.newest; version; version = version.older) {
      const rows = this.#rows.get(this.#keyOf(version.tuple)) ?? none;
      const at = rows.indexOf(row);
      if (at >= 0) rows.splice(at, 1);
    }
  }

  find(key: Value): readonly Row[] {
    return this.#rows.get(key) ?? none;
  }

  #keyOf(tuple: Tuple): Value | undefined {
    const [first = 0] = this.columns;
    return indexKey(this.columns.length === 1 ? [tuple[first]] : this.columns.map((at) => tuple[at]));
  }
}

const none: Row[] = [];
