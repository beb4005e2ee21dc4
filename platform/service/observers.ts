import type { ConsumerObserver, Published } from "@souk/messaging";
import type { SagaObserver } from "@souk/saga";
import type { Telemetry } from "@souk/telemetry";

type Observe = (seconds: number) => void;
type Labels = Readonly<Record<string, string>>;

/** One series per set of labels, made when it is first needed: looking one up costs more than observing. */
function seriesOf(
  metrics: Telemetry["metrics"],
  name: string,
  help: string,
): (key: string, labels: () => Labels) => Observe {
  const known = new Map<string, Observe>();
  return (key, labels) => {
    let observe = known.get(key);
    if (!observe) {
      observe = metrics.duration(name, help, labels());
      known.set(key, observe);
    }
    return observe;
  };
}

/** What a service's consumer, relay and sagas tell its traces and metrics. */
export function observeConsumer({ span, metrics }: Telemetry): ConsumerObserver {
  const durations = seriesOf(metrics, "messaging_process_duration_seconds", "Duration of handling an event");
  const ages = seriesOf(metrics, "souk_event_age_seconds", "From the publication of an event to its effect");
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
      durations(`${type} ${outcome}`, () => ({ messaging_destination_name: type, outcome }))(durationMs / 1000);
      if (outcome === "done") ages(type, () => ({ messaging_destination_name: type }))(ageMs / 1000);
    },
  };
}

export function observeSagas({ metrics }: Telemetry): SagaObserver {
  const steps = seriesOf(metrics, "souk_saga_step_duration_seconds", "Duration of one attempt of a step");
  const sagas = seriesOf(metrics, "souk_saga_duration_seconds", "From the start of a saga to its end");
  return {
    attempted({ saga, step, action, outcome, durationMs }) {
      steps(`${saga} ${step} ${action} ${outcome}`, () => ({ saga, step, action, outcome }))(durationMs / 1000);
    },
    ended({ saga, status, durationMs }) {
      sagas(`${saga} ${status}`, () => ({ saga, status }))(durationMs / 1000);
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

export function observeTasks({ metrics }: Telemetry): (task: string, outcome: string, durationMs: number) => void {
  const runs = seriesOf(metrics, "souk_task_duration_seconds", "Duration of one run of a periodic task");
  return (task, outcome, durationMs) => runs(`${task} ${outcome}`, () => ({ task, outcome }))(durationMs / 1000);
}
