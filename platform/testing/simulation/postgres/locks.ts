import type { Database } from "./database.ts";
import type { LockMode, Row, Txn } from "./heap.ts";

/** A command cannot go on before these transactions have ended. */
export type Wait = { readonly for: readonly Txn[] };
/** A command under way: it yields while it has to wait. */
export type Running<T> = Generator<Wait, T, void>;
/** What comes of a command that need not wait, as most need not, or the rest of one that must. */
export type Command<T> = T | Running<T>;

export const isRunning = <T>(command: Command<T>): command is Running<T> =>
  typeof command === "object" && command !== null && "next" in command && typeof command.next === "function";

/** Goes on with what comes of a command. */
export function after<A, B>(command: Command<A>, then: (found: A) => Command<B>): Command<B> {
  return isRunning(command) ? continued(command, then) : then(command);
}

function* continued<A, B>(running: Running<A>, then: (found: A) => Command<B>): Running<B> {
  const next = then(yield* running);
  return isRunning(next) ? yield* next : next;
}

/** @param work does what can be done, and says whom it has to wait for before it can go on; called again then */
export function finished<T>(work: () => readonly Txn[] | undefined, result: T): Command<T> {
  const before = work();
  return before ? waiting(work, before, result) : result;
}

function* waiting<T>(work: () => readonly Txn[] | undefined, first: readonly Txn[], result: T): Running<T> {
  for (let before: readonly Txn[] | undefined = first; before; before = work()) yield { for: before };
  return result;
}

// As in PostgreSQL's table of row-level locks.
const conflicts: Readonly<Record<LockMode, readonly LockMode[]>> = {
  "key share": ["update"],
  share: ["no key update", "update"],
  "no key update": ["share", "no key update", "update"],
  update: ["key share", "share", "no key update", "update"],
};

function blockers(row: Row, txn: Txn, mode: LockMode): Txn[] {
  const against = conflicts[mode];
  const found: Txn[] = [];
  for (const lock of row.locks) if (lock.txn !== txn && against.includes(lock.mode)) found.push(lock.txn);
  return found;
}

function hold(db: Database, row: Row, txn: Txn, mode: LockMode): void {
  db.server.assignXid(txn);
  for (const lock of row.locks) if (lock.txn === txn && (lock.mode === mode || lock.mode === "update")) return;
  row.locks.push({ txn, mode });
  if (txn.locked) txn.locked.push(row);
  else txn.locked = [row];
}

/** Takes a row's lock. @returns those that have it, if it is not free: then nothing was done */
export function tryLock(db: Database, row: Row, txn: Txn, mode: LockMode): readonly Txn[] | undefined {
  // The usual case, without a list being made.
  if (row.locks.length > 0) {
    const before = blockers(row, txn, mode);
    if (before.length > 0) return before;
  }
  hold(db, row, txn, mode);
  return undefined;
}

/** Takes a row's lock, and waits for it. */
export function* lockRow(db: Database, row: Row, txn: Txn, mode: LockMode): Running<void> {
  for (let before = tryLock(db, row, txn, mode); before; before = tryLock(db, row, txn, mode)) yield { for: before };
}

/** Waits for an advisory lock and keeps it until the transaction ends. */
export function* lockAdvisory(db: Database, key: string, txn: Txn): Running<void> {
  for (;;) {
    const holder = db.advisory.get(key);
    if (holder === undefined || holder === txn) break;
    yield { for: [holder] };
  }
  if (db.advisory.get(key) === txn) return;
  db.advisory.set(key, txn);
  txn.advisory = [...(txn.advisory ?? []), key];
}

export function releaseLocks(db: Database, txn: Txn): void {
  for (const row of txn.locked ?? []) {
    if (row.locks.length === 1) row.locks.length = 0;
    else row.locks = row.locks.filter((lock) => lock.txn !== txn);
  }
  for (const key of txn.advisory ?? []) db.advisory.delete(key);
}
