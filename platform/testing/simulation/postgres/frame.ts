import type { Database } from "./database.ts";
import type { Row, Snapshot } from "./heap.ts";
import type { Tuple, Value } from "./values.ts";

/** A session as commands see it. */
export type SessionState = { readonly settings: Map<string, string> };

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
  readonly results: Tuple[][] = [];
  /** What was worked out once, before everything else. */
  readonly once: Value[] = [];
  readonly aggregates: Value[] = [];
  readonly windows: Value[] = [];
  /** The variables of the routine that the statement is in. */
  vars: Value[];

  constructor(db: Database, session: SessionState, snap: Snapshot, slots: number, params: Value[], vars: Value[]) {
    this.db = db;
    this.session = session;
    this.snap = snap;
    this.rows = new Array(slots).fill(null);
    this.refs = new Array(slots).fill(null);
    this.params = params;
    this.vars = vars;
  }
}

/** A compiled expression. */
export type Code = { readonly type: string; readonly run: (f: Frame) => Value };
