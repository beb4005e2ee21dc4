import type { ConsumerObserver, Published } from "@souk/messaging";
import type { Telemetry } from "@souk/telemetry";

/** What a service's consumer and relay tell its traces and metrics. */
export function observeConsumer({ span, metrics }: Telemetry): ConsumerObserver {
  const durations = new Map<string, (seconds: number) => void>();
  const ages = new Map<string, (seconds: number) => void>();
  const series = (known: typeof durations, name: string, help: string, type: string, outcome?: string) => {
    const key = `${type} ${outcome}`;
    let observe = known.get(key);
    if (!observe) {
      observe = metrics.duration(name, help, { messaging_destination_name: type, ...(outcome && { outcome }) });
      known.set(key, observe);
    }
    return observe;
  };
  return {
    around: ({ type, traceparent, id }, run) =>
      span(
        `process ${type}`,
        {
          kind: "consumer",
          parent: traceparent,
          attributes: {
            "messaging.operation.type": "process",
            "messaging.destination.name": type,
            "messaging.message.id": id,
          },
        },
        run,
      ),
    handled({ message: { type }, outcome, durationMs, ageMs }) {
      series(
        durations,
        "messaging_process_duration_seconds",
        "Duration of handling an event",
        type,
        outcome,
      )(durationMs / 1000);
      if (outcome === "done") series(ages, "souk_event_age_seconds", "From publication to effect", type)(ageMs / 1000);
    },
  };
}

export function observeRelay({ metrics }: Telemetry): (published: Published) => void {
  const duration = metrics.duration("souk_outbox_batch_duration_seconds", "From the claim of a batch to its commit");
  const waited = metrics.duration("souk_outbox_wait_seconds", "How long the oldest event of a batch waited");
  return ({ count, durationMs, waitedMs }) => {
    metrics.count("souk_outbox_published_total", {}, count);
    duration(durationMs / 1000);
    waited(waitedMs / 1000);
  };
}
