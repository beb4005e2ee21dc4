/**
 * Places between two lines where a process may be made to die, by what has just happened there. Each is a moment at which something is
 * true in one place and not yet known in another; chaos experiments hit every one of them.
 */
export const crashPoints = [
  /** Its statements were sent, `commit` was not. */
  "transaction.before-commit",
  /** It is durable, and whoever began it does not know. */
  "transaction.committed",
  /** A neighbour (the card provider, for one) has acted and answered, and nothing of it is recorded here. */
  "call.answered",
  /** The effect of a request is durable, its caller has not been answered. */
  "request.handled",
  /** Within a transaction, with events that are not committed. */
  "stream.appended",
  /** A relay holds a batch that the broker has not got. */
  "outbox.claimed",
  /** The broker has it, the outbox does not say so. */
  "outbox.published",
  /** Handlers have run, their transaction is open. */
  "inbox.handled",
  /** Their effect is durable, the broker does not know. */
  "inbox.committed",
  /** The transaction that starts it has committed, no step has begun. */
  "saga.started",
  /** A step has been answered, its outcome is not recorded. */
  "saga.answered",
  /** The outcome is recorded, the next step has not begun. */
  "saga.recorded",
  /** What a step did is undone, which is not recorded. */
  "saga.undone",
  /** Inside a local step, whose transaction is open. */
  "saga.local",
  /** It is over and nobody has been told. */
  "saga.ended",
  /** A periodic task is done and still holds its lease. */
  "task.done",
  /** Asked to stop, with work still to be drained. */
  "process.draining",
] as const;
export type CrashPoint = (typeof crashPoints)[number];

let strike: ((at: CrashPoint) => void) | undefined;

/** Nothing, one look at a variable, unless this process was armed. */
export function crashPoint(at: CrashPoint): void {
  strike?.(at);
}

/** @param by called at every crash point from now on; it may end the process */
export function armCrashPoints(by: (at: CrashPoint) => void): void {
  strike = by;
}
