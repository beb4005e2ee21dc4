import type { Cancel, Clock } from "@souk/kernel";
import { withContext } from "@souk/telemetry";
import type { StepContext } from "./types.ts";

export type Identity = {
  readonly sagaId: string;
  readonly step: string;
  readonly action: "run" | "undo";
  readonly attempt: number;
};

export type Trace = { readonly traceparent?: string; readonly correlationId?: string };

export type Answer = { readonly output: unknown } | { readonly error: unknown };

class NoAnswerInTime extends Error {
  override readonly name = "NoAnswerInTime";
}

/** The same for every attempt, so that all of them have one effect. */
const keyOf = ({ sagaId, step, action }: Pick<Identity, "sagaId" | "step" | "action">): string =>
  action === "run" ? `${sagaId}:${step}` : `${sagaId}:${step}:undo`;

/**
 * Asks once, for at most `timeoutMs`. Never rejects. The work is told to stop when its time is up, but is not waited for: it
 * may hang for ever.
 * @param underWay holds, while it lasts, what ends it early
 * @param work gets the context its calls need by `currentContext()`
 */
export function attemptOnce(
  clock: Clock,
  identity: Identity,
  trace: Trace,
  timeoutMs: number,
  underWay: Set<(why: string) => void>,
  work: (context: StepContext) => Promise<unknown>,
): Promise<Answer> {
  const controller = new AbortController();
  const { signal } = controller;
  return new Promise((resolve) => {
    let cancel: Cancel = () => {};
    const settle = (answer: Answer) => {
      cancel();
      underWay.delete(giveUp);
      resolve(answer);
    };
    const giveUp = (why: string) => {
      const error = new NoAnswerInTime(why);
      controller.abort(error);
      settle({ error });
    };
    underWay.add(giveUp);
    cancel = clock.after(timeoutMs, () => giveUp(`No answer within ${timeoutMs} ms.`));
    inContext(clock, identity, trace, timeoutMs, signal, work).then(
      (output) => settle({ output }),
      (error: unknown) => settle({ error }),
    );
  });
}

/** Runs `work` as step of its saga: with its key, its trace, its deadline, and nothing of whoever happened to wake the runner. */
export function inContext<T>(
  clock: Clock,
  identity: Identity,
  trace: Trace,
  timeoutMs: number,
  signal: AbortSignal,
  work: (context: StepContext) => Promise<T>,
): Promise<T> {
  const context = {
    ...trace,
    idempotencyKey: keyOf(identity),
    deadlineAt: clock.monotonic() + timeoutMs,
    signal,
  };
  // async: a step that throws before its first await is a step that failed
  return withContext(context, async () => work({ sagaId: identity.sagaId, attempt: identity.attempt, signal }));
}
