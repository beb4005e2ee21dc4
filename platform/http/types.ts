import type { Readable } from "node:stream";
import type { Contract, Input, Output, Principal, Spec } from "@souk/contract";
import type { Tx } from "@souk/postgres";

/** Several values of one name (`set-cookie`) are sent as several headers. */
export type AnswerHeaders = Readonly<Record<string, string | string[]>>;

/** A successful answer other than the endpoint's usual status, or one with headers (`location`, `etag`, …). */
export class Answer<B> {
  readonly status: number;
  readonly body: B;
  readonly headers: AnswerHeaders;
  constructor(status: number, body: B, headers: AnswerHeaders = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}
export const answer = <B>(status: number, body: B, headers?: AnswerHeaders) => new Answer(status, body, headers);

/**
 * An endpoint's usual answer as JSON that is written already, for one that is made of pieces which stay the same from answer to answer. It
 * goes out as it is: whoever writes it sees to it that it holds what the contract declares, and nothing else (`serialiser`).
 */
export class Written {
  /** UTF-8 when it is bytes. */
  readonly json: string | Buffer;
  /** Whoever knows what the pieces are need not have all of it read again to tell whether it is the same as before. */
  readonly etag: string | undefined;
  constructor(json: string | Buffer, etag?: string) {
    this.json = json;
    this.etag = etag;
  }
}

export type RequestContext = {
  readonly principal: Principal;
  /** Lower-case names. */
  readonly rawHeaders: Readonly<Record<string, string | undefined>>;
  /** The network address that the request came from; behind the edge, the one that the edge saw. */
  readonly address: string;
  /** What the program at that address calls itself; "" when it does not. */
  readonly agent: string;
  /** Aborts when the caller hangs up or the deadline passes. */
  readonly signal: AbortSignal;
  /** Milliseconds the caller is still prepared to wait. `Infinity` for streams, and for uploads whose endpoint names no time: they have no deadline. */
  readonly remainingMs: () => number;
};

type Once = {
  /**
   * Runs `work` in a transaction that also records the request's idempotency key, so that it has one effect per key. A repeated
   * request gets the recorded value back (and `Idempotent-Replayed: true`); `work` may have run for it, but was rolled back. Render
   * the answer from the value alone (it is JSON), then replays answer the same bytes. A ServiceError thrown by `work` rolls its
   * writes back and, when final, is recorded and replayed too; so check inside `work` what a first success changes, or a replay
   * is refused before it is recognised. Exactly one call per request; nothing remote inside.
   */
  readonly once: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
};

export type RouteRequest<S extends Spec> = Input<S> &
  RequestContext &
  (S["idempotency"] extends "required" ? Once : {}) &
  (S["upload"] extends readonly string[] ? { readonly stream: Readable; readonly mediaType: string } : {});

type Result<S extends Spec> = S["stream"] extends true
  ? AsyncIterable<Output<S>>
  : Output<S> | Answer<Output<S>> | Written;

/** What a service implements: one function per endpoint of its contract. */
export type Handlers<C extends Contract> = {
  readonly [K in keyof C["endpoints"]]: (
    request: RouteRequest<C["endpoints"][K]["spec"]>,
  ) => Promise<Result<C["endpoints"][K]["spec"]>>;
};
