import { SpanKind as OtelKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { FinishedSpan, SpanKind, SpanSink, Written } from "./span.ts";

type Origin = { readonly service: string; readonly version: string; readonly instance: string };

const kinds: Record<SpanKind, OtelKind> = {
  internal: OtelKind.INTERNAL,
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
};

const NANOS_PER_MS = 1e6;
/** `ExportResultCode.SUCCESS` */
const SENT = 0;
const hrTime = (ms: number): [number, number] => {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * NANOS_PER_MS)];
};

/** Sends spans to a collector in batches (OTLP/HTTP). Imported only when there is one: it takes 150 ms to load. */
export function createOtlpSink(
  { service, version, instance }: Origin,
  /** The collector's base address, as in `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  endpoint: string,
  sent: Written,
  exporter: SpanExporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, "")}/v1/traces`,
    // By default it retries for 10 s, and a shutdown would wait for that.
    timeoutMillis: 2_000,
  }),
): SpanSink {
  const processor = new BatchSpanProcessor({
    // The processor itself keeps its failures for a logger of OpenTelemetry's own.
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        sent(result.code === SENT ? undefined : (result.error ?? new Error("the collector did not take them")));
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  });
  const resource = resourceFromAttributes({
    "service.name": service,
    "service.version": version,
    "service.instance.id": instance,
    "service.namespace": "souk",
  });

  const readable = (span: FinishedSpan): ReadableSpan => {
    // Recorded late or not: what reaches a sink is meant to be kept.
    const context = (spanId: string) => ({ traceId: span.traceId, spanId, traceFlags: TraceFlags.SAMPLED });
    const own = context(span.spanId);
    return {
      name: span.name,
      kind: kinds[span.kind],
      spanContext: () => own,
      ...(span.parentId !== undefined && { parentSpanContext: context(span.parentId) }),
      startTime: hrTime(span.startMs),
      endTime: hrTime(span.startMs + span.durationMs),
      duration: hrTime(span.durationMs),
      ended: true,
      status: span.error ? { code: SpanStatusCode.ERROR, message: span.error.message } : { code: SpanStatusCode.UNSET },
      attributes: span.error ? { "error.type": span.error.type, ...span.attributes } : span.attributes,
      links: [],
      events: [],
      resource,
      instrumentationScope: { name: "@souk/telemetry" },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  };

  return {
    add: (span) => processor.onEnd(readable(span)),
    close: () => processor.shutdown(),
  };
}
