import type { Clock } from "@souk/kernel";
import { startLoop } from "../loop.ts";

type Log = { readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void };

export type LiveCopyOptions<L extends { readonly generation: number }, T> = {
  readonly clock: Clock;
  readonly log: Log;
  /** The live generation and how far it has come. Undefined until there is one. */
  readonly live: () => Promise<L | undefined>;
  /** Makes a copy of another generation than the last. */
  readonly load: (live: L, signal: AbortSignal) => Promise<T>;
  /** Brings the copy up to date. */
  readonly follow: (copy: T, live: L) => Promise<void>;
  /** What another process has written is seen within this, in milliseconds; what this one wrote, when it wakes the copy. */
  readonly pollMs: number;
};

export type LiveCopy<T> = {
  /** Undefined until a generation has been built and loaded. */
  readonly current: () => T | undefined;
  /** There may be something new. */
  readonly wake: () => void;
  start(): { close(): Promise<void> };
};

const longestPauseMs = 10_000;

/** Keeps the live generation in memory: loads it, follows its changes, and moves over to the one that takes its place. */
export function liveCopy<L extends { readonly generation: number }, T>({
  clock,
  log,
  live,
  load,
  follow,
  pollMs,
}: LiveCopyOptions<L, T>): LiveCopy<T> {
  const closing = new AbortController();
  let generation: number | undefined;
  let copy: T | undefined;
  let wake = () => {};

  async function step(): Promise<number> {
    const now = await live();
    if (now && copy !== undefined && now.generation === generation) await follow(copy, now);
    else if (now) {
      const loaded = await load(now, closing.signal);
      if (closing.signal.aborted) return pollMs; // perhaps only half of it
      copy = loaded;
      generation = now.generation;
    }
    return pollMs;
  }

  return {
    current: () => copy,
    wake: () => wake(),
    start() {
      const loop = startLoop({
        clock,
        chance: () => 1, // each replica has a copy of its own, and asks a database of its own service
        step,
        pollMs,
        longestPauseMs,
        onError(error, failures) {
          if (failures === 1) log.warn("the live generation cannot be followed", { error });
        },
      });
      wake = loop.wake;
      return {
        close() {
          closing.abort();
          return loop.close();
        },
      };
    },
  };
}
