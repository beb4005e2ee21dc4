import { AsyncLocalStorage } from "node:async_hooks";

/** What travels with a piece of work through HTTP, outbox, transport and saga. */
export type Context = {
  /** W3C trace context of the span in progress; undefined outside any trace. */
  readonly traceparent?: string;
  /** Names the whole business transaction in logs: the first request's id. */
  readonly correlationId?: string;
  /** When the caller stops waiting, on `Clock.monotonic`. */
  readonly deadlineAt?: number;
  /** The key that calls made by this work carry: saga id and step, never the attempt. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
  /** Headers that calls made by this work carry: who asked for it at the edge. */
  readonly callHeaders?: Readonly<Record<string, string>>;
};

const storage = new AsyncLocalStorage<Context>();
const nothing: Context = {};

export const currentContext = (): Context => storage.getStore() ?? nothing;
/** Runs `work` in `context` as it is; spread `currentContext()` to keep the rest. */
export const withContext = <T>(context: Context, work: () => T): T => storage.run(context, work);
