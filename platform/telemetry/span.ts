/** What a span says about its work. Names as in OpenTelemetry's semantic conventions; values are never personal. */
export type Attributes = Record<string, string | number | boolean>;

export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";

export type SpanOptions = {
  readonly kind: SpanKind;
  /** Kept by reference: the caller gives it away. */
  readonly attributes?: Attributes;
  /** Defaults to the span in progress. */
  readonly parent?: string | undefined;
};

/** What work may add to its own span; nothing happens when the span is not recorded. */
export type SpanNotes = {
  readonly set: (name: string, value: string | number | boolean) => void;
  /** Marks the span as failed although the work returned. */
  readonly fail: (error: unknown) => void;
};

/** A span in progress. Its `traceparent` is what the work and the calls made by it must carry. */
export type Span = SpanNotes & {
  readonly traceparent: string;
  /** Ends the span, once. */
  readonly end: () => void;
};

/** A span that is over: one JSON line of a trace file, and what is exported as OTLP. */
export type FinishedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
  readonly service: string;
  readonly instance: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** Milliseconds since the epoch, with fractions. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes: Attributes;
  readonly error?: { readonly type: string; readonly message: string };
};

/** What became of an attempt to write or send spans: the error, or nothing when it went well. */
export type Written = (error?: unknown) => void;

/** Where finished spans go. `add` must not throw and must not wait. */
export type SpanSink = {
  add(span: FinishedSpan): void;
  /** Writes out what is still held. */
  close(): Promise<void>;
};
