import { type Clock, crashPoint, instant } from "@souk/kernel";
import type { Tx } from "@souk/postgres";
import type { Log, Span, Tracer } from "@souk/telemetry";
import { type Answer, attemptOnce, type Identity, inContext, type Trace } from "./attempt.ts";
import { type Action, type Next, next, statusOf } from "./engine.ts";
import { detailOf, isRefusal, reasonOf } from "./failure.ts";
import type { Ledger, Saved } from "./ledger.ts";
import type { Leaf, Shape } from "./shape.ts";
import type { HistoryEntry } from "./store.ts";
import type { Outcome, SagaStatus, StepContext } from "./types.ts";

export type SagaObserver = {
  /** After each attempt of a step. */
  readonly attempted?: (attempt: {
    readonly saga: string;
    readonly step: string;
    readonly action: "do" | "undo";
    readonly outcome: HistoryEntry["outcome"];
    readonly durationMs: number;
  }) => void;
  /** Once it is durable that a saga is over. */
  readonly ended?: (end: {
    readonly saga: string;
    readonly id: string;
    readonly status: SagaStatus;
    readonly durationMs: number;
  }) => void;
};

export type ExecutionDeps = {
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
  readonly observe: SagaObserver;
  readonly tracer: Pick<Tracer, "begin"> | undefined;
  /** What ends the attempts under way. */
  readonly underWay: Set<(why: string) => void>;
  /** False once the lease has lapsed: somebody else may be at work on the saga. */
  readonly isLeased: () => boolean;
  /** Nothing new is begun. */
  readonly isStopping: () => boolean;
};

/** A saga that this runner holds. */
export type Held = {
  readonly id: string;
  readonly shape: Shape;
  readonly ledger: Ledger;
  readonly trace: Trace;
  readonly startedAtMs: number;
};

export type Execution = {
  /** Resolves when this runner is done with the saga: over, given back, or lost to another. @throws when the database refuses its state */
  readonly done: Promise<void>;
  /** Looks again at what there is to do: the runner is stopping. */
  readonly nudge: () => void;
};

/** A saga that has nothing to do for longer is given back to the database. */
const PARK_AFTER_MS = 1_000;
const DEFAULT_TIMEOUT_MS = 5_000;
/** Each of the first attempts has its row in the history; later ones only when their number is a power of two. */
const RECORDED_ATTEMPTS = 16;

type Attempt = Extract<Action, { attempt: number }>;
type Arrival = { readonly attempt: Attempt; readonly answer: Answer; readonly durationMs: number };

/** Runs one saga from where it is for as long as this process holds it. What to do is the engine's to say. */
export function execute({ id, shape, ledger, trace, startedAtMs }: Held, deps: ExecutionDeps): Execution {
  const { clock, log, observe, tracer, underWay } = deps;
  const { name: saga } = shape.saga;
  let arrivals: Arrival[] = [];
  let inFlight = 0;
  let ring = () => {};

  /** Until an answer arrives, or until `untilMs` on `clock.now()`. */
  const quiet = (untilMs?: number): Promise<void> =>
    new Promise((resolve) => {
      if (arrivals.length > 0) return resolve();
      const cancel = untilMs === undefined ? undefined : clock.after(Math.max(0, untilMs - clock.now()), () => ring());
      ring = () => {
        ring = () => {};
        cancel?.();
        resolve();
      };
    });

  async function live(): Promise<void> {
    crashPoint("saga.started");
    let goesOn = true;
    while (goesOn && deps.isLeased()) {
      for (const arrival of arrivals) absorb(arrival);
      arrivals = [];
      goesOn = await proceed(next(shape, ledger.progress()));
    }
  }

  /** One thing at a time. @returns false when there is nothing left to do here */
  async function proceed(todo: Next): Promise<boolean> {
    if (todo.over) return end(todo.over);
    if (passWaits(todo)) return true;
    if (deps.isStopping() && inFlight === 0) return giveBack(todo);
    const now = clock.now();
    const ready = deps.isStopping() ? [] : todo.actions.filter((action): action is Attempt => isDue(action, now));
    const remote = ready.filter(({ leaf }) => leaf.kind !== "local");
    const [nearby] = ready.filter(({ leaf }) => leaf.kind === "local");
    // An outcome is durable before anything outside begins. A local step commits together with what came before it.
    if (ledger.isDirty() && (remote.length > 0 || !nearby)) {
      const saved = await ledger.save();
      crashPoint("saga.recorded");
      return saved !== "lost";
    }
    for (const attempt of remote) begin(attempt);
    if (nearby) return runLocal(nearby);
    if (remote.length > 0 || settleWaits(todo)) return true;
    if (inFlight === 0) return idle(todo);
    await quiet();
    return true;
  }

  const isDue = (action: Action, now: number) => action.type !== "wait" && action.notBefore <= now;

  async function end(status: "completed" | "compensated"): Promise<boolean> {
    // Steps after the pivot: nobody waits for their end, it was decided before them.
    const lazy = status === "completed" && shape.pivotAt !== undefined && shape.pivotAt < shape.groups.length - 1;
    const saved: Saved = ledger.isDirty() ? await ledger.save({ lazy }) : "written";
    // It may have been cancelled at the last moment.
    if (saved === "refused") return true;
    crashPoint("saga.ended");
    if (saved === "written") observe.ended?.({ saga, id, status, durationMs: clock.now() - startedAtMs });
    return false;
  }

  async function idle(todo: Next): Promise<boolean> {
    const waits = todo.actions.some(({ type }) => type === "wait");
    const dueAt = dueAtOf(todo);
    if (waits || dueAt - clock.now() > PARK_AFTER_MS) return giveBack(todo);
    await quiet(dueAt);
    return true;
  }

  const dueAtOf = ({ actions }: Next) =>
    Math.min(...actions.map((action) => (action.type === "wait" ? action.until : action.notBefore) ?? 0));

  const giveBack = async (todo: Next): Promise<boolean> =>
    (await ledger.save({ wakeAt: Math.max(clock.now(), dueAtOf(todo)) })) === "refused";

  function begin(attempt: Attempt): void {
    const { leaf } = attempt;
    ledger.happened({ type: "begun", step: leaf.name });
    const span = spanOf(attempt);
    const startedAt = clock.monotonic();
    inFlight++;
    const work = (context: StepContext) => runRemote(attempt, context);
    void attemptOnce(clock, identityOf(attempt), within(span), timeoutOf(leaf), underWay, work).then((answer) => {
      if ("error" in answer) span?.fail(answer.error);
      span?.end();
      inFlight--;
      arrivals.push({ attempt, answer, durationMs: clock.monotonic() - startedAt });
      ring();
    });
  }

  const spanOf = ({ leaf, type }: Attempt) =>
    tracer?.begin(`${saga}: ${type === "undo" ? "undo " : ""}${leaf.name}`, {
      kind: "internal",
      parent: trace.traceparent,
    });

  const within = (span: Span | undefined): Trace => (span ? { ...trace, traceparent: span.traceparent } : trace);

  const identityOf = ({ leaf, type, attempt }: Attempt): Identity => ({
    sagaId: id,
    step: leaf.name,
    action: type,
    attempt,
  });

  function runRemote({ leaf, type }: Attempt, context: StepContext): Promise<Outcome<object>> {
    const { step } = leaf;
    const work = step && step.kind !== "local" && step.kind !== "wait" ? step[type] : undefined;
    if (!work) throw new Error(`"${leaf.name}" has nothing to ${type}`);
    return work(ledger.data(), context);
  }

  function absorb({ attempt, answer, durationMs }: Arrival): void {
    if ("error" in answer) {
      failed(attempt, answer.error, durationMs);
      return;
    }
    crashPoint(attempt.type === "undo" ? "saga.undone" : "saga.answered");
    tell(attempt, "ok", durationMs);
    const output = ledger.merge(answer.output);
    const entry = entryOf(attempt, "ok", durationMs, output && { output });
    ledger.conclude({ type: "succeeded", step: attempt.leaf.name }, entry);
  }

  function failed(attempt: Attempt, error: unknown, durationMs: number): void {
    const step = attempt.leaf.name;
    const refused = isRefusal(error);
    const reason = reasonOf(error, step);
    ledger.conclude({ type: refused ? "refused" : "unanswered", step, reason });
    const outcome = refused ? "refused" : ledger.progress().steps[step]?.is === "given-up" ? "given-up" : "unknown";
    tell(attempt, outcome, durationMs);
    const entry = entryOf(attempt, outcome, durationMs, { code: reason.code, message: detailOf(error) });
    if (isWorthKeeping(attempt.attempt, outcome)) ledger.note(entry);
    if (statusOf(shape, ledger.progress()) !== "stuck") return;
    log.warn("a saga is stuck", { saga, sagaId: id, step, attempt: attempt.attempt, code: reason.code });
  }

  const tell = ({ leaf, type }: Attempt, outcome: HistoryEntry["outcome"], durationMs: number): void =>
    observe.attempted?.({ saga, step: leaf.name, action: type === "undo" ? "undo" : "do", outcome, durationMs });

  function entryOf(
    { leaf, type, attempt }: Attempt,
    outcome: HistoryEntry["outcome"],
    durationMs: number,
    more: Partial<HistoryEntry> = {},
  ): HistoryEntry {
    return {
      step: leaf.name,
      action: type === "undo" ? "undo" : "do",
      attempt,
      outcome,
      ...more,
      at: instant(clock.now()),
      duration_ms: Math.round(durationMs * 1_000) / 1_000,
    };
  }

  /**
   * A wait that is not needed is over before it begins, and before anything is saved: what comes after it still commits together with
   * what came before.
   * @returns whether there was one
   */
  function passWaits({ actions }: Next): boolean {
    let passed = false;
    for (const action of actions) {
      if (action.type !== "wait" || action.until !== undefined) continue;
      const step = action.leaf.name;
      if (ledger.signals()[step] !== undefined || isNeeded(action.leaf)) continue;
      ledger.conclude({ type: "succeeded", step });
      passed = true;
    }
    return passed;
  }

  /** @returns whether something has changed */
  function settleWaits({ actions }: Next): boolean {
    let changed = false;
    for (const action of actions) {
      if (action.type !== "wait") continue;
      const { leaf, until } = action;
      const step = leaf.name;
      const payload = ledger.signals()[step];
      const entry = (outcome: HistoryEntry["outcome"], more: Partial<HistoryEntry> = {}): HistoryEntry => ({
        step,
        action: "do",
        outcome,
        ...more,
        at: instant(clock.now()),
      });
      if (payload !== undefined || !isNeeded(leaf)) {
        const output = ledger.merge(payload);
        ledger.conclude({ type: "succeeded", step }, entry("ok", output && { output }));
      } else if (until === undefined) ledger.happened({ type: "begun", step });
      else if (clock.now() >= until) {
        ledger.conclude({ type: "expired", step });
        ledger.note(entry("given-up", ledger.progress().failure));
      } else continue;
      changed = true;
    }
    return changed;
  }

  /** A `when` that throws is taken for "yes": then the wait ends by its signal or by its time. */
  function isNeeded({ name, step }: Leaf): boolean {
    try {
      return step?.kind !== "wait" || step.when(ledger.data());
    } catch (error) {
      log.warn("whether a saga has to wait could not be decided; it waits", { saga, sagaId: id, step: name, error });
      return true;
    }
  }

  async function runLocal(attempt: Attempt): Promise<boolean> {
    const { leaf } = attempt;
    const span = spanOf(attempt);
    const startedAt = clock.monotonic();
    const { signal } = new AbortController(); // nobody aborts it: the database ends a transaction that takes too long
    const work = (tx: Tx) =>
      inContext(clock, identityOf(attempt), within(span), timeoutOf(leaf), signal, (context) =>
        localWork(attempt, tx, context),
      );
    const took = () => clock.monotonic() - startedAt;
    try {
      const event = { type: "succeeded", step: leaf.name } as const;
      const saved = await ledger.commit(event, work, () => entryOf(attempt, "ok", took()));
      if (saved === "written") tell(attempt, "ok", took());
      return saved !== "lost";
    } catch (error) {
      span?.fail(error);
      ledger.happened({ type: "begun", step: leaf.name });
      failed(attempt, error, took());
      return true;
    } finally {
      span?.end();
    }
  }

  async function localWork({ leaf, type }: Attempt, tx: Tx, context: StepContext): Promise<Outcome<object>> {
    const { step } = leaf;
    const { rejected } = shape.saga;
    const { failure } = ledger.progress();
    if (!step && rejected && failure) return rejected(ledger.data(), failure, tx);
    const work = step?.kind === "local" ? step[type] : undefined;
    if (!work) throw new Error(`"${leaf.name}" has nothing to ${type}`);
    const outcome = await work(ledger.data(), tx, context);
    crashPoint("saga.local");
    return outcome;
  }

  return { done: live(), nudge: () => ring() };
}

const timeoutOf = ({ step }: Leaf): number =>
  (step && step.kind !== "local" && step.kind !== "wait" ? step.timeoutMs : undefined) ?? DEFAULT_TIMEOUT_MS;

const isWorthKeeping = (attempt: number, outcome: HistoryEntry["outcome"]): boolean =>
  attempt <= RECORDED_ATTEMPTS || outcome === "given-up" || (attempt & (attempt - 1)) === 0;
