import type { Clock, Instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Metrics } from "@souk/service";
import { differenceTable } from "./db/differences.ts";

/** 0 when there is nothing that began. */
export const secondsSince = (since: Instant | null, nowMs: number): number =>
  since === null ? 0 : Math.max(0, nowMs - Date.parse(since)) / 1_000;

/** Orders has gauges of the same names for what happens after our books: the older of the two is the shop's. */
export function registerReconciliationGauges(metrics: Metrics, db: Db, clock: Clock, inFlightSloMs: number): void {
  const table = differenceTable(db);
  metrics.gauge(
    "souk_money_in_flight_oldest_seconds",
    "How long money has been taken without being in our books, or not been given back",
    async () => secondsSince(await table.oldestMoney(), clock.now()),
  );
  metrics.gauge("souk_money_in_flight_objective_seconds", "How long that may be", async () => inFlightSloMs / 1_000);
  metrics.gauge("souk_differences_open", "Differences that were found and are not gone yet", async () =>
    (await table.counts()).map(({ kind, count }) => ({ labels: { kind }, value: count })),
  );
}
