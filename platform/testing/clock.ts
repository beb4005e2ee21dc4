import { setImmediate as turn } from "node:timers/promises";
import type { Chance, Clock, Instant } from "@souk/kernel";
import { realWorkDone, watchRealWork } from "./real-work.ts";

export type FakeClock = Clock & {
  /**
   * Moves time on by `ms`, once what is under way with a real database or socket is done: no deadline comes sooner because the
   * machine is slow. The timers that fall due run in order, each at its own instant; between them, and at the end, promises settle.
   * Real work that they begin does not: await that itself, or let time pass (`passingTime`).
   */
  advance(ms: number): Promise<void>;
  /** Timers not yet due. */
  pending(): number;
  /** How long until the next timer is due; undefined when there is none. */
  dueInMs(): number | undefined;
};

/** Time that only moves when told to. Starts at `start`, by default noon on 1 January 2030. */
export function fakeClock(start: Instant = "2030-01-01T12:00:00.000Z"): FakeClock {
  watchRealWork();
  const origin = Date.parse(start);
  let elapsedMs = 0;
  let timers: { readonly dueMs: number; readonly task: () => void }[] = [];
  /** The earliest; among equals the one set first. */
  const earliest = () =>
    timers.reduce<(typeof timers)[number] | undefined>((a, b) => (a && a.dueMs <= b.dueMs ? a : b), undefined);

  return {
    now: () => origin + elapsedMs,
    monotonic: () => elapsedMs,
    after(delayMs, task) {
      const timer = { dueMs: elapsedMs + Math.max(0, delayMs), task };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async advance(ms) {
      await realWorkDone();
      const endMs = elapsedMs + ms;
      for (;;) {
        const next = earliest();
        if (!next || next.dueMs > endMs) break;
        timers = timers.filter((other) => other !== next);
        elapsedMs = Math.max(elapsedMs, next.dueMs);
        next.task();
        await turn();
      }
      elapsedMs = endMs;
    },
    pending: () => timers.length,
    dueInMs() {
      const next = earliest();
      return next && Math.max(0, next.dueMs - elapsedMs);
    },
  };
}

/** Repeatable chance: mulberry32, a 32-bit generator whose whole state is one number. */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `00000000-0000-7000-8000-000000000001`, …2, …3: valid UUIDv7 that a person can tell apart. */
export function sequentialIds(): () => string {
  let last = 0;
  return () => `00000000-0000-7000-8000-${(++last).toString(16).padStart(12, "0")}`;
}
