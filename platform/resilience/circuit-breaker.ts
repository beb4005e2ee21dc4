import type { Chance, Clock } from "@souk/kernel";
import { createSlidingWindow } from "./sliding-window.ts";

/** `ignored`: says nothing about the dependency's health, e.g. the caller hung up. A refusal (4xx) is a success. */
export type CallOutcome = "success" | "failure" | "ignored";
export type BreakerState = "closed" | "open" | "half-open";

export type BreakerSnapshot = {
  readonly state: BreakerState;
  /** In the window. */
  readonly calls: number;
  readonly failed: number;
  readonly slow: number;
  /** Until probes are let through; 0 unless open. */
  readonly retryAfterMs: number;
  /** Openings since it was last closed. */
  readonly openings: number;
};

export type CircuitBreaker = {
  /** A ticket to give back to `record`, or undefined when the call must not be made. */
  readonly admit: () => number | undefined;
  /** Every ticket comes back exactly once. */
  readonly record: (ticket: number, outcome: CallOutcome, slow?: boolean) => void;
  readonly snapshot: () => BreakerSnapshot;
};

export type CircuitBreakerOptions = {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly changed?: (to: BreakerState, from: BreakerState) => void;
};

const WINDOW_MS = 30_000;
const MIN_CALLS = 20;
const FAILED_SHARE = 0.5;
const SLOW_SHARE = 0.8;
const OPEN_MS = 5_000;
const MAX_OPEN_MS = 60_000;
/** The pause is spread by this share both ways, so that the callers of a dependency do not probe it in step. */
const SPREAD = 0.2;
const PROBES = 5;
const PROBES_TO_CLOSE = 4;

const CALLS = 0;
const FAILED = 1;
const SLOW = 2;

/**
 * Opens when at least 20 calls of the last 30 s failed by half or were slow by four fifths; stays open 5 s, doubling to 60 s
 * ± 20 % while probes fail; then lets 5 probes through, of which 4 must succeed and not be slow. (Nygard, "Release It!", 2007.)
 */
export function createCircuitBreaker({ clock, chance, changed }: CircuitBreakerOptions): CircuitBreaker {
  const window = createSlidingWindow(clock, WINDOW_MS, 3);
  let state: BreakerState = "closed";
  // Tickets carry the period they were drawn in: a call from before the opening must not count as a probe.
  let period = 0;
  let reopensAt = 0;
  let openings = 0;
  let probesOut = 0;
  let probesGood = 0;
  let probesBad = 0;

  const turn = (to: BreakerState): void => {
    const from = state;
    state = to;
    period++;
    changed?.(to, from);
  };

  const open = (): void => {
    openings++;
    const pauseMs = Math.min(MAX_OPEN_MS, OPEN_MS * 2 ** (openings - 1));
    reopensAt = clock.monotonic() + pauseMs * (1 - SPREAD + 2 * SPREAD * chance());
    turn("open");
  };

  const halfOpen = (): void => {
    probesOut = probesGood = probesBad = 0;
    turn("half-open");
  };

  const close = (): void => {
    openings = 0;
    window.clear();
    turn("closed");
  };

  const current = (): BreakerState => {
    if (state === "open" && clock.monotonic() >= reopensAt) halfOpen();
    return state;
  };

  const recordProbe = (outcome: CallOutcome, slow: boolean): void => {
    probesOut--;
    if (outcome === "ignored") return;
    // A slow one may be what it was opened for: taken for good, it would close and open again every five seconds.
    if (outcome === "success" && !slow) {
      if (++probesGood >= PROBES_TO_CLOSE) close();
    } else if (++probesBad > PROBES - PROBES_TO_CLOSE) open();
  };

  const recordCall = (outcome: CallOutcome, slow: boolean): void => {
    if (outcome === "ignored") return;
    window.add(CALLS);
    if (outcome === "failure") window.add(FAILED);
    if (slow) window.add(SLOW);
    if (outcome === "success" && !slow) return;
    const calls = window.total(CALLS);
    if (calls < MIN_CALLS) return;
    if (window.total(FAILED) >= calls * FAILED_SHARE || window.total(SLOW) >= calls * SLOW_SHARE) open();
  };

  return {
    admit() {
      switch (current()) {
        case "closed":
          return period;
        case "open":
          return undefined;
        case "half-open":
          if (probesOut + probesGood + probesBad >= PROBES) return undefined;
          probesOut++;
          return period;
      }
    },
    record(ticket, outcome, slow = false) {
      if (ticket !== period) return;
      if (state === "half-open") recordProbe(outcome, slow);
      else recordCall(outcome, slow);
    },
    snapshot: () => ({
      state: current(),
      calls: window.total(CALLS),
      failed: window.total(FAILED),
      slow: window.total(SLOW),
      retryAfterMs: state === "open" ? Math.max(0, reopensAt - clock.monotonic()) : 0,
      openings,
    }),
  };
}
