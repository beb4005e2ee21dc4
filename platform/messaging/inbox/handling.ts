import { type Clock, instant, ServiceError } from "@souk/kernel";
import { errors, storableText, type Tx } from "@souk/postgres";
import { type Context, withContext } from "@souk/telemetry";
import type { Message } from "../types.ts";
import { positionsOf } from "./gaps.ts";
import type { InboxStore } from "./store.ts";
import type { Received } from "./subscriptions.ts";
import { runsOf } from "./together.ts";

/** How one event ended: `parked` will be tried again, `dead` waits for a person. */
export type Handled = {
  readonly message: Message;
  readonly outcome: "done" | "parked" | "dead";
  /** What its handler took, in milliseconds; the commit is shared by a batch. */
  readonly durationMs: number;
  /** From its publication until now. */
  readonly ageMs: number;
  readonly error?: unknown;
};

/** Must not throw. */
export type ConsumerObserver = {
  /** Wraps each run of a handler, in the context of the message: the place for a span. When one of a batch fails, the others run again without it. */
  readonly around?: (message: Message, run: () => Promise<void>) => Promise<void>;
  /** Told once per event when its fate is committed. */
  readonly handled?: (handled: Handled) => void;
};

/** Runs `handle` as part of the trace and the business transaction that the event came from. */
export function runHandler({ message, delivery, handle }: Received, tx: Tx, observer: ConsumerObserver): Promise<void> {
  return inContextOf(message, observer, () => handle(delivery, tx));
}

/** Several at once belong to the trace of the first. */
function runTogether(run: readonly Received[], tx: Tx, observer: ConsumerObserver): Promise<void> {
  const [first] = run;
  if (!first) return Promise.resolve();
  const { handle, message } = first;
  if (run.length === 1 || !handle.together) return runHandler(first, tx, observer);
  const deliveries = run.map(({ delivery }) => delivery);
  return inContextOf(message, observer, async () => handle.together?.(deliveries, tx));
}

function inContextOf(message: Message, observer: ConsumerObserver, run: () => Promise<void>): Promise<void> {
  const { traceparent, correlationId } = message;
  const context: Context = {
    ...(traceparent !== undefined && { traceparent }),
    ...(correlationId !== undefined && { correlationId }),
  };
  return withContext(context, () => (observer.around ? observer.around(message, run) : run()));
}

/** Which event's handler is running, for whoever has to know which one threw. Not said while several are handled together. */
export type Attempt = { running?: Received | undefined };

/**
 * Runs the handlers of accepted events, in order, in the transaction that holds their inbox rows.
 * @returns what each took, in milliseconds, and whether parked events became due
 */
export async function runHandlers(
  accepted: readonly Received[],
  tx: Tx,
  {
    store,
    clock,
    observer,
    attempt,
  }: { store: InboxStore; clock: Clock; observer: ConsumerObserver; attempt?: Attempt },
): Promise<{ durationsMs: number[]; becameDue: boolean }> {
  const durationsMs: number[] = [];
  for (const run of runsOf(accepted)) {
    const startedAt = clock.monotonic();
    if (attempt) attempt.running = run.length === 1 ? run[0] : undefined;
    await runTogether(run, tx, observer);
    const each = (clock.monotonic() - startedAt) / run.length;
    for (const _ of run) durationsMs.push(each);
  }
  if (attempt) attempt.running = undefined;
  const positions = positionsOf(accepted);
  const due = positions.length === 0 ? 0 : await store.advance(tx, positions, instant(clock.now()));
  return { durationsMs, becameDue: due > 0 };
}

/** The database is away or did not say whether it committed: no event is to blame, so none has spent a try. */
export const isNobodysFault = (error: unknown): boolean =>
  error instanceof ServiceError && (error.code === errors.Unavailable.code || error.code === errors.CommitUnknown.code);

/** What is kept of an error, for the person who looks at the dead letter. */
export const describe = (error: unknown): string => {
  const text = storableText(error instanceof ServiceError ? `${error.code}: ${error.message}` : String(error));
  return text.length > 2_000 ? `${text.slice(0, 2_000)}…` : text;
};
