import { useSyncExternalStore } from "react";

const pauseMs = 2_000;
let waiting = 0;
const listeners = new Set<() => void>();
const wait = (change: 1 | -1) => {
  waiting += change;
  for (const listener of listeners) listener();
};

/**
 * Fetches a part of this program. While nobody answers it is tried again, and the page before it stays: what the browser would put there
 * says nothing. @throws what `load` throws when the shop answers and has no such part: it was built anew
 */
export async function part<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (await answers()) throw cause;
  }
  wait(1);
  try {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (await answers()) return await load();
    }
  } finally {
    wait(-1);
  }
}

const answers = (): Promise<boolean> =>
  fetch("/", { method: "HEAD", cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );

/** When a part that was asked for cannot be had: at once, when it is so already. */
export const partMissing = (): Promise<void> =>
  new Promise((resolve) => {
    const look = () => {
      if (waiting === 0) return;
      listeners.delete(look);
      resolve();
    };
    listeners.add(look);
    look();
  });

/** Whether a page that was asked for waits for its part of the program. */
export const usePartsMissing = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => waiting > 0,
  );
