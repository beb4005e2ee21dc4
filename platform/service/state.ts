import { createEventStore, type EventStore } from "@souk/event-store";
import { createIdempotency, type Idempotency } from "@souk/http";
import { instant } from "@souk/kernel";
import { createOutbox, type Outbox, type Transport } from "@souk/messaging";
import { createPostgresTransport } from "@souk/messaging/transports/postgres";
import { type Database, type MigrationSet, openDatabase, pendingMigrations } from "@souk/postgres";
import type { Telemetry } from "@souk/telemetry";
import { observeRelay } from "./observers.ts";
import type { OwnDatabase } from "./readiness.ts";
import type { World } from "./world.ts";

/** What a service with a database of its own stands on. */
export type State = {
  readonly db: Database;
  readonly events: EventStore;
  readonly outbox: Outbox;
  readonly transport: Transport;
  readonly idempotency: Idempotency;
  readonly readiness: OwnDatabase;
  close(): Promise<void>;
};

export type StateOptions = {
  readonly name: string;
  readonly instance: string;
  /** Names this process, and no other before or after it. */
  readonly holder: string;
  readonly databaseUrl: string;
  /** Undefined when the service neither publishes nor consumes. */
  readonly busUrl: string | undefined;
  readonly migrations: readonly MigrationSet[];
  readonly world: World;
  readonly telemetry: Telemetry;
  /** Instead of the one at `busUrl`. */
  readonly transport?: Transport | undefined;
};

export function openState(options: StateOptions): State {
  const { name, instance, holder, databaseUrl, busUrl, migrations, telemetry } = options;
  const { clock, chance, newId } = options.world;
  const { log } = telemetry;
  const now = () => instant(clock.now());
  const onError = (error: unknown) => log.warn("a connection to the database was lost", { error });
  const db = openDatabase({ url: databaseUrl, applicationName: instance, clock, chance, onError });
  const transport =
    options.transport ??
    (busUrl === undefined
      ? noTransport(name)
      : createPostgresTransport({ url: busUrl, clock, chance, instance: holder, log }));
  return {
    db,
    transport,
    events: createEventStore({ db, now }),
    outbox: createOutbox({ db, source: name, transport, clock, chance, newId, log, observe: observeRelay(telemetry) }),
    idempotency: createIdempotency(db, clock),
    readiness: { ping: db.ping, pendingMigrations: () => pendingMigrations(db, migrations) },
    async close() {
      await transport.close();
      await db.close();
    },
  };
}

/** For a service that declares no events: to publish or consume one would be a bug. */
const noTransport = (name: string): Transport => ({
  publish: () => Promise.reject(new Error(`${name} declares no events, so it has no bus`)),
  subscribe: () => Promise.reject(new Error(`${name} consumes no events, so it has no bus`)),
  close: async () => {},
});
