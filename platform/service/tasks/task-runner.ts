import { type Chance, type Clock, crashPoint, instant, sleep } from "@souk/kernel";
import { withContext } from "@souk/telemetry";
import type { Log, Task } from "../types.ts";
import type { LeaseStore } from "./lease-store.ts";

export type TaskRunnerOptions = {
  readonly tasks: readonly Task[];
  /** Undefined for a service without a database: then every replica runs every task. */
  readonly leases: LeaseStore | undefined;
  /** Names this process, and no other before or after it. */
  readonly holder: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  /** Told of each run: `done` or `failed`, and what it took. Must not throw. */
  readonly observe?: (task: string, outcome: "done" | "failed", durationMs: number) => void;
};

export type TaskRunner = {
  start(): void;
  /** Asks tasks to end, waits for them, and frees their leases for other replicas. */
  stop(): Promise<void>;
};

/** How long another replica waits after this one died without a word. */
const leaseMs = 15_000;
const renewMs = 5_000;
const longestPauseMs = 60_000;

/** Runs each task on the one replica that holds its lease, `everyMs` after it last ended; more seldom while it fails. */
export function createTaskRunner({
  tasks,
  leases,
  holder,
  clock,
  chance,
  log,
  observe,
}: TaskRunnerOptions): TaskRunner {
  const stopping = new AbortController();
  const names = tasks.map(({ name }) => name);
  /** What is running, by the task's name; aborted when its lease is lost. */
  const running = new Map<string, { readonly lease: AbortController; readonly ended: Promise<void> }>();
  let keeping: Promise<void> = Promise.resolve();

  async function keepLeases(store: LeaseStore): Promise<void> {
    let heldUntil = 0;
    while (!stopping.signal.aborted) {
      const asked = clock.now();
      try {
        const held = await store.hold(names, holder, instant(asked), instant(asked + leaseMs));
        heldUntil = asked + leaseMs;
        follow(held);
      } catch (error) {
        log.warn("task leases could not be renewed", { error });
        if (clock.now() >= heldUntil) follow([]); // by now another replica may have them
      }
      await sleep(clock, renewMs * (0.8 + 0.4 * chance()), stopping.signal);
    }
  }

  /** Begins what is held and not running, ends what runs and is not held. */
  function follow(held: readonly string[]) {
    for (const task of tasks) {
      const now = running.get(task.name);
      if (held.includes(task.name) === (now !== undefined)) continue;
      if (now) {
        now.lease.abort();
        continue; // until it has ended it may not begin again
      }
      const lease = new AbortController();
      const ended = repeat(task, AbortSignal.any([lease.signal, stopping.signal])).finally(() =>
        running.delete(task.name),
      );
      running.set(task.name, { lease, ended });
    }
  }

  async function repeat({ name, everyMs, run }: Task, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const begun = clock.monotonic();
      try {
        await withContext({ signal }, () => run(signal));
        crashPoint("task.done");
        observe?.(name, "done", clock.monotonic() - begun);
        if (failures > 0) log.info("a task works again", { task: name });
        failures = 0;
      } catch (error) {
        if (signal.aborted) return; // it was asked to end, and that is how it did
        failures += 1;
        observe?.(name, "failed", clock.monotonic() - begun);
        if (failures === 1) log.error("a task failed and will be tried again", { task: name, error });
      }
      const pauseMs =
        failures === 0 ? everyMs : Math.max(everyMs, Math.min(longestPauseMs, 1_000 * 2 ** failures) * chance());
      await sleep(clock, pauseMs, signal);
    }
  }

  return {
    start() {
      if (tasks.length === 0) return;
      if (leases) keeping = keepLeases(leases);
      else follow(names);
    },
    async stop() {
      stopping.abort();
      await keeping;
      await Promise.all([...running.values()].map(({ ended }) => ended));
      if (leases && tasks.length > 0) {
        // They lapse by themselves a little later, so a database that is away does not hold up the exit.
        await leases
          .release(holder)
          .catch((error: unknown) => log.warn("task leases could not be released", { error }));
      }
    },
  };
}
