import type { AnySaga, AnyStep } from "./types.ts";

export type LeafStep = Exclude<AnyStep, { kind: "parallel" }>;

/** One step as the engine sees it. */
export type Leaf = {
  readonly name: string;
  readonly kind: LeafStep["kind"];
  /** Undefined for the `rejected` hook, which is the undo of a step before all others that is done from the start. */
  readonly step: LeafStep | undefined;
  readonly isPivot: boolean;
  /** There is no way back once it is reached: it is asked until it succeeds. */
  readonly forwardOnly: boolean;
  readonly undoable: boolean;
};

/** A saga's definition, checked and flattened: groups run one after the other, the leaves of a group all at once. */
export type Shape = {
  readonly saga: AnySaga;
  readonly groups: readonly (readonly Leaf[])[];
  readonly leaves: ReadonlyMap<string, Leaf>;
  /** Index into `groups`; undefined when every step can be undone. -1: no step can. */
  readonly pivotAt: number | undefined;
};

/** The name under which history and progress keep the `rejected` hook. */
export const REJECTED = "rejected";

const reserved = new Set([REJECTED, "completed", "compensated"]);
/** Kept with the definition, which nothing else holds: a table of them all would keep it alive for longer. */
const kept = Symbol("shape");

/** @throws Error when the steps cannot make a saga */
export function shapeOf(saga: AnySaga & { readonly [kept]?: Shape }): Shape {
  const known = saga[kept];
  if (known) return known;
  const shape = check(saga);
  Object.defineProperty(saga, kept, { value: shape }); // not enumerable: a copy of the definition has a shape of its own
  return shape;
}

function check(saga: AnySaga): Shape {
  const fail = (why: string): never => {
    throw new Error(`saga "${saga.name}": ${why}`);
  };
  if (!isName(saga.name)) fail("its name must be 1 to 64 printable ASCII characters");
  if (saga.steps.length === 0) fail("it has no steps");
  const groups = saga.steps.map((step) => leavesOf(step, fail));
  const steps = groups.flat();

  const names = new Set<string>();
  for (const { name } of [...steps, ...saga.steps.filter(({ kind }) => kind === "parallel")]) {
    // The name is part of the idempotency key, which is a header.
    if (!isName(name)) fail(`the step name "${name}" must be 1 to 64 printable ASCII characters`);
    if (reserved.has(name) || name.startsWith("undo "))
      fail(`no step may be named "${name}": drawings and histories use it`);
    if (names.has(name)) fail(`two steps are named "${name}"`);
    names.add(name);
  }
  for (const step of steps) checkPolicy(step, fail);

  const pivots = steps.filter(isPivot);
  if (pivots.length > 1) fail(`it has two pivots, "${pivots.map(({ name }) => name).join('" and "')}"`);
  const inParallel = groups.find((group) => group.length > 1 && group.some(isPivot));
  if (inParallel) fail("its pivot is in a parallel group: the others could not be undone once it has happened");
  const pivotAt = pivotIndex(groups, fail);
  checkOrder(groups, pivotAt, fail);
  if (pivotAt === -1 && saga.rejected) fail("its `rejected` hook would never run: no step of it can fail");

  const shaped = groups.map((group, at) => group.map((step) => leafOf(step, at, pivotAt)));
  const all = saga.rejected ? [[rejectedLeaf], ...shaped] : shaped;
  return {
    saga,
    groups: all,
    leaves: new Map(all.flat().map((leaf) => [leaf.name, leaf])),
    pivotAt: pivotAt === undefined || pivotAt < 0 || !saga.rejected ? pivotAt : pivotAt + 1,
  };
}

type Fail = (why: string) => never;

const isName = (name: string) => /^[\x20-\x7e]{1,64}$/.test(name) && name.trim() === name;

const isPivot = (step: LeafStep): boolean => step.kind === "pivot" || (step.kind === "local" && step.pivot);

function leavesOf(step: AnyStep, fail: Fail): LeafStep[] {
  if (step.kind !== "parallel") return [step];
  if (step.steps.length === 0) fail(`the parallel group "${step.name}" is empty`);
  return step.steps.map((member) =>
    member.kind === "parallel"
      ? fail(`the parallel group "${member.name}" is inside another: list its steps there`)
      : member,
  );
}

function checkPolicy(step: LeafStep, fail: Fail): void {
  const positive = (what: string, value: number | undefined) => {
    if (value !== undefined && !(Number.isFinite(value) && value > 0))
      fail(`${what} of "${step.name}" must be positive`);
  };
  if (step.kind === "wait") positive("windowMs", step.windowMs);
  if (step.kind === "wait" || step.kind === "local") return;
  positive("attempts", step.attempts);
  positive("windowMs", step.windowMs);
  positive("timeoutMs", step.timeoutMs);
  if (step.kind === "compensatable" && !step.undo) fail(`the compensatable step "${step.name}" has no undo`);
}

const takesBack = (step: LeafStep) =>
  step.kind === "compensatable" || step.kind === "wait" || (step.kind === "local" && step.undo);

/** Where the way back ends: at the pivot, or before everything when the saga only ever goes forward. */
function pivotIndex(groups: LeafStep[][], fail: Fail): number | undefined {
  const at = groups.findIndex((group) => group.some(isPivot));
  if (at >= 0) return at;
  const steps = groups.flat();
  const forward = steps.find(({ kind }) => kind === "retriable");
  if (!forward) return undefined;
  const back = steps.find(takesBack);
  if (back) fail(`"${forward.name}" is retriable, but no pivot divides it from "${back.name}", which can fail`);
  return -1;
}

function checkOrder(groups: LeafStep[][], pivotAt: number | undefined, fail: Fail): void {
  if (pivotAt === undefined || pivotAt < 0) return;
  for (const [at, group] of groups.entries())
    for (const step of group) {
      if (at < pivotAt && step.kind === "retriable") fail(`the retriable step "${step.name}" comes before the pivot`);
      if (at <= pivotAt) continue;
      if (step.kind === "compensatable")
        fail(`the compensatable step "${step.name}" comes after the pivot: make it retriable`);
      if (step.kind === "wait") fail(`"${step.name}" waits after the pivot: when its time is up, there is no way back`);
      if (step.kind === "local" && step.undo) fail(`"${step.name}" comes after the pivot, so its undo would never run`);
    }
}

const leafOf = (step: LeafStep, at: number, pivotAt: number | undefined): Leaf => ({
  name: step.name,
  kind: step.kind,
  step,
  isPivot: isPivot(step),
  forwardOnly: pivotAt !== undefined && at > pivotAt,
  undoable: step.kind !== "wait" && step.undo !== undefined && !isPivot(step),
});

const rejectedLeaf: Leaf = {
  name: REJECTED,
  kind: "local",
  step: undefined,
  isPivot: false,
  forwardOnly: false,
  undoable: true,
};
