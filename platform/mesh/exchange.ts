import { Readable } from "node:stream";
import type { Clock } from "@souk/kernel";
import type { Dispatcher } from "undici";

/** An answer's headers, lower-case names. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Buffer | Readable };

/** Why there was no answer. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  /** `absent`: there was nobody to ask. */
  readonly why: "absent" | "timeout" | "cancelled" | "broken" | "too large";
  /** The request may have reached the instance: only then can it have had an effect. */
  readonly sent: boolean;
  constructor(why: NoAnswer["why"], sent: boolean, options?: ErrorOptions) {
    super(why, options);
    this.why = why;
    this.sent = sent;
  }
}

export type ExchangeOptions = {
  readonly clock: Clock;
  /** Until the whole answer is there; until it begins, when it is a stream of events. May be infinite. */
  readonly timeoutMs: number;
  /** How long nothing may be sent or received, in ms. */
  readonly idleMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether the answer may be a stream: with false it is collected, up to 8 MiB. */
  readonly streaming: boolean;
};

const MAX_COLLECTED_BYTES = 8 * 2 ** 20;
/** Below this a stream costs more than it saves. */
const COLLECT_BELOW_BYTES = 256 * 2 ** 10;

const nothing = Buffer.alloc(0);
const isEventStream = (headers: Headers) => String(headers["content-type"] ?? "").startsWith("text/event-stream");

/**
 * One request and its answer over one connection, as undici's lowest level has it: no stream objects for a small body, no
 * AbortController, one timer. So a call through the whole mesh costs 2–3 µs of CPU
 * more than `pool.request` alone: 20 against 18 (`bench/mesh-hop.bench.ts`, unsampled, median of 5 rounds of 20,000).
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: NoAnswer) => void;
  readonly #streaming: boolean;
  #stopTimer: () => void = () => {};
  /** When something was last sent or received; looked at only where silence is what ends the exchange. */
  #movedAt = 0;
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  readonly #aborted: () => void;
  readonly #ended: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #failure: NoAnswer | undefined;
  #status = 0;
  #headers: Headers = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #stream: Readable | undefined;
  #over = false;

  /** @param ended called once, when nothing will happen on the connection any more */
  constructor(
    resolve: (answer: Answer) => void,
    reject: (error: NoAnswer) => void,
    { clock, timeoutMs, idleMs, signal, streaming }: ExchangeOptions,
    ended: () => void,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#streaming = streaming;
    this.#ended = ended;
    this.#clock = clock;
    if (idleMs !== undefined) this.#watch(idleMs);
    else this.#stopTimer = clock.after(timeoutMs, () => this.abort("timeout"));
    const aborted = () => this.abort("cancelled", signal?.reason);
    // Not written where it is assigned: V8 expects such a function to live long, and what it holds would outlive young collections.
    this.#aborted = aborted;
    this.#signal = signal;
    signal?.addEventListener("abort", aborted, { once: true });
  }

  /** One timer for as long as it lasts: to move one at each piece would cost more than the piece. */
  #watch(idleMs: number): void {
    this.#movedAt = this.#clock.monotonic();
    const look = () => {
      const leftMs = this.#movedAt + idleMs - this.#clock.monotonic();
      if (leftMs <= 0) this.abort("timeout");
      else this.#stopTimer = this.#clock.after(leftMs, look);
    };
    this.#stopTimer = this.#clock.after(idleMs, look);
  }

  abort(why: NoAnswer["why"], cause?: unknown): void {
    if (this.#over) return;
    this.#failure = new NoAnswer(why, this.#controller !== undefined, { cause });
    const failure = this.#failure;
    // The caller learns at once; undici may hold the request in its queue until a connection is there.
    this.#finish(() => (this.#stream ? this.#stream.destroy(failure) : this.#reject(failure)));
    this.#controller?.abort(failure);
  }

  #finish(tell: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer();
    this.#signal?.removeEventListener("abort", this.#aborted);
    tell();
    this.#ended();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#failure) controller.abort(this.#failure);
    else this.#controller = controller;
  }

  /** Of undici's, though its types do not say so: a piece of the body was given to the socket. */
  onBodySent(): void {
    this.#movedAt = this.#clock.monotonic();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    if (!this.#streaming) return;
    const length = Number(headers["content-length"] ?? Number.NaN);
    if (length <= COLLECT_BELOW_BYTES || status === 204 || status === 304) return;
    // Events go on until somebody hangs up.
    if (isEventStream(headers)) this.#stopTimer();
    this.#stream = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        // Also when the reader went away: the instance should not go on telling nobody.
        const early = !this.#over;
        this.#finish(() => {});
        if (early) controller.abort(error ?? new NoAnswer("cancelled", true));
        done(error);
      },
    });
    // Who stopped reading must not bring the process down with an error that nobody hears.
    this.#stream.on("error", () => {});
    this.#resolve({ status, headers, body: this.#stream });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#movedAt = this.#clock.monotonic();
    if (this.#stream) {
      if (!this.#stream.push(chunk)) controller.pause();
      return;
    }
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_COLLECTED_BYTES) this.abort("too large");
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#finish(() => {
      if (this.#stream) this.#stream.push(null);
      else this.#resolve({ status: this.#status, headers: this.#headers, body: this.#body() });
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const failure = new NoAnswer("broken", this.#controller !== undefined, { cause: error });
    this.#finish(() => (this.#stream ? this.#stream.destroy(failure) : this.#reject(failure)));
  }

  #body(): Buffer {
    return this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : (this.#chunks[0] ?? nothing);
  }
}

/**
 * Sends one request. Resolves with any answer, whatever its status.
 * @param ended called once when the exchange is over, its stream included
 * @throws NoAnswer
 */
export const exchange = (
  dispatcher: Pick<Dispatcher, "dispatch">,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
  ended: () => void,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const one = new Exchange(resolve, reject, options, ended);
    const { body } = request;
    // Heard before undici hears it: when the sender of a body breaks off it is not the neighbour that failed.
    if (body instanceof Readable) body.once("error", (error) => one.abort("cancelled", error));
    if (options.signal?.aborted) one.abort("cancelled", options.signal.reason);
    else dispatcher.dispatch(request, one);
  });
