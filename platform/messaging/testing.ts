import type { Log } from "@souk/telemetry";
import type { LogStore } from "./transports/log/store.ts";

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A store whose process can die: after `sever` nothing gets through, in either direction. */
export function severable(store: LogStore): { store: LogStore; sever: () => void } {
  let severed = false;
  const gone = () => Promise.reject(new Error("the process is gone"));
  const guarded =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (severed) return gone();
      const result = await call(...args);
      return severed ? gone() : result;
    };
  return {
    store: {
      append: guarded(store.append),
      read: guarded(store.read),
      join: guarded(store.join),
      beat: guarded(store.beat),
      hold: guarded(store.hold),
      claim: guarded(store.claim),
      release: guarded(store.release),
      leave: guarded(store.leave),
      lag: guarded(store.lag),
      sweep: guarded(store.sweep),
      listen: (notice) => store.listen((one) => severed || notice(one)),
      close: store.close,
    },
    sever: () => {
      severed = true;
    },
  };
}
