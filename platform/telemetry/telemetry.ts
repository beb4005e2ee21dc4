import { type Clock, systemClock } from "@souk/kernel";
import { Registry } from "prom-client";
import { createTraceIds, type FillRandom } from "./ids.ts";
import { createLog, type Log, type LogLevel } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { registerProcessGauges } from "./process-gauges.ts";
import type { FinishedSpan, SpanSink, Written } from "./span.ts";
import { createTraceFile } from "./trace-file.ts";
import { createTracer, type Tracer } from "./tracer.ts";

export type TelemetryOptions = {
  readonly service: string;
  readonly version: string;
  readonly instance: string;
  readonly environment: "development" | "production" | "test";
  readonly env: {
    /** A collector's base address for OTLP/HTTP. */
    readonly otlpEndpoint?: string | undefined;
    /** Share of traces recorded whole, 0–1. Default 1 in development, 0.1 elsewhere. */
    readonly sampleRatio?: number | undefined;
    readonly logLevel?: LogLevel | undefined;
    /** Where spans are kept when there is no collector; one file per process. */
    readonly traceFile?: string | undefined;
  };
  /** Takes the log's lines instead of standard output. */
  readonly write?: (line: string) => void;
  readonly clock?: Clock;
  /** The source of trace and span ids. */
  readonly random?: FillRandom;
};

export type Telemetry = Tracer & {
  readonly log: Log;
  readonly metrics: Metrics;
  /** `await registry.metrics()` is the text of `/metrics`, `registry.contentType` its media type. */
  readonly registry: Registry;
  /** Writes out the spans still held. Call once, last. */
  shutdown(): Promise<void>;
};

/** An unsampled request that takes longer is recorded after all. */
const SLOW_MS = 1_000;
const MAX_WAITING_SPANS = 2_048;

/** Writes a line for the first failure, and no more until it goes well again. */
function tellingOf(log: Log, message: string): Written {
  let failing = false;
  return (error) => {
    if (error !== undefined && !failing) log.warn(message, { error });
    failing = error !== undefined;
  };
}

/** Loads the exporter behind the service's back: nothing at start-up waits for it. */
function lazyOtlp(
  origin: { service: string; version: string; instance: string },
  endpoint: string,
  log: Log,
): SpanSink {
  let waiting: FinishedSpan[] = [];
  let sink: SpanSink | undefined;
  const loaded = import("./otlp.ts")
    .then(({ createOtlpSink }) => {
      sink = createOtlpSink(
        origin,
        endpoint,
        tellingOf(log, "spans could not be sent to the collector and are dropped"),
      );
      for (const span of waiting) sink.add(span);
    })
    .catch((error: unknown) => log.error("the trace exporter could not be loaded; spans are dropped", { error }))
    .finally(() => {
      waiting = [];
    });
  return {
    add(span) {
      if (sink) sink.add(span);
      else if (waiting.length < MAX_WAITING_SPANS) waiting.push(span);
    },
    async close() {
      await loaded;
      await sink?.close().catch(() => {}); // the last spans could not be sent, which has been told of
    },
  };
}

/** Logs, spans and metrics of one process. In production 10 % of traces are recorded, and every failed or slow request. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { service, version, instance, environment, env, write, clock = systemClock, random } = options;
  const log = createLog({ service, version, instance, level: env.logLevel, write });
  const registry = new Registry();
  const metrics = createMetrics(registry);
  registerProcessGauges(metrics);
  metrics.gauge("target_info", "What this process is", () => [
    { labels: { service_name: service, service_version: version, service_instance_id: instance }, value: 1 },
  ]);

  const sinks: SpanSink[] = [];
  if (env.otlpEndpoint !== undefined) sinks.push(lazyOtlp({ service, version, instance }, env.otlpEndpoint, log));
  if (env.traceFile !== undefined) {
    const written = tellingOf(log, "spans could not be written to their file and are dropped");
    sinks.push(createTraceFile({ path: env.traceFile, clock, written }));
  }

  const tracer = createTracer({
    service,
    instance,
    clock,
    ids: createTraceIds(random),
    sampleRatio: env.sampleRatio ?? (environment === "development" ? 1 : 0.1),
    slowMs: SLOW_MS,
    record(span) {
      for (const sink of sinks) sink.add(span);
    },
  });

  return {
    ...tracer,
    log,
    metrics,
    registry,
    shutdown: async () => {
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
}
