import type { Database } from "./database.ts";
import type { Row, Snapshot } from "./heap.ts";
import type { Tuple, Value } from "./values.ts";

/** A session as commands see it. */
export type SessionState = { readonly settings: Map<string, string> };

/** How many of each kind of place a statement has. */
export type Size = {
  readonly slots: number;
  readonly results: number;
  readonly once: number;
  readonly aggregates: number;
  readonly windows: number;
};

/** Never written to: whoever has no such places shares it. */
const none: never[] = [];

function nulls<T>(count: number): (T | null)[] {
  const made: (T | null)[] = [];
  for (let i = 0; i < count; i++) made.push(null);
  return made;
}

/**
 * What a statement works on while it runs. Everything has its number from the compilation: each row source of the statement, in
 * subqueries too, a slot of its own, so that a subquery finds the outer row where it is.
 */
export class Frame {
  readonly db: Database;
  readonly session: SessionState;
  snap: Snapshot;
  /** The current row of each source; null where an outer join found none. */
  readonly rows: (Tuple | null)[];
  /** The same rows in their tables. */
  readonly refs: (Row | null)[];
  readonly params: Value[];
  readonly results: Tuple[][];
  /** What was worked out once, before everything else. */
  readonly once: Value[];
  readonly aggregates: Value[];
  readonly windows: Value[];
  /** The variables of the routine that the statement is in. */
  vars: Value[];

  constructor(db: Database, session: SessionState, snap: Snapshot, size: Size, params: Value[], vars: Value[]) {
    this.db = db;
    this.session = session;
    this.snap = snap;
    this.rows = nulls(size.slots);
    this.refs = nulls(size.slots);
    this.results = size.results === 0 ? none : [];
    this.once = size.once === 0 ? none : [];
    this.aggregates = size.aggregates === 0 ? none : [];
    this.windows = size.windows === 0 ? none : [];
    this.params = params;
    this.vars = vars;
  }
}

/** A compiled expression. */
export type Code = {
  readonly type: string;
  readonly run: (f: Frame) => Value;
  /** Where its value stands: in a column of a source, or `anywhere` when no row is needed for it. Unknown for everything else. */
  readonly at?: Place;
  /** It is whether these two are the same. */
  readonly equals?: readonly [Code, Code];
};

type Place = { readonly slot: number; readonly column: number };
export const anywhere: Place = { slot: -1, column: -1 };
