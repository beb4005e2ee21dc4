import { type Chance, type Clock, crashPoint, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/telemetry";
import { withDeadline } from "../deadline.ts";
import { messageOf } from "../message.ts";
import { createPulse, type Outcome, type Pulse, relaysBeat } from "../pulse.ts";
import type { Transport } from "../types.ts";
import type { OutboxStore } from "./store.ts";

export type RelayOptions = {
  readonly db: Db;
  /** The publishing service's name. */
  readonly source: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  /** Rows taken at a time. Default 200. */
  readonly batch?: number;
  /** How often it runs when it is woken again and again. Default 25 ms, and under load `relaysBeat`. */
  readonly spacingMs?: number;
  /** How often it looks without being woken. Default 1,000 ms. */
  readonly pollMs?: number;
  /** Told of each batch that the broker has taken. Must not throw. */
  readonly observe?: (published: Published) => void;
};

export type Published = {
  readonly count: number;
  /** From the claim to the commit that marks the batch as done. */
  readonly durationMs: number;
  /** How long the oldest of the batch had been waiting. */
  readonly waitedMs: number;
};

const BATCH = 200;
const SPACING_MS = 25;
const POLL_MS = 1_000;
const PUBLISH_DEADLINE_MS = 8_000;

/**
 * Carries committed facts to the broker. The claim's transaction stays open while the broker is asked, the one remote call
 * inside a transaction here: its row locks are the claim, they fall by themselves when this process dies, and they lock out
 * nobody but other relays. A crash after the broker has taken the batch repeats it; the broker or the inbox drops the copies.
 */
export function createRelay(options: RelayOptions, store: OutboxStore): Pulse {
  const { db, source, transport, clock, chance, log, observe, batch = BATCH } = options;

  async function run(): Promise<Outcome> {
    const startedAt = clock.monotonic();
    const { rows, contended } = await db.tx(async (tx) => {
      const claim = await store.claim(tx, batch);
      if (claim.rows.length === 0) return claim;
      const messages = claim.rows.map((row) => messageOf({ ...row, source }));
      crashPoint("outbox.claimed");
      await withDeadline(
        clock,
        PUBLISH_DEADLINE_MS,
        "the broker did not take a batch in time",
        transport.publish(messages),
      );
      crashPoint("outbox.published");
      const positions = claim.rows.map(({ position }) => position);
      // Not awaited: it goes out in one packet with the commit, which fails when this does. Nobody else hears of its failure.
      store.markDone(tx, positions, instant(clock.now())).catch(() => {});
      return claim;
    });
    const [oldest] = rows;
    if (oldest) {
      observe?.({
        count: rows.length,
        durationMs: clock.monotonic() - startedAt,
        waitedMs: clock.now() - Date.parse(oldest.time),
      });
    }
    if (rows.length === batch) return "more";
    // What another relay had taken was left out, and with it what was written behind it meanwhile: nobody else may look again.
    return contended ? "soon" : "idle";
  }

  return createPulse({
    clock,
    chance,
    spacingMs: options.spacingMs ?? SPACING_MS,
    beat: relaysBeat,
    pollMs: options.pollMs ?? POLL_MS,
    run,
    failed: (error, failures, delayMs) => {
      if (failures === 1) log.warn("relaying failed, events wait in the outbox", { error, delayMs });
    },
    recovered: () => log.info("relaying works again"),
  });
}
