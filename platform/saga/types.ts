import type { Tx } from "@souk/postgres";

/** What a step learns about itself. Calls made in it carry the idempotency key `${sagaId}:${step}` by themselves. */
export type StepContext = {
  readonly sagaId: string;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly signal: AbortSignal;
};

/** What a step returns is merged into the saga's data and committed before the next step begins. JSON; members that are undefined are left out. */
// biome-ignore lint/suspicious/noConfusingVoidType: an async function without `return` must be a step too
export type Outcome<D> = Partial<D> | undefined | void;
export type Run<D> = (data: D, context: StepContext) => Promise<Outcome<D>>;
export type RunLocal<D> = (data: D, tx: Tx, context: StepContext) => Promise<Outcome<D>>;
export type StepPolicy = {
  /** Attempts that end in no answer, before a compensatable step is given up and undone. Default 8. Ignored after the pivot. */
  readonly attempts?: number;
  /**
   * How long the step may take in all, waiting included, before it is given up and undone. Before the pivot only. When given,
   * `attempts` is ignored: a circuit that stays open for minutes must not use them up in seconds.
   */
  readonly windowMs?: number;
  /** Time one attempt may take. Default 5,000. */
  readonly timeoutMs?: number;
};

/**
 * Steps run in order. Before the pivot a final failure runs the undos in reverse; after it, only forward, for ever.
 * A step whose outcome is unknown (time-out, lost reply, crash) is asked again with the same key, and undone when it is given
 * up: so every undo must accept "that never happened". Step names are stored: renaming one is a migration.
 */
export type Step<D> =
  | ({
      readonly kind: "compensatable" | "pivot" | "retriable";
      readonly name: string;
      readonly run: Run<D>;
      readonly undo?: Run<D>;
    } & StepPolicy)
  /** Effect and outcome commit in one transaction of the service's own database: exactly once, no undo needed before a pivot that fails. */
  | {
      readonly kind: "local";
      readonly pivot: boolean;
      readonly name: string;
      readonly run: RunLocal<D>;
      readonly undo?: RunLocal<D>;
    }
  /** Waits for a signal of this name, at most `windowMs`; the signal's payload is merged into the data. */
  | {
      readonly kind: "wait";
      readonly name: string;
      readonly when: (data: D) => boolean;
      readonly windowMs: number;
    }
  /** All at once; done when all are. */
  | { readonly kind: "parallel"; readonly name: string; readonly steps: readonly Step<D>[] };

/** Why a saga turned back. `code` is the error's own when a service refused, `<saga>.expired` when a wait timed out, else `internal`. */
export type Reason = { readonly code: string; readonly message: string };

export type Saga<D> = {
  readonly name: string;
  readonly steps: readonly Step<D>[];
  /** Runs in the transaction that ends a compensated saga: say why to the aggregate. */
  readonly rejected?: (data: D, reason: Reason, tx: Tx) => Promise<void>;
};

// biome-ignore lint/suspicious/noExplicitAny: each saga has its own data; the engine only carries it
export type AnySaga = Saga<any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyStep = Step<any>;

/** `stuck`: past its pivot or turning back, and refused to go on so often that a person should look. It is still asked again, slowly. */
export type SagaStatus = "running" | "waiting" | "compensating" | "completed" | "compensated" | "stuck";

/** Starts and signals sagas. The rows commit with the caller's state; the runner in this process begins after the commit. */
export type Sagas = {
  /** Idempotent by `id`: starting a saga that exists changes nothing. */
  start<D extends object>(tx: Tx, saga: Saga<D>, id: string, data: D): Promise<void>;
  /**
   * Wakes the saga that waits for `signal`; kept when it comes before the wait. Of several of one name the first counts.
   * False when there is no such saga.
   */
  signal(tx: Tx, id: string, signal: string, payload?: object): Promise<boolean>;
  /**
   * Asks a running saga to stop and undo; refused (false) once its pivot has happened, and while a remote pivot is being asked:
   * nobody knows then whether it has. True when it is being undone already.
   */
  cancel(tx: Tx, id: string, reason: Reason): Promise<boolean>;
};
