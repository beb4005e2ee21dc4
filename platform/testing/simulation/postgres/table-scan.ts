import type { Table } from "./catalog.ts";
import type { Code, Frame } from "./frame.ts";
import { type Heap, type Row, seen } from "./heap.ts";
import type { Value } from "./values.ts";

/**
 * Walks over rows: puts each into the frame and calls `next`, which says whether to stop.
 * @returns whether it was stopped
 */
export type Loop = (f: Frame, next: () => boolean) => boolean;

/** Columns of a source's rows, and the values that a row must have in them to be of any use. */
export type Probe = { readonly columns: readonly number[]; readonly values: (f: Frame) => Value[] };

/** One source of rows, or several that an outer join ties together. */
export type Step = {
  readonly slots: readonly number[];
  /** Rows for which `filter` is true. @param probe what `filter` asks of them in any case, to look fewer over */
  readonly loop: (filter: Code | undefined, probe?: Probe) => Loop;
};

export const heapOf = (f: Frame, { id }: Table): Heap => f.db.heaps[id] as Heap; // as: every table of the catalog has its heap

/** The rows of a table that a command sees. */
export const tableStep = (slot: number, table: Table): Step => ({
  slots: [slot],
  loop: (filter, probe) => {
    const run = filter?.run;
    return (f, next) => {
      const heap = heapOf(f, table);
      const rows = probe === undefined ? heap.rows : heap.find(probe.columns, probe.values(f));
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] as Row; // as: inside the array
        const tuple = seen(row, f.snap);
        if (tuple === undefined) continue;
        f.rows[slot] = tuple;
        f.refs[slot] = row;
        if (run !== undefined && run(f) !== true) continue;
        if (next()) return true;
      }
      return false;
    };
  },
});
