import type { EventType, Static } from "@souk/contract";
import { instant } from "@souk/kernel";
import type { Tx } from "@souk/postgres";
import { currentContext } from "@souk/telemetry";
import { createPulse } from "../pulse.ts";
import { createChecks } from "../schema.ts";
import type { Publish } from "../types.ts";
import { createRelay, type RelayOptions } from "./relay.ts";
import { type OutboxRow, type OutboxStore, outboxStore } from "./store.ts";

export type OutboxOptions = RelayOptions & {
  /** A new UUIDv7. */
  readonly newId: () => string;
  readonly store?: OutboxStore;
};

/** One of several facts; its data is checked when it is published. */
export type Fact<E extends EventType = EventType> = {
  readonly event: E;
  readonly subject: string;
  readonly sequence: number;
  readonly data: Static<E["schema"]>;
};

export type Outbox = {
  /**
   * Writes one fact into the caller's transaction and wakes the relay after its commit. The caller must hold the aggregate
   * (by lock or by expected version), so that facts of a subject commit in `sequence`.
   * @throws Error when `data` does not fit the event's schema: a bug, the transaction must not commit
   */
  readonly publish: Publish;
  /** The same for several facts in one statement; those of one subject in `sequence`. */
  publishAll(tx: Tx, facts: readonly Fact[]): Promise<void>;
  start(): void;
  /** Ends the batch in progress; what is left is for another replica or the next start. */
  stop(): Promise<void>;
  /** There may be something to relay. */
  wake(): void;
  stats(): Promise<{ pending: number; oldestAgeMs: number }>;
};

const KEPT_MS = 7 * 24 * 3_600_000;
const SWEEP_EVERY_MS = 3_600_000;
const SWEEP_BATCH = 5_000;

export function createOutbox(options: OutboxOptions): Outbox {
  const { db, clock, chance, newId, log, store = outboxStore(db) } = options;
  const check = createChecks("as published");
  const relay = createRelay(options, store);
  const sweeper = createPulse({
    clock,
    chance,
    spacingMs: 0,
    pollMs: SWEEP_EVERY_MS,
    run: async () =>
      (await store.sweep(instant(clock.now() - KEPT_MS), SWEEP_BATCH)) === SWEEP_BATCH ? "more" : "idle",
    failed: (error, failures) => {
      if (failures === 1) log.warn("sweeping the outbox failed", { error });
    },
  });

  const rowOf = ({ event, subject, sequence, data }: Fact): OutboxRow => {
    const problem = check(event)(data);
    if (problem !== undefined) throw new Error(`${event.type} does not fit its schema: ${problem}`);
    if (!Number.isSafeInteger(sequence) || sequence < 1) throw new Error(`${event.type} has the sequence ${sequence}`);
    const { traceparent = null, correlationId = null } = currentContext();
    return {
      id: newId(),
      type: event.type,
      subject,
      sequence,
      time: instant(clock.now()),
      data: JSON.stringify(data),
      traceparent,
      correlationId,
    };
  };

  return {
    async publish(tx, event, fact) {
      tx.afterCommit(relay.wake);
      await store.insert(tx, rowOf({ event, ...fact }));
    },
    async publishAll(tx, facts) {
      if (facts.length === 0) return;
      tx.afterCommit(relay.wake);
      await store.insertMany(tx, facts.map(rowOf));
    },
    start() {
      relay.start();
      sweeper.start();
    },
    async stop() {
      await Promise.all([relay.stop(), sweeper.stop()]);
    },
    wake: relay.wake,
    async stats() {
      const { pending, oldestAt } = await store.backlog();
      return { pending, oldestAgeMs: oldestAt === null ? 0 : Math.max(0, clock.now() - Date.parse(oldestAt)) };
    },
  };
}
