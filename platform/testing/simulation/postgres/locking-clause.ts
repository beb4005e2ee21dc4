import type { Locking } from "./ast.ts";
import type { Scope } from "./compiler.ts";
import type { Code, Frame } from "./frame.ts";
import { isGone, type Row, settled, type Txn } from "./heap.ts";
import { type Command, finished, tryLock } from "./locks.ts";
import type { Loop } from "./table-scan.ts";
import { SqlError, type Tuple, type Value } from "./values.ts";

type Parts = { readonly loop: Loop; readonly conditions: Code | undefined; readonly project: (f: Frame) => Tuple };

/** A row of a query before its locks are taken: what was in each slot. */
export type Candidate = {
  readonly rows: (Tuple | null)[];
  readonly refs: (Row | null)[];
  readonly keys: readonly Value[];
};

export function restore(f: Frame, slots: readonly number[], { rows, refs }: Candidate): void {
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as number; // as: inside the array
    f.rows[slot] = rows[i] ?? null;
    f.refs[slot] = refs[i] ?? null;
  }
}

/** Whether this very command has changed the row already, in another part of it. */
export const isOwnWork = (f: Frame, { newest: { by, cid } }: Row): boolean => by === f.snap.txn && cid >= f.snap.cid;

/** @throws SqlError 40001 when a transaction that must not see it meets a newer version */
export function assertMayFollow(f: Frame, row: Row): void {
  const { txn, seq } = f.snap;
  if (txn.fixedSeq === undefined) return;
  const { by, gone } = settled(row, txn);
  if ((by !== txn && by.seq > seq) || (gone && gone !== txn && gone.state === "committed"))
    throw new SqlError("40001", "could not serialize access due to concurrent update");
}

/**
 * `for update`: rows are locked in the order they come; whoever waited looks at the newest version once more. Rows that are
 * skipped or no longer fit do not count towards the limit.
 */
export function lockedRows(
  scope: Scope,
  { mode, of, skip }: Locking,
  { loop, conditions, project }: Parts,
  options: {
    readonly keys: (f: Frame) => readonly Value[];
    readonly sort: ((a: { keys: readonly Value[] }, b: { keys: readonly Value[] }) => number) | undefined;
    readonly most: (f: Frame) => number;
  },
): (f: Frame) => Command<Tuple[]> {
  const slots = scope.entries.map(({ slot }) => slot);
  const locked = scope.entries
    .filter(({ table, alias }) => table !== undefined && (of.length === 0 || of.includes(alias)))
    .map(({ slot }) => slot);

  return (f) => {
    const candidates: Candidate[] = [];
    loop(f, () => {
      candidates.push({
        rows: slots.map((slot) => f.rows[slot] ?? null),
        refs: slots.map((slot) => f.refs[slot] ?? null),
        keys: options.keys(f),
      });
      return false;
    });
    if (options.sort) candidates.sort(options.sort);
    const found: Tuple[] = [];
    const most = options.most(f);
    let at = 0;
    const work = () => {
      for (; at < candidates.length && found.length < most; at++) {
        const candidate = candidates[at] as Candidate; // as: inside the array
        restore(f, slots, candidate);
        const taken = take(f, candidate);
        if (typeof taken === "object") return taken;
        if (taken) found.push(project(f));
      }
      return undefined;
    };
    return finished(work, found);
  };

  /** @returns those that have to be waited for; whoever has waited begins anew, with the locks that it has */
  function take(f: Frame, candidate: Candidate): boolean | readonly Txn[] {
    for (const slot of locked) {
      const row = f.refs[slot];
      if (!row) continue;
      const before = tryLock(f.db, row, f.snap.txn, mode);
      if (before) return skip ? false : before;
      assertMayFollow(f, row);
      if (isGone(row, f.snap.txn) || isOwnWork(f, row)) return false;
      const { tuple } = settled(row, f.snap.txn);
      if (tuple === f.rows[slot]) continue;
      candidate.rows[slots.indexOf(slot)] = tuple;
      f.rows[slot] = tuple;
      if (conditions && conditions.run(f) !== true) return false;
    }
    return true;
  }
}
