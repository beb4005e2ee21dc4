import { type Chance, type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/telemetry";
import { messageOf } from "../message.ts";
import { createPulse, type Outcome, type Pulse } from "../pulse.ts";
import { GAP_MS } from "./gaps.ts";
import { type ConsumerObserver, describe, isNobodysFault, runHandlers } from "./handling.ts";
import type { InboxStore, ParkedRow } from "./store.ts";
import { type Received, Unreadable } from "./subscriptions.ts";

/** An event is dead after this many tries. */
const MAX_ATTEMPTS = 8;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 300_000;
const BATCH = 50;

/**
 * 0.25, 1, 4, 16, 64, 256 and 300 s at most, half of it by chance: eight tries span 5 to 11 minutes, long enough for a deployment to be
 * rolled back. @param attempts tries made so far
 */
export const retryDelayMs = (attempts: number, chance: Chance): number =>
  Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 4 ** (attempts - 1)) * (0.5 + 0.5 * chance());

export type RetriesOptions = {
  readonly db: Db;
  readonly store: InboxStore;
  readonly subscriber: string;
  readonly read: (message: ReturnType<typeof messageOf>) => Received;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly observer: ConsumerObserver;
  /** Redrives dead letters that are due. @returns how many there were */
  readonly redriveDue: () => Promise<number>;
};

/** Tries parked events again when they are due; each subject from its first on, so that its order holds. */
export function createRetries(options: RetriesOptions): Pulse {
  const { db, store, subscriber, read, clock, chance, log, observer, redriveDue } = options;
  const now = () => instant(clock.now());

  /** @returns whether it is handled now: then what stood behind it is due */
  async function retry(row: ParkedRow): Promise<boolean> {
    const message = messageOf(row);
    if (row.reason === "gap") {
      log.warn("an event before this one never came, reading on", {
        subscriber,
        eventId: row.id,
        type: row.type,
        sequence: row.sequence,
      });
    }
    let durationMs = 0;
    try {
      const received = read(message);
      // What was parked behind another may have come before its turn as well: of that nobody could tell while the other had not been handled.
      if (row.reason === "behind" && received.gapless && (await store.awaitGap(row.id, instant(clock.now() + GAP_MS))))
        return false;
      const fresh = await db.tx(async (tx) => {
        if ((await store.take(tx, row.id, now())) !== "fresh") return false;
        const { durationsMs } = await runHandlers([received], tx, { store, clock, observer });
        durationMs = durationsMs[0] ?? 0;
        return true;
      });
      if (fresh)
        observer.handled?.({ message, outcome: "done", durationMs, ageMs: clock.now() - Date.parse(row.time) });
      return fresh;
    } catch (error) {
      if (isNobodysFault(error)) throw error;
      await failed(row, error);
      return false;
    }
  }

  async function failed(row: ParkedRow, error: unknown): Promise<void> {
    const attempts = row.attempts + 1;
    const about = { subscriber, eventId: row.id, type: row.type, attempts, error };
    const dead = attempts >= MAX_ATTEMPTS || error instanceof Unreadable;
    if (!dead) {
      await store.postpone(
        row.id,
        row.attempts,
        describe(error),
        instant(clock.now() + retryDelayMs(attempts, chance)),
      );
      log.warn("an event failed again", about);
    } else if (await store.giveUp(row.id, row.attempts, describe(error), now())) {
      log.error("an event was given up and is a dead letter now", about);
    }
    const ageMs = clock.now() - Date.parse(row.time);
    observer.handled?.({ message: messageOf(row), outcome: dead ? "dead" : "parked", durationMs: 0, ageMs, error });
  }

  return createPulse({
    clock,
    chance,
    spacingMs: 100,
    pollMs: 1_000,
    async run(): Promise<Outcome> {
      const due = await store.due(now(), BATCH);
      let handled = 0;
      for (const row of due) if (await retry(row)) handled++;
      const redriven = await redriveDue();
      if (handled > 0) return "more";
      return due.length > 0 || redriven > 0 ? "soon" : "idle";
    },
    failed: (error, failures) => {
      if (failures === 1) log.warn("retrying parked events failed", { subscriber, error });
    },
  });
}
