import type { Consumer, Outbox } from "@souk/messaging";
import type { Database } from "@souk/postgres";
import type { LoadShedder } from "@souk/resilience";
import type { SagaRunner } from "@souk/saga";
import type { Metrics } from "@souk/telemetry";

/** Read when somebody looks; the ones of the database ask it then. */
export function registerLoadGauges(metrics: Metrics, shedder: LoadShedder): void {
  metrics.gauge("souk_event_loop_lag_seconds", "How late timers run, smoothed", () => shedder.snapshot().lagMs / 1000);
  metrics.gauge(
    "souk_requests_limit",
    "Requests at once that the service allows itself",
    () => shedder.snapshot().limit,
  );
  metrics.gauge("souk_requests_inside", "Requests under way", () => shedder.snapshot().inside);
  metrics.gauge("souk_requests_waiting", "Requests that wait for their turn", () => shedder.snapshot().waiting);
  metrics.gauge("souk_requests_refused", "Requests refused since the start, because there were too many", () =>
    Object.entries(shedder.snapshot().refused).map(([criticality, value]) => ({ labels: { criticality }, value })),
  );
}

export function registerDatabaseGauges(metrics: Metrics, db: Database): void {
  metrics.gauge("souk_db_connections", "Connections of the pool", () => {
    const { total, idle, waiting } = db.stats();
    return [
      { labels: { state: "used" }, value: total - idle },
      { labels: { state: "idle" }, value: idle },
      { labels: { state: "awaited" }, value: waiting },
    ];
  });
}

export function registerMessagingGauges(metrics: Metrics, outbox: Outbox, consumer: Consumer): void {
  // One question to the database per look, whatever is read of its answer.
  const shared = <T>(ask: () => Promise<T>) => {
    let asked: Promise<T> | undefined;
    return () => {
      asked ??= ask().finally(() => {
        asked = undefined;
      });
      return asked;
    };
  };
  const ofOutbox = shared(outbox.stats);
  const ofInbox = shared(consumer.stats);
  metrics.gauge(
    "souk_outbox_pending",
    "Events that the broker has not taken yet",
    async () => (await ofOutbox()).pending,
  );
  metrics.gauge(
    "souk_outbox_oldest_age_seconds",
    "Age of the oldest of them",
    async () => (await ofOutbox()).oldestAgeMs / 1000,
  );
  const ofBroker = shared(consumer.lag);
  metrics.gauge(
    "souk_subscription_lag",
    "Messages that the broker holds for this service, up to 10,000",
    async () => (await ofBroker())?.messages ?? 0,
  );
  metrics.gauge(
    "souk_subscription_oldest_age_seconds",
    "Age of the oldest of them",
    async () => ((await ofBroker())?.oldestAgeMs ?? 0) / 1000,
  );
  metrics.gauge("souk_inbox_parked", "Events that wait for another try", async () => (await ofInbox()).parked);
  metrics.gauge(
    "souk_inbox_oldest_parked_age_seconds",
    "Age of the oldest of them",
    async () => (await ofInbox()).oldestParkedAgeMs / 1000,
  );
  metrics.gauge("souk_dead_letters", "Events given up on, for a person to look at", async () => (await ofInbox()).dead);
}

export function registerSagaGauges(metrics: Metrics, sagas: SagaRunner): void {
  metrics.gauge("souk_sagas_active", "Sagas that this process is working on", () => sagas.stats().active);
  metrics.gauge("souk_sagas_open", "Sagas that have not ended, in all replicas", async () =>
    (await sagas.operators.counts()).map(({ name, status, count }) => ({
      labels: { saga: name, status },
      value: count,
    })),
  );
}
