import type { Chance, Clock } from "@souk/kernel";
import { type MigrationSet, openDatabase } from "@souk/postgres";
import type { Log } from "@souk/telemetry";
import type { Transport } from "../types.ts";
import { postgresLogStore } from "./log/postgres-store.ts";
import { createLogTransport } from "./log/transport.ts";

export type PostgresTransportOptions = {
  /** Of the bus's own database, migrated with `busMigrations`. */
  readonly url: string;
  readonly clock: Clock;
  readonly chance: Chance;
  /** This process's name, unique among all that run. */
  readonly instance: string;
  readonly log: Log;
  /** Connections besides the one that listens. Default 3. */
  readonly poolSize?: number;
  /** Messages per delivery. Default 100. */
  readonly batch?: number;
  /** Under load a subscription is read this often. Default 30 ms. */
  readonly spacingMs?: number;
  /** After this long without a sign of life others take over a replica's partitions. Default 5,000 ms. */
  readonly leaseMs?: number;
};

export const busMigrations: MigrationSet = { module: "bus", directory: new URL("log/migrations/", import.meta.url) };

/** PostgreSQL as the broker: nothing to install, and quick enough for a shop (bench/messaging.bench.ts). */
export function createPostgresTransport(options: PostgresTransportOptions): Transport {
  const { url, clock, chance, instance, log, poolSize = 3 } = options;
  let warned = false;
  const onError = (error: unknown) => {
    // The listener tries again for ever; one line is enough until it says something else.
    if (!warned) log.warn("a connection to the bus was lost", { error });
    warned = true;
  };
  // Each read of the log is a range of its primary key; left alone, PostgreSQL spends more time on its plan than on the read.
  const db = openDatabase({
    url,
    poolSize,
    applicationName: `bus ${instance}`,
    clock,
    chance,
    onError,
    plansOnce: true,
  });
  return createLogTransport({ ...options, store: postgresLogStore({ db, url, clock, chance, onError }) });
}
