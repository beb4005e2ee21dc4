import { type Chance, type Clock, crashPoint, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/telemetry";
import { createDeadLetters, type DeadLetters } from "../dead-letters/dead-letters.ts";
import { createPulse } from "../pulse.ts";
import type { Message, Transport } from "../types.ts";
import { GAP_MS, partAtGaps } from "./gaps.ts";
import { type Attempt, type ConsumerObserver, describe, isNobodysFault, runHandlers } from "./handling.ts";
import { createRetries, retryDelayMs } from "./retries.ts";
import { type InboxStore, inboxStore } from "./store.ts";
import { createReader, type Received, type Subscriptions, Unreadable } from "./subscriptions.ts";

export type ConsumerOptions = {
  readonly db: Db;
  /** The subscribing service's name; replicas share it, and with it each event goes to one of them. */
  readonly subscriber: string;
  readonly handlers: Subscriptions;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly observe?: ConsumerObserver;
  readonly store?: InboxStore;
};

export type Consumer = {
  start(): Promise<void>;
  /** Ends the batch in progress and hands the subscription to other replicas. */
  stop(): Promise<void>;
  stats(): Promise<{ parked: number; dead: number; oldestParkedAgeMs: number }>;
  /** Messages that the broker holds for this subscriber, all its replicas together; undefined when the broker does not say. */
  lag(): Promise<{ messages: number; oldestAgeMs: number } | undefined>;
  readonly deadLetters: DeadLetters;
};

const KEPT_MS = 35 * 24 * 3_600_000;
const SWEEP_EVERY_MS = 3_600_000;
const SWEEP_BATCH = 5_000;

/**
 * Handles events with one effect each: the inbox row (subscriber, event id) commits with what the handler wrote, and the batch
 * is acknowledged after that. A batch is one transaction; when an event fails, what stands before and after it is handled
 * without it, and it is parked.
 */
export function createConsumer(options: ConsumerOptions): Consumer {
  const { db, subscriber, handlers, transport, clock, chance, log, observe: observer = {} } = options;
  const { store = inboxStore(db, subscriber) } = options;
  const read = createReader(handlers);
  const anyGapless = Object.values(handlers).some(({ gapless }) => gapless);
  const deadLetters = createDeadLetters({ db, subscriber, handlers, clock, observe: observer });
  const now = () => instant(clock.now());
  const ageMs = (message: Message) => clock.now() - Date.parse(message.time);
  const retries = createRetries({
    ...{ db, store, subscriber, read, clock, chance, log, observer },
    redriveDue: deadLetters.redriveDue,
  });
  const sweeper = createPulse({
    clock,
    chance,
    spacingMs: 0,
    pollMs: SWEEP_EVERY_MS,
    // Not only when all were: one that was redriven long after those of its time would end each round at its first batch.
    run: async () =>
      (await store.sweep(instant(clock.now() - KEPT_MS), SWEEP_BATCH)) > SWEEP_BATCH / 2 ? "more" : "idle",
    failed: (error, failures) => {
      if (failures === 1) log.warn("sweeping the inbox failed", { subscriber, error });
    },
  });

  async function deliver(batch: readonly Message[]): Promise<void> {
    const readable: Received[] = [];
    const unreadable: { message: Message; error: Unreadable }[] = [];
    for (const message of batch) {
      try {
        readable.push(read(message));
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        unreadable.push({ message, error });
      }
    }
    if (unreadable.length > 0) await bury(unreadable);
    await handle(readable);
  }

  /** All in one transaction; around the one that fails, if one does. */
  async function handle(batch: readonly Received[]): Promise<void> {
    for (let rest = batch; rest.length > 0; ) {
      const attempt: Attempt = {};
      try {
        return await handleTogether(rest, attempt);
      } catch (error) {
        if (isNobodysFault(error)) throw error;
        const [first] = rest;
        const culprit = rest.length === 1 ? first : attempt.running;
        if (!culprit) {
          // No handler threw but the commit did, or several were handled together: nobody says whose it is.
          for (const one of rest) await handle([one]);
          return;
        }
        const index = rest.indexOf(culprit);
        await handle(rest.slice(0, index));
        if (rest.length === 1) await park(culprit, error);
        else await handle([culprit]);
        rest = rest.slice(index + 1);
      }
    }
  }

  async function handleTogether(batch: readonly Received[], attempt: Attempt): Promise<void> {
    const { accepted, durationsMs } = await db.tx(async (tx) => {
      const at = now();
      const subjects = batch.filter(({ gapless }) => gapless).map(({ delivery }) => delivery);
      const known = anyGapless ? await store.sequences(tx, subjects) : [];
      const { ready, early, late } = anyGapless ? partAtGaps(batch, known) : { ready: batch, early: [], late: [] };
      const fresh = await store.accept(tx, messagesOf(ready), at);
      const accepted: Received[] = [];
      const others: Received[] = [];
      // Deleted, so that a batch with two copies of an event runs it once.
      for (const one of ready) (fresh.delete(one.delivery.id) ? accepted : others).push(one);
      for (const one of late) {
        if (accepted.includes(one))
          log.warn("an event came after its successor", { subscriber, eventId: one.delivery.id });
      }
      const { durationsMs, becameDue } = await runHandlers(accepted, tx, { store, clock, observer, attempt });
      let parked = 0;
      if (others.length > 0) parked += await store.park(tx, messagesOf(others), "behind", at, at);
      if (early.length > 0) {
        parked += await store.park(tx, messagesOf(early), "gap", at, instant(clock.now() + GAP_MS));
      }
      if (parked > 0 || becameDue) tx.afterCommit(retries.wake);
      crashPoint("inbox.handled");
      return { accepted, durationsMs };
    });
    crashPoint("inbox.committed");
    if (!observer.handled) return;
    for (const [i, { message }] of accepted.entries()) {
      observer.handled({ message, outcome: "done", durationMs: durationsMs[i] ?? 0, ageMs: ageMs(message) });
    }
  }

  async function park({ message }: Received, error: unknown): Promise<void> {
    const retryAt = instant(clock.now() + retryDelayMs(1, chance));
    await store.parkFailed(db, message, describe(error), now(), retryAt);
    const { id: eventId, type } = message;
    log.warn("an event failed and will be tried again", { subscriber, eventId, type, error });
    observer.handled?.({ message, outcome: "parked", durationMs: 0, ageMs: ageMs(message), error });
  }

  async function bury(unreadable: readonly { message: Message; error: Unreadable }[]): Promise<void> {
    const letters = unreadable.map(({ message, error }) => ({ message, error: error.message }));
    if ((await store.bury(letters, now())) === 0) return;
    for (const { message, error } of unreadable) {
      log.error("an event cannot be read and is a dead letter now", {
        subscriber,
        eventId: message.id,
        type: message.type,
        error,
      });
      observer.handled?.({ message, outcome: "dead", durationMs: 0, ageMs: ageMs(message), error });
    }
  }

  const age = (at: string | null) => (at === null ? 0 : Math.max(0, clock.now() - Date.parse(at)));
  const types = Object.keys(handlers);
  let subscription: { close(): Promise<void> } | undefined;
  return {
    async start() {
      if (types.length > 0) subscription = await transport.subscribe({ subscriber, types, deliver });
      retries.start();
      sweeper.start();
    },
    async stop() {
      await subscription?.close();
      await Promise.all([retries.stop(), sweeper.stop()]);
    },
    async stats() {
      const { parked, dead, oldestParkedAt } = await store.counts();
      return { parked, dead, oldestParkedAgeMs: age(oldestParkedAt) };
    },
    async lag() {
      const known = await transport.lag?.(subscriber, types);
      return known && { messages: known.messages, oldestAgeMs: age(known.oldestAt) };
    },
    deadLetters,
  };
}

const messagesOf = (received: readonly Received[]): Message[] => received.map(({ message }) => message);
