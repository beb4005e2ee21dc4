import { type Handlers, page } from "@souk/http";
import type { Clock, Instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Metrics } from "@souk/service";
import type { orders } from "./contract.ts";
import { differenceTable } from "./db/differences.ts";
import type { Reconciler } from "./tasks/reconcile.ts";

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly reconciler: Reconciler;
  readonly inFlightSloMs: number;
};

/** 0 when there is nothing that began. */
const secondsSince = (since: Instant | null, nowMs: number): number =>
  since === null ? 0 : Math.max(0, nowMs - Date.parse(since)) / 1_000;

export function reconciliationRoutes({
  db,
  clock,
  reconciler,
  inFlightSloMs,
}: Deps): Pick<Handlers<typeof orders>, "reconciliation" | "settle" | "inFlight"> {
  const table = differenceTable(db);
  return {
    async reconciliation({ query: { page: number = 1, limit = 20 } }) {
      const found = await table.page(number, limit);
      return page({ ...found, page: number, limit }, "/v1/orders/reconciliation", {});
    },

    settle: async ({ params: { orderId } }) => ({ settled: await reconciler.settleOrder(orderId) }),

    async inFlight() {
      const [since, open] = await Promise.all([table.oldestMoney(), table.counts()]);
      return { oldestSeconds: secondsSince(since, clock.now()), objectiveSeconds: inFlightSloMs / 1_000, open };
    },
  };
}

/** Payments has gauges of the same names for what happens before its books: the older of the two is the shop's. */
export function registerReconciliationGauges(metrics: Metrics, { db, clock, inFlightSloMs }: Omit<Deps, "reconciler">) {
  const table = differenceTable(db);
  metrics.gauge(
    "souk_money_in_flight_oldest_seconds",
    "How long money has been taken for an order that is not confirmed, or been owed",
    async () => secondsSince(await table.oldestMoney(), clock.now()),
  );
  metrics.gauge("souk_money_in_flight_objective_seconds", "How long that may be", async () => inFlightSloMs / 1_000);
  metrics.gauge("souk_differences_open", "Differences that were found and are not gone yet", async () =>
    (await table.counts()).map(({ kind, count }) => ({ labels: { kind }, value: count })),
  );
}
