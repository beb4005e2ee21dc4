import type { Chance, Clock } from "@souk/kernel";
import { createWaitingLine, type Wait } from "./waiting-line.ts";

/** What goes first when there is too much: `sheddable`, then `normal`, `critical` last. */
export type Criticality = "critical" | "normal" | "sheddable";

export type LoadShedderOptions = {
  readonly clock: Clock;
  readonly chance: Chance;
  /** How late the event loop runs, in ms; see `createEventLoopLag`. */
  readonly lagMs: () => number;
  /** Where the adaptive limit begins, 4–256. Default 64. */
  readonly initialLimit?: number;
};

export type LoadShedder = {
  /** Whoever is `admitted` must `release`, the others must not. Admitting at once makes no promise. */
  readonly admit: (
    criticality: Criticality,
    signal?: AbortSignal,
  ) => "admitted" | "refused" | Promise<"admitted" | "refused">;
  /** @param overloaded the request ran out of time, or was refused by something of ours for want of capacity */
  readonly release: (overloaded: boolean) => void;
  /** Whole seconds for a `Retry-After`, jittered so that the refused do not return together. */
  readonly retryAfterSeconds: () => number;
  readonly snapshot: () => {
    readonly limit: number;
    readonly inside: number;
    readonly waiting: number;
    readonly lagMs: number;
    /** Since the start. */
    readonly refused: Readonly<Record<Criticality, number>>;
  };
};

const MIN_LIMIT = 4;
const MAX_LIMIT = 256;
const MAX_QUEUED_MS = 100;
const MAX_LAG_MS = 70;
/** Additive increase by one per round of `limit` requests, multiplicative decrease to this share. */
const DECREASE = 0.9;
/** Requests that fail together are one sign of overload, not many. */
const DECREASE_EVERY_MS = 100;
const RETRY_AFTER_SECONDS = 1;
const RETRY_AFTER_SPREAD_SECONDS = 3;

// How much of the concurrency limit and of the tolerated lag each may use. Ordering by criticality is Netflix's ("Keeping Netflix
// Reliable Using Prioritized Load Shedding", 2020).
const shares: Record<Criticality, { readonly limit: number; readonly lag: number }> = {
  sheddable: { limit: 0.7, lag: 0.5 },
  normal: { limit: 0.9, lag: 1 },
  critical: { limit: 1, lag: 2 },
};

/**
 * Refuses early what would be answered too late. The concurrency limit adapts by AIMD (Chiu & Jain, 1989; as in Netflix's
 * concurrency-limits) on event-loop lag and on requests that ran out of time, not on latency: a checkout that waits ten
 * seconds for a shopper is slow without being a load.
 */
export function createLoadShedder({ clock, chance, lagMs, initialLimit = 64 }: LoadShedderOptions): LoadShedder {
  const lines = { critical: createWaitingLine(clock), normal: createWaitingLine(clock) };
  const refused = { critical: 0, normal: 0, sheddable: 0 };
  let limit = Math.min(MAX_LIMIT, Math.max(MIN_LIMIT, initialLimit));
  let inside = 0;
  let decreasedAt = Number.NEGATIVE_INFINITY;

  const roomFor = (criticality: Criticality) => inside < Math.max(1, Math.floor(limit * shares[criticality].limit));
  const waiting = () => lines.critical.length() + lines.normal.length();

  const refuse = (criticality: Criticality): "refused" => {
    refused[criticality]++;
    return "refused";
  };

  const adapt = (overloaded: boolean): void => {
    if (overloaded || lagMs() > MAX_LAG_MS) {
      const now = clock.monotonic();
      if (now - decreasedAt < DECREASE_EVERY_MS) return;
      decreasedAt = now;
      limit = Math.max(MIN_LIMIT, limit * DECREASE);
      // Growing is earned only by using the limit: an idle service must not arrive at 256 by itself.
    } else if (inside * 2 >= limit) {
      limit = Math.min(MAX_LIMIT, limit + 1 / limit);
    }
  };

  const callWaiting = (): void => {
    while (roomFor("critical") && lines.critical.next()) inside++;
    while (roomFor("normal") && lines.normal.next()) inside++;
  };

  return {
    admit(criticality, signal) {
      if (lagMs() > MAX_LAG_MS * shares[criticality].lag) return refuse(criticality);
      const line = criticality === "sheddable" ? undefined : lines[criticality];
      if (roomFor(criticality) && !line?.length()) {
        inside++;
        return "admitted";
      }
      if (!line || waiting() >= limit) return refuse(criticality);
      const since = clock.monotonic();
      return line.join(MAX_QUEUED_MS, signal).then((how: Wait) => {
        if (how === "entered") {
          if (clock.monotonic() - since <= MAX_QUEUED_MS) return "admitted";
          // Its timer was due but the loop was busy: the place goes to the next one.
          inside--;
          callWaiting();
        }
        return refuse(criticality);
      });
    },
    release(overloaded) {
      adapt(overloaded);
      inside--;
      callWaiting();
    },
    retryAfterSeconds: () => RETRY_AFTER_SECONDS + Math.floor(chance() * RETRY_AFTER_SPREAD_SECONDS),
    snapshot: () => ({ limit: Math.floor(limit), inside, waiting: waiting(), lagMs: lagMs(), refused: { ...refused } }),
  };
}
