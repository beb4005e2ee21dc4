import { cardSimulator } from "@souk/card-simulator/contract";
import { defineService, env } from "@souk/service";
import { payments } from "./contract.ts";
import { provider } from "./provider.ts";
import { reconcile } from "./reconciliation.ts";
import { registerReconciliationGauges } from "./reconciliation-gauges.ts";
import { routes } from "./routes.ts";
import { settlement } from "./settlement.ts";

export default defineService({
  contract: payments,
  config: {
    webhookSecret: env.secret("PAYMENT_WEBHOOK_SECRET", { describe: "Checks the provider's notifications" }),
    reconcileEveryMs: env.duration("RECONCILE_EVERY", {
      default: "10s",
      describe: "How often our books are compared with the provider's",
    }),
    reconcileGraceMs: env.duration("RECONCILE_GRACE", {
      default: "30s",
      describe: "How long something may be on its way between two services' books before it is looked at",
    }),
    inFlightSloMs: env.duration("MONEY_IN_FLIGHT_SLO", {
      default: "5m",
      describe: "How long money may be taken before its order is confirmed, or be owed to somebody who gets it back",
    }),
  },
  calls: { simulator: cardSimulator },
  consumes: [],

  wire: ({ config, clients, db, publish, clock, now, newId, log, metrics }) => {
    const cards = provider(clients.simulator);
    const settle = settlement({ db, provider: cards, publish, now, newId });
    registerReconciliationGauges(metrics, db, clock, config.inFlightSloMs);
    return {
      routes: routes({
        db,
        clock,
        simulator: clients.simulator,
        settlement: settle,
        webhookSecrets: config.webhookSecret.accepted,
        inFlightSloMs: config.inFlightSloMs,
      }),
      on: {},
      tasks: [
        {
          name: "reconcile with the provider",
          everyMs: config.reconcileEveryMs,
          run: reconcile({ db, provider: cards, settlement: settle, clock, log, graceMs: config.reconcileGraceMs }),
        },
      ],
    };
  },
});
