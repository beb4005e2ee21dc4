import { cardSimulator } from "@souk/card-simulator/contract";
import { defineService, env } from "@souk/service";
import { payments } from "./contract.ts";
import { chooseProviders, providerVars } from "./providers/choose.ts";
import { reconcile } from "./reconciliation.ts";
import { registerReconciliationGauges } from "./reconciliation-gauges.ts";
import { routes } from "./routes.ts";
import { settlement } from "./settlement.ts";

export default defineService({
  contract: payments,
  config: {
    ...providerVars,
    captureMode: env.oneOf("PAYMENT_CAPTURE", ["automatic", "manual"], {
      default: "automatic",
      describe: "Whether checkout takes the money, or only reserves it for the parcels to take their part",
    }),
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
    const { simulator } = clients;
    const providers = chooseProviders(config, simulator, () => clock.now());
    const settle = settlement({ db, providers, publish, now, newId, captureMode: config.captureMode });
    registerReconciliationGauges(metrics, db, clock, config.inFlightSloMs);
    return {
      routes: routes({
        db,
        clock,
        simulator,
        settlement: settle,
        providers,
        inFlightSloMs: config.inFlightSloMs,
      }),
      on: {},
      tasks: providers.all.map((provider) => ({
        name: `reconcile with ${provider.name}`,
        everyMs: config.reconcileEveryMs,
        run: reconcile({ db, provider, settlement: settle, clock, log, graceMs: config.reconcileGraceMs }),
      })),
    };
  },
});
