import { shapeOf } from "./shape.ts";
import type { AnySaga, Run, RunLocal, Saga, Step, StepPolicy } from "./types.ts";

/**
 * A process of several services, as the textbook's table.
 * @throws Error when the steps cannot make a saga: the sentence says which and why
 */
export function saga<D>(name: string, steps: readonly Step<D>[], options: Pick<Saga<D>, "rejected"> = {}): Saga<D> {
  const defined: AnySaga = { name, steps, ...options };
  shapeOf(defined);
  return defined;
}

/** Can be taken back: before the pivot only. `undo` must accept that `run` never happened. */
export const compensatable = <D>(name: string, run: Run<D>, undo: Run<D>, policy: StepPolicy = {}): Step<D> => ({
  kind: "compensatable",
  name,
  run,
  undo,
  ...policy,
});

/** The point of no return. Refused, it turns the saga back; unknown, it is asked again until it is known. */
export const pivot = <D>(name: string, run: Run<D>, policy: Pick<StepPolicy, "timeoutMs"> = {}): Step<D> => ({
  kind: "pivot",
  name,
  run,
  ...policy,
});

/** After the pivot: asked again until it succeeds. */
export const retriable = <D>(name: string, run: Run<D>, policy: Pick<StepPolicy, "timeoutMs"> = {}): Step<D> => ({
  kind: "retriable",
  name,
  run,
  ...policy,
});

/** A transaction of the service's own database that also records the step: exactly once. */
export const local = <D>(
  name: string,
  run: RunLocal<D>,
  { pivot = false, undo }: { readonly pivot?: boolean; readonly undo?: RunLocal<D> } = {},
): Step<D> => ({ kind: "local", name, pivot, run, ...(undo && { undo }) });

/** Waits for the signal `name`, unless `when` says that there is nothing to wait for. @param windowMs milliseconds from the step's beginning */
export const waitFor = <D>(
  name: string,
  { when = () => true, windowMs }: { readonly when?: (data: D) => boolean; readonly windowMs: number },
): Step<D> => ({ kind: "wait", name, when, windowMs });

/** Begins all of `steps` at once and goes on when each is done. When one fails, the others' answers are awaited, then all are undone. */
export const parallel = <D>(name: string, steps: readonly Step<D>[]): Step<D> => ({ kind: "parallel", name, steps });
