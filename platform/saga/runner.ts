import { randomUUID } from "node:crypto";
import { type Cancel, type Chance, type Clock, instant, sleep } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import { currentContext, type Log, type Tracer, withContext } from "@souk/telemetry";
import type { Trace } from "./attempt.ts";
import { isIrrevocable, nothingDone } from "./engine.ts";
import { type Execution, execute, type SagaObserver } from "./execution.ts";
import { createLedger, type HeldRow } from "./ledger.ts";
import { createOperators, type SagaOperators } from "./operators.ts";
import { createOutcomeWriter } from "./outcome-writer.ts";
import { type Shape, shapeOf } from "./shape.ts";
import { type Claimed, type Data, postgresStore, type SagaStore, storable } from "./store.ts";
import type { AnySaga, Sagas } from "./types.ts";

export type SagaRunnerOptions = {
  readonly db: Db;
  /** Every saga that may be started or resumed here. One that is not listed waits for a runner that knows it. */
  readonly sagas: readonly AnySaga[];
  /** This replica, for people. Two runs of one replica are told apart by `newId`. */
  readonly owner: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly newId?: () => string;
  readonly log: Pick<Log, "info" | "warn" | "error">;
  /** Sagas worked on at once; the others wait in the database. Those that begin together may exceed it, up to twice. Default 256. */
  readonly concurrency?: number;
  readonly observe?: SagaObserver;
  /** Makes a span of each attempt. */
  readonly tracer?: Pick<Tracer, "begin">;
  /** Replaces PostgreSQL in a simulation. */
  readonly store?: SagaStore;
};

export type SagaRunner = Sagas & {
  /** Registers this runner and takes up what is due. Until then, and after `stop`, sagas may be started here but run elsewhere. */
  run(): Promise<void>;
  /**
   * Begins nothing new, waits at most `graceMs` (default 10,000) for the attempts under way, records them, and gives every saga
   * back for others to take at once.
   */
  stop(graceMs?: number): Promise<void>;
  /** Looks for due sagas now instead of at the next poll. */
  wake(): void;
  readonly operators: SagaOperators;
  readonly stats: () => {
    /** Sagas this runner is working on. */
    readonly active: number;
    /** Statements that recorded outcomes, and how many outcomes were in them. */
    readonly statements: number;
    readonly writes: number;
  };
};

/** Sagas of a runner that does not renew for this long are anybody's. */
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
/** Due timers and lapsed leases; what begins or is signalled in this process does not wait for it. */
const POLL_MS = 1_000;
const MOST_AT_ONCE = 64;
const FORGET_MS = 3_600_000;

/** Runs sagas on the service's own database. Any number of replicas may, each saga is worked on by one at a time. */
export function createSagaRunner(options: SagaRunnerOptions): SagaRunner {
  const { db, clock, chance, log, concurrency = 256, observe = {}, tracer, store = postgresStore } = options;
  const owner = `${options.owner}/${(options.newId ?? randomUUID)()}`;
  const shapes = shapesOf(options.sagas);
  const names = [...shapes.keys()];

  const active = new Map<string, Execution>();
  const underWay = new Set<(why: string) => void>();
  let phase: "idle" | "running" | "stopping" | "stopped" = "idle";
  /** On `clock.monotonic`, reckoned from before the renewal was sent: never later than what the others read. */
  let leasedUntil = Number.NEGATIVE_INFINITY;
  /** There may be more than was taken. */
  let isBehind = false;
  let polling: Promise<void> | undefined;
  let timers: Cancel[] = [];
  const called = new Set<string>();
  /** Called while they were being worked on: looked at again when they are given back. */
  const missed = new Set<string>();

  const isLeased = () => clock.monotonic() < leasedUntil;
  const writer = createOutcomeWriter({ sql: db, store, clock, chance, mayWrite: isLeased });
  const ledgerDeps = { db, store, writer, clock, chance };
  const executionDeps = { clock, log, observe, tracer, underWay, isLeased, isStopping: () => phase !== "running" };

  function hold(row: HeldRow, shape: Shape, trace: Trace, startedAtMs: number, adopted: boolean): void {
    const { id } = row;
    const before = active.get(id);
    if (before) {
      // Given back and claimed again before its end was noticed here.
      void before.done.catch(() => {}).then(() => hold(row, shape, trace, startedAtMs, adopted));
      return;
    }
    const execution = withContext({ ...trace }, () =>
      execute({ id, shape, ledger: createLedger(shape, row, adopted, ledgerDeps), trace, startedAtMs }, executionDeps),
    );
    active.set(id, execution);
    void execution.done
      .catch((error: unknown) => log.error("a saga could not be recorded; it is taken up again", { sagaId: id, error }))
      .then(() => {
        active.delete(id);
        if (missed.delete(id)) due(id);
        if (isBehind && active.size <= concurrency * 0.75) wake();
      });
  }

  function take(rows: readonly Claimed[]): void {
    for (const row of rows) {
      const shape = shapes.get(row.name);
      if (!shape) continue;
      const { traceparent, correlation_id: correlationId, started_at, held } = row;
      const trace = { ...(traceparent && { traceparent }), ...(correlationId && { correlationId }) };
      hold(row, shape, trace, Date.parse(started_at), held);
    }
  }

  const capacity = () => Math.min(MOST_AT_ONCE, concurrency - active.size);

  async function poll(): Promise<void> {
    for (isBehind = true; isBehind && phase === "running" && isLeased(); ) {
      const limit = capacity();
      if (limit <= 0) return;
      const rows = await store.claim(db, { owner, names, now: instant(clock.now()), limit });
      isBehind = rows.length >= limit;
      take(rows);
    }
  }

  function wake(): void {
    if (phase !== "running" || polling) return;
    polling = poll()
      .catch((error: unknown) => log.warn("due sagas could not be looked for; tried again", { error }))
      .finally(() => {
        polling = undefined;
      });
  }

  /** Someone in this process made it due: taken without a search. Those of one turn are taken together. */
  function due(id: string): void {
    if (phase !== "running") return;
    if (active.has(id)) {
      missed.add(id);
      return;
    }
    if (called.size === 0) queueMicrotask(() => void takeCalled());
    called.add(id);
  }

  async function takeCalled(): Promise<void> {
    const ids = [...called];
    called.clear();
    if (capacity() < ids.length) return wake();
    try {
      take(await store.claimThese(db, { owner, ids, names, now: instant(clock.now()) }));
    } catch (error) {
      log.warn("due sagas could not be taken; the next poll does", { error });
    }
  }

  async function renew(): Promise<void> {
    const sentAt = clock.monotonic();
    const now = clock.now();
    await store.renew(db, owner, instant(now + LEASE_MS), instant(now - FORGET_MS));
    leasedUntil = Math.max(leasedUntil, sentAt + LEASE_MS);
  }

  async function renewAndReclaim(): Promise<void> {
    try {
      await renew();
      if (phase !== "running") return;
      // What was begun just now may not be in `active` yet: its transaction has committed, the hook has not run.
      const startedBefore = instant(clock.now() - LEASE_MS);
      const known = [...active.keys()];
      take(await store.reclaim(db, { owner, known, startedBefore }));
    } catch (error) {
      log.warn("the lease on running sagas could not be renewed; tried again", { error });
    }
  }

  /** Runs `task` again and again, `everyMs` ± 10 % after it last ended: replicas that started together drift apart. */
  function every(everyMs: number, task: () => Promise<void> | void): Cancel {
    let isOver = false;
    let cancel: Cancel = () => {};
    const again = () => {
      if (isOver) return;
      cancel = clock.after(everyMs * (0.9 + 0.2 * chance()), () => void Promise.resolve(task()).then(again));
    };
    again();
    return () => {
      isOver = true;
      cancel();
    };
  }

  async function drained(graceMs: number): Promise<void> {
    const all = Promise.allSettled([...active.values()].map(({ done }) => done)).then(() => {});
    await Promise.race([all, sleep(clock, graceMs)]);
    for (const end of underWay) end("This process is shutting down.");
    await Promise.race([all, sleep(clock, 1_000)]);
  }

  return {
    async start(tx, saga, id, data) {
      const shape = shapes.get(saga.name);
      if (shape?.saga !== saga) throw new Error(`saga "${saga.name}" is not one of this runner's`);
      const { traceparent, correlationId } = currentContext();
      const input = storable(data as Data); // as: any object can be read member by member
      const progress = nothingDone;
      const startedAtMs = clock.now();
      const irrevocable = isIrrevocable(shape, progress);
      const isOurs = phase === "running" && isLeased() && active.size < concurrency;
      const inserted = store.insert(tx, {
        id,
        name: saga.name,
        input,
        irrevocable,
        started_at: instant(startedAtMs),
        owner: isOurs ? owner : undefined,
        traceparent,
        correlationId,
      });
      inserted.catch(() => {}); // the transaction fails with it
      tx.afterCommit(() => {
        const begin = (isNew: boolean) => {
          if (!isNew) return;
          if (!isOurs) {
            isBehind = true;
            return;
          }
          const row = { id, fence: 1, version: 0, news: 0, progress, cancel: null, signals: null, input, output: {} };
          const trace = { ...(traceparent && { traceparent }), ...(correlationId && { correlationId }) };
          hold(row, shape, trace, startedAtMs, false);
        };
        // The answers to both were lost, and the commit was found to have happened: whether the saga is new is not known, so it is
        // left to `reclaim`.
        inserted.then(begin, () => {});
      });
    },

    async signal(tx, id, signal, payload = {}) {
      const known = await store.signal(tx, id, signal, storable(payload as Data), instant(clock.now()));
      tx.afterCommit(() => due(id));
      return known;
    },

    async cancel(tx, id, reason) {
      const { code, message } = storable(reason);
      const turned = await store.cancel(tx, id, { code, message }, instant(clock.now()));
      tx.afterCommit(() => due(id));
      return turned;
    },

    async run() {
      if (phase !== "idle") throw new Error("this saga runner has been started before");
      await renew();
      phase = "running";
      timers = [every(RENEW_MS, renewAndReclaim), every(POLL_MS, wake)];
      wake();
    },

    async stop(graceMs = 10_000) {
      if (phase !== "running") return;
      phase = "stopping";
      for (const cancel of timers) cancel();
      writer.hurry();
      await polling;
      // While the last attempts end, nobody else must begin them.
      const stopRenewing = every(RENEW_MS, renewAndReclaim);
      for (const { nudge } of active.values()) nudge();
      await drained(graceMs);
      stopRenewing();
      phase = "stopped";
      leasedUntil = Number.NEGATIVE_INFINITY;
      await store
        .retire(db, owner)
        .catch((error: unknown) => log.warn("the lease could not be given up; it lapses", { error }));
    },

    wake,
    operators: createOperators({ db, store, clock, chance, shapes, due }),
    stats: () => ({ active: active.size, ...writer.stats() }),
  };
}

function shapesOf(sagas: readonly AnySaga[]): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const saga of sagas) {
    if (shapes.has(saga.name)) throw new Error(`two sagas are named "${saga.name}"`);
    shapes.set(saga.name, shapeOf(saga));
  }
  return shapes;
}
