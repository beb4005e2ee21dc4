export { type Context, currentContext, withContext } from "./context.ts";
export { createTraceIds, type FillRandom, type TraceIds } from "./ids.ts";
export type { Fields, Log, LogLevel } from "./log.ts";
export type { Metrics, RecordCall } from "./metrics.ts";
export { CORRELATION_HEADER, extract, inject, TRACEPARENT_HEADER } from "./propagation.ts";
export { readTrace, type SpanNode } from "./read-trace.ts";
export type { Attributes, FinishedSpan, Span, SpanKind, SpanNotes, SpanOptions, SpanSink } from "./span.ts";
export { createTelemetry, type Telemetry, type TelemetryOptions } from "./telemetry.ts";
export { rotated } from "./trace-file.ts";
export {
  formatTraceparent,
  isSampled,
  parseTraceparent,
  spanIdOf,
  type Traceparent,
  traceIdOf,
} from "./traceparent.ts";
export type { Tracer } from "./tracer.ts";
