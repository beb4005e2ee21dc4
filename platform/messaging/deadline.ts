import type { Clock } from "@souk/kernel";

/** Rejects when `work` takes longer than `ms`; the work itself goes on, so it must be safe to repeat. */
export function withDeadline<T>(clock: Clock, ms: number, message: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new Error(`${message} (${ms} ms)`)));
    work.then(resolve, reject).finally(cancel);
  });
}
