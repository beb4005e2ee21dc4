import { type Action, advance, next, nothingDone, type Reason, type Saga, type SagaEvent, shapeOf } from "@souk/saga";

export type Rehearsal<D> = {
  /** What the saga would be started with; a wait's `when` looks at it. */
  readonly data?: Partial<D>;
  /** Refuses, finally. A wait: its time runs out. */
  readonly failAt?: string;
  /** Never answers, so that it is given up. From the pivot on, where nothing is given up, it answers the third time. */
  readonly unknownAt?: string;
  /** The process dies after this step has happened and before that is recorded; another one takes over. */
  readonly crashAfter?: string;
  /** What steps return, and what the signals that are waited for bring. */
  readonly responses?: Readonly<Record<string, Partial<D>>>;
};

type Attempt = Action & { readonly type: "run" | "undo" };

/**
 * Runs a saga's decisions (the production engine) in memory and returns the calls that it would make, in order: the steps'
 * names, `undo …`, and `rejected` for its hook. A step that is asked more than once shows as `pay` and one `pay (again)`. Nothing
 * of the saga is called but the `when` of its waits.
 */
export async function rehearse<D extends object>(saga: Saga<D>, rehearsal: Rehearsal<D> = {}): Promise<string[]> {
  const shape = shapeOf(saga);
  const { failAt, unknownAt, crashAfter, responses = {} } = rehearsal;
  for (const name of [failAt, unknownAt, crashAfter, ...Object.keys(responses)])
    if (name !== undefined && !shape.leaves.get(name)?.step)
      throw new Error(`saga "${saga.name}" has no step "${name}"`);

  const calls: string[] = [];
  let data: Partial<D> = rehearsal.data ?? {};
  let progress = nothingDone;
  let now = 0;
  let crashes = crashAfter === undefined ? 0 : 1;
  const tell = (event: SagaEvent) => {
    progress = advance(shape, progress, event, { now, chance: () => 0.5 });
  };

  function call({ type, leaf }: Attempt): void {
    const name = type === "undo" && leaf.step ? `undo ${leaf.name}` : leaf.name;
    const again = `${name} (again)`;
    const last = calls.at(-1);
    if (last !== again) calls.push(last === name || calls.includes(name) ? again : name);
  }

  function answer({ type, leaf, attempt }: Attempt): SagaEvent {
    const step = leaf.name;
    if (type === "run" && step === unknownAt && !((leaf.isPivot || leaf.forwardOnly) && attempt > 2))
      return { type: "unanswered", step, reason: noAnswer(step) };
    if (type === "run" && step === failAt && !leaf.forwardOnly) return { type: "refused", step, reason: refusal(step) };
    if (type === "run") data = { ...data, ...responses[step] };
    return { type: "succeeded", step };
  }

  function settleWait(step: string, needed: boolean, until: number | undefined): void {
    if (needed && until === undefined) {
      calls.push(step);
      tell({ type: "begun", step });
    } else if (needed && step === failAt) {
      now = until ?? now;
      tell({ type: "expired", step });
    } else {
      if (needed) data = { ...data, ...responses[step] };
      tell({ type: "succeeded", step });
    }
  }

  for (;;) {
    const { over, actions } = next(shape, progress);
    if (over) return calls;
    const attempts = actions.filter((action): action is Attempt => action.type !== "wait");
    if (attempts.length > 0) now = Math.max(now, Math.min(...attempts.map(({ notBefore }) => notBefore)));
    const due = attempts.filter(({ notBefore }) => notBefore <= now);
    const recorded = progress;
    for (const attempt of due) {
      call(attempt);
      tell({ type: "begun", step: attempt.leaf.name });
    }
    if (crashes > 0 && due.some(({ leaf, type }) => leaf.name === crashAfter && type === "run")) {
      crashes--;
      progress = recorded;
      tell({ type: "adopted" });
      continue;
    }
    for (const attempt of due) tell(answer(attempt));
    if (due.length > 0) continue;
    for (const action of actions) {
      if (action.type !== "wait") continue;
      const { step, name } = action.leaf;
      settleWait(name, step?.kind !== "wait" || step.when(data), action.until);
    }
  }
}

const noAnswer = (step: string): Reason => ({ code: "rehearsal.no_answer", message: `"${step}" gave no answer.` });
const refusal = (step: string): Reason => ({ code: "rehearsal.refused", message: `"${step}" was refused.` });
