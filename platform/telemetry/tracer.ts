import { type Clock, ServiceError } from "@souk/kernel";
import { currentContext, withContext } from "./context.ts";
import type { TraceIds } from "./ids.ts";
import { scrub } from "./redact.ts";
import type { Attributes, FinishedSpan, Span, SpanKind, SpanNotes, SpanOptions } from "./span.ts";
import { formatTraceparent, isSampled, spanIdOf, traceIdOf } from "./traceparent.ts";

export type Tracer = {
  /**
   * Begins a span that the caller ends, for code that cannot wrap its work in a function. Undefined when nothing would be
   * recorded: then the work carries the `traceparent` of the context on as it is. The span is not made current.
   */
  begin(name: string, options: SpanOptions): Span | undefined;
  /** Runs `work` as a span. What it throws is recorded and thrown on. */
  span<T>(name: string, options: SpanOptions, work: (span: SpanNotes) => Promise<T>): Promise<T>;
};

export type TracerOptions = {
  readonly service: string;
  readonly instance: string;
  readonly clock: Clock;
  readonly ids: TraceIds;
  /** Share of new traces that are recorded whole, 0–1. */
  readonly sampleRatio: number;
  /** An unsampled request that took this long is recorded after all. Milliseconds. */
  readonly slowMs: number;
  readonly record: (span: FinishedSpan) => void;
};

const unrecorded: SpanNotes = { set() {}, fail() {} };

/** A refusal is an answer, not a failure: a declined card must not fill the trace store. */
const isFailure = (error: unknown): boolean =>
  !(error instanceof ServiceError) || ["internal", "unavailable", "deadline_exceeded"].includes(error.status);

/** Decides by the id itself, so that every service that would start this trace decides alike (OTEP 235). */
const falls = (traceId: string, ratio: number): boolean =>
  ratio >= 1 || Number.parseInt(traceId.slice(-8), 16) < ratio * 2 ** 32;

/**
 * Spans made by hand. An unsampled piece of work costs no object at all, except for the entrances of a process (kinds
 * `server` and `consumer`): theirs is remembered and recorded when it turns out to have failed or been slow.
 */
export function createTracer({ service, instance, clock, ids, sampleRatio, slowMs, record }: TracerOptions): Tracer {
  // The epoch's clock ticks in whole milliseconds; most spans are shorter. It is followed when it is set.
  let origin = clock.now() - clock.monotonic();
  const epochMs = (monotonic: number): number => {
    const current = clock.now() - clock.monotonic();
    if (Math.abs(origin - current) > 20) origin = current;
    return origin + monotonic;
  };

  class LiveSpan implements Span {
    readonly traceparent: string;
    readonly #parentId: string | undefined;
    readonly #name: string;
    readonly #kind: SpanKind;
    readonly #startedAt = clock.monotonic();
    #attributes: Attributes | undefined;
    #error: FinishedSpan["error"];
    #ended = false;

    constructor(name: string, kind: SpanKind, traceparent: string, parent?: string, attributes?: Attributes) {
      this.#name = name;
      this.#kind = kind;
      this.traceparent = traceparent;
      this.#parentId = parent === undefined ? undefined : spanIdOf(parent);
      this.#attributes = attributes;
    }

    set(name: string, value: string | number | boolean): void {
      this.#attributes ??= {};
      this.#attributes[name] = value;
    }

    fail(error: unknown): void {
      if (error instanceof ServiceError) this.set("error.type", error.code);
      if (!isFailure(error)) return;
      const type = error instanceof ServiceError ? error.code : error instanceof Error ? error.name : typeof error;
      this.#error = { type, message: scrub(error instanceof Error ? error.message : String(error)) };
    }

    end(): void {
      if (this.#ended) return;
      this.#ended = true;
      const durationMs = clock.monotonic() - this.#startedAt;
      if (!isSampled(this.traceparent) && this.#error === undefined && durationMs < slowMs) return;
      record({
        traceId: traceIdOf(this.traceparent),
        spanId: spanIdOf(this.traceparent),
        ...(this.#parentId !== undefined && { parentId: this.#parentId }),
        service,
        instance,
        name: this.#name,
        kind: this.#kind,
        startMs: epochMs(this.#startedAt),
        durationMs,
        attributes: this.#attributes ?? {},
        ...(this.#error && { error: this.#error }),
      });
    }
  }

  const begin = (name: string, options: SpanOptions): LiveSpan | undefined => {
    const { kind, attributes } = options;
    const parent = options.parent ?? currentContext().traceparent;
    if (parent === undefined) {
      const traceId = ids.traceId();
      const traceparent = formatTraceparent(traceId, ids.spanId(), falls(traceId, sampleRatio));
      return new LiveSpan(name, kind, traceparent, undefined, attributes);
    }
    const sampled = isSampled(parent);
    if (!sampled && kind !== "server" && kind !== "consumer") return undefined;
    return new LiveSpan(name, kind, formatTraceparent(traceIdOf(parent), ids.spanId(), sampled), parent, attributes);
  };

  return {
    begin,
    async span(name, options, work) {
      const span = begin(name, options);
      if (span === undefined) {
        const { parent } = options;
        return parent === undefined || parent === currentContext().traceparent
          ? work(unrecorded)
          : withContext({ ...currentContext(), traceparent: parent }, () => work(unrecorded));
      }
      try {
        return await withContext({ ...currentContext(), traceparent: span.traceparent }, () => work(span));
      } catch (error) {
        span.fail(error);
        throw error;
      } finally {
        span.end();
      }
    },
  };
}
