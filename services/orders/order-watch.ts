import type { Clock } from "@souk/kernel";

/** How long a change made by another replica may stay unseen here. */
const pollMs = 500;

/**
 * Lets a request wait for the next change of an order. Changes made in this process are told at once; those of another replica
 * are found by the poll. A change between two calls of `next` is not lost.
 */
export function orderWatch(clock: Clock) {
  const watchers = new Map<string, Set<() => void>>();
  return {
    changed(orderId: string): void {
      for (const wake of watchers.get(orderId) ?? []) wake();
    },

    /** @param since `changed`: whether there may be news already, so that the first `next` does not wait */
    open(orderId: string, since: { readonly changed: boolean } = { changed: false }) {
      let { changed } = since;
      let wakeUp: (() => void) | undefined;
      const wake = () => {
        changed = true;
        wakeUp?.();
      };
      const set = watchers.get(orderId) ?? new Set();
      watchers.set(orderId, set.add(wake));
      return {
        /** Resolves at the next change, after `maxMs`, at the poll interval, or when `signal` aborts: look again. */
        async next(maxMs: number, signal: AbortSignal): Promise<void> {
          if (!changed && !signal.aborted) {
            const { promise, resolve } = Promise.withResolvers<void>();
            wakeUp = () => resolve();
            const cancel = clock.after(Math.min(maxMs, pollMs), resolve);
            signal.addEventListener("abort", wakeUp);
            await promise;
            signal.removeEventListener("abort", wakeUp);
            cancel();
            wakeUp = undefined;
          }
          changed = false;
        },
        [Symbol.dispose](): void {
          set.delete(wake);
          if (set.size === 0) watchers.delete(orderId);
        },
      };
    },
  };
}
export type OrderWatch = ReturnType<typeof orderWatch>;
