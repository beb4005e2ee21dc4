import { Counter, Gauge, Histogram, type Registry } from "prom-client";

type Labels = Readonly<Record<string, string>>;
type Reading = number | readonly { readonly labels: Labels; readonly value: number }[];

/** Records one call: the status it ended with, or the error code when there was none, and how long it took in seconds. */
export type RecordCall = (status: number | string, seconds: number) => void;

export type Metrics = {
  /** A business counter, e.g. `count("souk_orders_total", { lifecycle: "confirmed" })`. Labels are words, never ids. */
  readonly count: (name: string, labels?: Labels, by?: number) => void;
  /** A value that is read when somebody looks. Every reading replaces all labels of the last one. */
  readonly gauge: (name: string, help: string, collect: () => Reading | Promise<Reading>) => void;
  /** A duration in seconds with labels fixed at the call: `const took = duration("souk_saga_step_duration_seconds", …)`. */
  readonly duration: (name: string, help: string, labels?: Labels) => (seconds: number) => void;
  /** For one route of this service; keep what it returns. `route` is the template, `/v1/orders/:id`. */
  readonly serverCalls: (method: string, route: string) => RecordCall;
  /** For one endpoint of a dependency; keep what it returns. */
  readonly clientCalls: (dependency: string, method: string, route: string) => RecordCall;
};

// The boundaries that OpenTelemetry's HTTP conventions advise, and two below: our calls between services take 1–5 ms.
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** A family that passes this many series has a label that is an id: then it only counts how much it refused. */
const MAX_SERIES = 1_000;

const nameOf = (labels: Labels): string =>
  Object.keys(labels)
    .toSorted()
    .map((key) => `${key}=${labels[key]}`)
    .join(",");

/** prom-client's gauge wants its label names beforehand; a reading brings its own. */
class ReadGauge extends Gauge {
  readonly #read: () => Reading | Promise<Reading>;
  readonly #unreadable: () => void;

  constructor(name: string, help: string, read: () => Reading | Promise<Reading>, unreadable: () => void) {
    super({ name, help, registers: [] });
    this.#read = read;
    this.#unreadable = unreadable;
  }

  override async get() {
    return { ...(await super.get()), values: await this.#values() };
  }

  async #values() {
    try {
      const reading = await this.#read();
      return typeof reading === "number" ? [{ value: reading, labels: {} }] : reading.map((one) => ({ ...one }));
    } catch {
      // A database that is down must not take the other metrics with it: they are what one then looks at.
      this.#unreadable();
      return [];
    }
  }
}

export function createMetrics(registry: Registry): Metrics {
  const counters = new Map<string, Counter>();
  const durations = new Map<string, Histogram>();
  const series = new Map<string, Set<string>>();

  const bounded = (family: string, labels: Labels): boolean => {
    const known = series.get(family) ?? new Set();
    series.set(family, known);
    const key = nameOf(labels);
    if (known.has(key)) return true;
    if (known.size >= MAX_SERIES) {
      count("souk_metric_series_refused_total", { family });
      return false;
    }
    known.add(key);
    return true;
  };

  const count: Metrics["count"] = (name, labels = {}, by = 1) => {
    let counter = counters.get(name);
    if (!counter) {
      counter = new Counter({
        name,
        help: name.replaceAll("_", " "),
        labelNames: Object.keys(labels),
        registers: [registry],
      });
      counters.set(name, counter);
    }
    if (bounded(name, labels)) counter.inc(labels, by);
  };

  const family = (name: string, help: string, labelNames: string[]): Histogram => {
    let histogram = durations.get(name);
    if (!histogram) {
      histogram = new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [registry] });
      durations.set(name, histogram);
    }
    return histogram;
  };

  // Each status is bound once: 0.25 µs a call.
  const calls = (name: string, help: string, labels: Labels): RecordCall => {
    const histogram = family(name, help, [...Object.keys(labels), "http_response_status_code", "error_type"]);
    const bound = new Map<number | string, { observe(seconds: number): void }>();
    return (status, seconds) => {
      let child = bound.get(status);
      if (!child) {
        const isStatus = typeof status === "number";
        const failed = !isStatus || status >= 500;
        child = histogram.labels({
          ...labels,
          http_response_status_code: isStatus ? String(status) : "",
          error_type: failed ? String(status) : "",
        });
        bound.set(status, child);
      }
      child.observe(seconds);
    };
  };

  return {
    count,
    gauge(name, help, collect) {
      registry.registerMetric(
        new ReadGauge(name, help, collect, () => count("souk_metric_unreadable_total", { family: name })),
      );
    },
    duration(name, help, labels = {}) {
      const child = family(name, help, Object.keys(labels)).labels(labels);
      return (seconds) => child.observe(seconds);
    },
    serverCalls: (method, route) =>
      calls("http_server_request_duration_seconds", "Duration of requests served", {
        http_request_method: method,
        http_route: route,
      }),
    clientCalls: (dependency, method, route) =>
      calls("http_client_request_duration_seconds", "Duration of calls to other services", {
        peer_service: dependency,
        http_request_method: method,
        http_route: route,
      }),
  };
}
