import type { Contract, EventType } from "@souk/contract";
import { type Consumer, createConsumer, type Subscribed } from "@souk/messaging";
import { createSagaRunner, type SagaRunner } from "@souk/saga";
import type { Telemetry } from "@souk/telemetry";
import type { Vars } from "./config.ts";
import { registerDatabaseGauges, registerMessagingGauges, registerSagaGauges } from "./gauges.ts";
import { observeConsumer, observeSagas, observeTasks } from "./observers.ts";
import type { State } from "./state.ts";
import { leaseStore } from "./tasks/lease-store.ts";
import { createTaskRunner } from "./tasks/task-runner.ts";
import type { Contracts, On, ServiceDefinition, Task, Wiring } from "./types.ts";
import type { World } from "./world.ts";

/** What a service does without being asked over HTTP: sagas, events in and out, periodic tasks. */
export type Work = {
  readonly consumer: Consumer | undefined;
  readonly sagas: SagaRunner | undefined;
  start(): Promise<void>;
  /** Takes no more events and begins no more tasks; resolves when the events under way are handled. */
  stopTaking(): Promise<void>;
  /** Ends the saga steps and tasks under way, and frees their leases. */
  finish(): Promise<void>;
  /** Ends the batch that is on its way to the broker. */
  flush(): Promise<void>;
};

export type WorkOptions<C extends Contract, V extends Vars, D extends Contracts, E extends readonly EventType[]> = {
  readonly definition: ServiceDefinition<C, V, D, E>;
  readonly wiring: Wiring<C, E>;
  readonly state: State | undefined;
  readonly instance: string;
  readonly holder: string;
  /** How long saga steps under way may take to end, in milliseconds. */
  readonly drainMs: number;
  readonly world: World;
  readonly telemetry: Telemetry;
};

const hourMs = 3_600_000;

export function createWork<C extends Contract, V extends Vars, D extends Contracts, E extends readonly EventType[]>({
  definition: { contract, consumes },
  wiring,
  state,
  instance,
  holder,
  drainMs,
  world: { clock, chance, newId },
  telemetry,
}: WorkOptions<C, V, D, E>): Work {
  const { log, metrics } = telemetry;
  const consumer =
    state &&
    createConsumer({
      db: state.db,
      subscriber: contract.name,
      handlers: subscriptions(consumes, wiring.on),
      transport: state.transport,
      clock,
      chance,
      log,
      observe: observeConsumer(telemetry),
    });
  const definitions = wiring.sagas ?? [];
  const sagas =
    state &&
    createSagaRunner({
      db: state.db,
      sagas: definitions,
      owner: instance,
      clock,
      chance,
      newId,
      log,
      observe: observeSagas(telemetry),
      tracer: telemetry,
    });
  const tasks = createTaskRunner({
    tasks: [...(wiring.tasks ?? []), ...(state ? chassisTasks(contract, state) : [])],
    leases: state && leaseStore(state.db),
    holder,
    clock,
    chance,
    log,
    observe: observeTasks(telemetry),
  });
  let tasksEnded = Promise.resolve();
  const consumesAny = consumes.length > 0;
  const publishesAny = Object.keys(contract.events).length > 0;
  if (state && consumer && sagas) {
    registerDatabaseGauges(metrics, state.db);
    registerMessagingGauges(metrics, state.outbox, consumer);
    registerSagaGauges(metrics, sagas);
  }

  return {
    consumer,
    sagas,
    async start() {
      if (definitions.length > 0) await sagas?.run();
      if (publishesAny) state?.outbox.start();
      if (consumesAny) await consumer?.start();
      tasks.start();
    },
    async stopTaking() {
      // Not awaited here: a task that takes long to end must not keep requests from ending meanwhile.
      tasksEnded = tasks.stop();
      if (consumesAny) await consumer?.stop();
    },
    async finish() {
      await Promise.all([sagas?.stop(drainMs), tasksEnded]);
    },
    async flush() {
      if (publishesAny) await state?.outbox.stop();
    },
  };
}

/** The handlers by event type. @throws Error when one is missing, which the compiler forbids: a JavaScript caller */
function subscriptions<E extends readonly EventType[]>(consumes: E, on: On<E>): Record<string, Subscribed> {
  // as: `On<E>` has a handler for each type of E, which the compiler cannot index by a plain string
  const handlers = on as Readonly<Record<string, Subscribed["handle"] | undefined>>;
  return Object.fromEntries(
    consumes.map((event) => {
      const handle = handlers[event.type];
      if (!handle) throw new Error(`${event.type} is consumed but not handled`);
      return [event.type, { event, handle }];
    }),
  );
}

const chassisTasks = ({ endpoints }: Contract, { idempotency }: State): Task[] =>
  Object.values(endpoints).some(({ spec }) => spec.idempotency === "required")
    ? [{ name: "forget idempotency keys", everyMs: hourMs, run: async () => void (await idempotency.sweep()) }]
    : [];
