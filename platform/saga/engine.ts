import { type Chance, never } from "@souk/kernel";
import { backOffMs } from "./back-off.ts";
import type { Leaf, Shape } from "./shape.ts";
import type { Reason, SagaStatus } from "./types.ts";

/** Where one step is. Attempts are those of the action in progress, doing or undoing; times are epoch milliseconds. */
export type StepProgress =
  | { readonly is: "done" | "refused" | "given-up" | "skipped" | "undone" }
  | { readonly is: "waiting"; readonly since: number }
  /** `asking`, `undoing`: an attempt is under way. `unknown`, `undo-unknown`: the last one ended without an answer. */
  | {
      readonly is: "asking" | "unknown" | "undoing" | "undo-unknown";
      readonly attempts: number;
      readonly since: number;
      readonly nextAt: number;
    };

/** All that the engine remembers of a saga. A step that is not in `steps` was not begun. */
export type Progress = {
  readonly steps: Readonly<Record<string, StepProgress>>;
  /** Why it turns back. */
  readonly failure?: Reason;
};

export type SagaEvent =
  | { readonly type: "begun"; readonly step: string }
  /** The step's action, doing or undoing, succeeded. */
  | { readonly type: "succeeded"; readonly step: string }
  /** A final no: asking again would bring the same. */
  | { readonly type: "refused"; readonly step: string; readonly reason: Reason }
  | { readonly type: "unanswered"; readonly step: string; readonly reason: Reason }
  /** A wait's time is up. */
  | { readonly type: "expired"; readonly step: string }
  | { readonly type: "cancelled"; readonly reason: Reason }
  /** Another runner had it, and may have begun what comes next without being able to say so. */
  | { readonly type: "adopted" }
  /** An operator says that the step's action need not happen. */
  | { readonly type: "skipped"; readonly step: string }
  /** An operator wants the next attempt now. */
  | { readonly type: "hurried" };

export type Action =
  | { readonly type: "run" | "undo"; readonly leaf: Leaf; readonly attempt: number; readonly notBefore: number }
  /** `until` is undefined before the wait has begun. */
  | { readonly type: "wait"; readonly leaf: Leaf; readonly until: number | undefined };

/** What is to be done; no actions and not over: the attempts under way must end first. */
export type Next = { readonly over?: "completed" | "compensated"; readonly actions: readonly Action[] };

export type Moment = { readonly now: number; readonly chance: Chance };

export const nothingDone: Progress = { steps: {} };
const DONE: StepProgress = { is: "done" };

const DEFAULT_ATTEMPTS = 8;
/** Shoppers wait for these: seconds after a neighbour is back everything that waited for it has been asked again. */
const CAP_MS = 10_000;
/** Past the pivot and while undoing nobody gives up, so it is asked more slowly. */
const ENDLESS_CAP_MS = 60_000;
/** Then a person should look. With full jitter up to a minute these take some 3 minutes. */
export const STUCK_AFTER = 12;

const at = (progress: Progress, { name, step }: Leaf): StepProgress | undefined =>
  progress.steps[name] ?? (step === undefined ? DONE : undefined);

const put = (progress: Progress, name: string, step: StepProgress): Progress => ({
  ...progress,
  steps: { ...progress.steps, [name]: step },
});

const isSettled = (step: StepProgress | undefined): boolean => step?.is === "done" || step?.is === "skipped";

/** A local step either committed or never happened; a remote one that was ever asked may have happened, whatever it answered. */
function needsUndo(leaf: Leaf, step: StepProgress | undefined): boolean {
  if (!leaf.undoable || step === undefined || step.is === "undone") return false;
  return leaf.kind !== "local" || step.is === "done" || step.is === "undoing" || step.is === "undo-unknown";
}

const currentGroup = ({ groups }: Shape, progress: Progress): readonly Leaf[] | undefined =>
  groups.find((group) => group.some((leaf) => !isSettled(at(progress, leaf))));

const isForwardOnly = (leaf: Leaf) => leaf.isPivot || leaf.forwardOnly;

/** What comes next. Pure; `advance` tells it what came of it. */
export function next(shape: Shape, progress: Progress): Next {
  return progress.failure ? backward(shape, progress) : forward(shape, progress);
}

function forward(shape: Shape, progress: Progress): Next {
  const group = currentGroup(shape, progress);
  if (!group) return { over: "completed", actions: [] };
  const actions: Action[] = [];
  for (const leaf of group) {
    const step = at(progress, leaf);
    if (isSettled(step) || step?.is === "asking") continue;
    if (leaf.kind === "wait") actions.push({ type: "wait", leaf, until: deadlineOf(leaf, step) });
    else if (step?.is === "unknown")
      actions.push({ type: "run", leaf, attempt: step.attempts + 1, notBefore: step.nextAt });
    else actions.push({ type: "run", leaf, attempt: 1, notBefore: 0 });
  }
  return { actions };
}

const deadlineOf = ({ step }: Leaf, progress: StepProgress | undefined): number | undefined =>
  progress?.is === "waiting" && step?.kind === "wait" ? progress.since + step.windowMs : undefined;

function backward({ groups }: Shape, progress: Progress): Next {
  for (const group of groups.toReversed()) {
    // Undoing what is still being done would let the undo overtake it.
    if (group.some((leaf) => at(progress, leaf)?.is === "asking")) return { actions: [] };
    for (const leaf of group.toReversed()) {
      const step = at(progress, leaf);
      if (!needsUndo(leaf, step)) continue;
      if (step?.is === "undoing") return { actions: [] };
      const [attempt, notBefore] = step?.is === "undo-unknown" ? [step.attempts + 1, step.nextAt] : [1, 0];
      return { actions: [{ type: "undo", leaf, attempt, notBefore }] };
    }
  }
  return { over: "compensated", actions: [] };
}

/** What the saga is once `event` has happened. Pure. */
export function advance(shape: Shape, progress: Progress, event: SagaEvent, moment: Moment): Progress {
  switch (event.type) {
    case "adopted":
      return adopted(shape, progress, moment);
    case "cancelled":
      return progress.failure || hasPivotBegun(shape, progress) ? progress : { ...progress, failure: event.reason };
    case "hurried":
      return hurried(progress, moment);
  }
  const leaf = shape.leaves.get(event.step);
  if (!leaf) throw new Error(`saga "${shape.saga.name}" has no step "${event.step}"`);
  const before = at(progress, leaf);
  switch (event.type) {
    case "begun":
      return put(progress, leaf.name, begun(progress, leaf, before, moment));
    case "succeeded":
      return put(progress, leaf.name, progress.failure && before?.is !== "asking" ? { is: "undone" } : DONE);
    case "refused":
      if (isUndoing(before) || leaf.forwardOnly) return again(progress, leaf, before, moment);
      return failed(put(progress, leaf.name, { is: "refused" }), event.reason);
    case "unanswered":
      return unanswered(progress, leaf, before, event.reason, moment);
    case "expired":
      return failed(put(progress, leaf.name, { is: "given-up" }), expiry(shape, leaf));
    case "skipped":
      return put(progress, leaf.name, progress.failure ? { is: "undone" } : { is: "skipped" });
    default:
      return never(event);
  }
}

const failed = (progress: Progress, reason: Reason): Progress => ({ ...progress, failure: progress.failure ?? reason });

const expiry = ({ saga }: Shape, { name }: Leaf): Reason => ({
  code: `${saga.name}.expired`,
  message: `The time to wait for "${name}" is up.`,
});

const isUndoing = (step: StepProgress | undefined) => step?.is === "undoing" || step?.is === "undo-unknown";

type Trying = Extract<StepProgress, { attempts: number }>;
const trying = (step: StepProgress | undefined): Trying | undefined =>
  step !== undefined && "attempts" in step ? step : undefined;

function begun(progress: Progress, leaf: Leaf, before: StepProgress | undefined, { now }: Moment): StepProgress {
  if (leaf.kind === "wait") return { is: "waiting", since: before?.is === "waiting" ? before.since : now };
  const undoing = progress.failure !== undefined;
  const same = trying(before) && isUndoing(before) === undoing ? trying(before) : undefined;
  return {
    is: undoing ? "undoing" : "asking",
    attempts: (same?.attempts ?? 0) + 1,
    since: same?.since ?? now,
    nextAt: 0,
  };
}

/** To be asked again, without end. */
function again(progress: Progress, leaf: Leaf, before: StepProgress | undefined, { now, chance }: Moment): Progress {
  const { attempts, since } = trying(before) ?? { attempts: 1, since: now };
  return put(progress, leaf.name, {
    is: isUndoing(before) ? "undo-unknown" : "unknown",
    attempts,
    since,
    nextAt: now + Math.ceil(backOffMs(attempts, ENDLESS_CAP_MS, chance)),
  });
}

function unanswered(
  progress: Progress,
  leaf: Leaf,
  before: StepProgress | undefined,
  reason: Reason,
  moment: Moment,
): Progress {
  if (isUndoing(before) || isForwardOnly(leaf)) return again(progress, leaf, before, moment);
  const { now, chance } = moment;
  const { attempts, since } = trying(before) ?? { attempts: 1, since: now };
  const { windowMs, attempts: most = DEFAULT_ATTEMPTS } = leaf.step?.kind === "compensatable" ? leaf.step : {};
  const isLast = windowMs === undefined ? attempts >= most : now >= since + windowMs;
  if (isLast) return failed(put(progress, leaf.name, { is: "given-up" }), reason);
  const nextAt = now + Math.ceil(backOffMs(attempts, CAP_MS, chance));
  // The last attempt is made when the window closes.
  return put(progress, leaf.name, {
    is: "unknown",
    attempts,
    since,
    nextAt: windowMs === undefined ? nextAt : Math.min(nextAt, since + windowMs),
  });
}

function adopted(shape: Shape, progress: Progress, { now }: Moment): Progress {
  let result = progress;
  for (const leaf of progress.failure ? [] : (currentGroup(shape, progress) ?? [])) {
    // A local step that had not committed has not happened; a wait has no effect.
    if (leaf.kind === "wait" || leaf.kind === "local" || at(progress, leaf) !== undefined) continue;
    result = put(result, leaf.name, { is: "unknown", attempts: 0, since: now, nextAt: 0 });
  }
  for (const [name, step] of Object.entries(progress.steps)) {
    if (step.is === "asking") result = put(result, name, { ...step, is: "unknown" });
    if (step.is === "undoing") result = put(result, name, { ...step, is: "undo-unknown" });
  }
  return result;
}

function hurried(progress: Progress, { now }: Moment): Progress {
  let result = progress;
  for (const [name, step] of Object.entries(progress.steps))
    if (step.is === "unknown" || step.is === "undo-unknown") result = put(result, name, { ...step, nextAt: now });
  return result;
}

/** Undefined: every step can be undone. */
const pivotOf = ({ groups, pivotAt }: Shape): Leaf | undefined => groups[pivotAt ?? -1]?.[0];

/** A local pivot that has not committed has not happened; a remote one that was ever asked may have. */
function hasPivotBegun(shape: Shape, progress: Progress): boolean {
  const pivot = pivotOf(shape);
  if (!pivot) return shape.pivotAt !== undefined;
  const step = at(progress, pivot);
  return pivot.kind === "local" ? isSettled(step) : step !== undefined;
}

/**
 * From here on it can only go forward: its pivot has happened, or may have, or is asked as soon as this is durable.
 */
export function isIrrevocable(shape: Shape, progress: Progress): boolean {
  if (progress.failure) return false;
  const pivot = pivotOf(shape);
  return (
    hasPivotBegun(shape, progress) ||
    (pivot !== undefined && pivot.kind !== "local" && currentGroup(shape, progress)?.[0] === pivot)
  );
}

export function statusOf(shape: Shape, progress: Progress): SagaStatus {
  const { over, actions } = next(shape, progress);
  if (over) return over;
  for (const [name, step] of Object.entries(progress.steps)) {
    const leaf = shape.leaves.get(name);
    if (leaf && (isUndoing(step) || isForwardOnly(leaf)) && (trying(step)?.attempts ?? 0) >= STUCK_AFTER)
      return "stuck";
  }
  if (progress.failure) return "compensating";
  const isAsked = Object.values(progress.steps).some(({ is }) => is === "asking");
  return !isAsked && actions.every(({ type }) => type === "wait") ? "waiting" : "running";
}

/** The names of the steps in progress, for people. */
export const inProgress = (shape: Shape, progress: Progress): string[] => {
  const { actions } = next(shape, progress);
  const asked = Object.entries(progress.steps).filter(([, { is }]) => is === "asking" || is === "undoing");
  return [...new Set([...asked.map(([name]) => name), ...actions.map(({ leaf }) => leaf.name)])];
};
