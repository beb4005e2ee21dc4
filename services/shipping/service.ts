import { orders } from "@souk/orders/contract";
import { defineService, env } from "@souk/service";
import { moveParcels, publishRates } from "./carrier.ts";
import { shipping } from "./contract.ts";
import { routes } from "./routes.ts";
import { createShipment } from "./subscriptions/create-shipment.ts";

const trackingNumberBytes = 12;

export default defineService({
  contract: shipping,
  config: {
    dispatchAfterMs: env.duration("CARRIER_DISPATCH_AFTER", {
      default: "2m",
      describe: "How long the simulated carrier waits to fetch a parcel",
    }),
    transitAfterMs: env.duration("CARRIER_TRANSIT_AFTER", {
      default: "1m",
      describe: "How long a fetched parcel waits in the depot",
    }),
    deliverAfterMs: env.duration("CARRIER_DELIVER_AFTER", { default: "5m", describe: "How long a parcel travels" }),
  },
  calls: {},
  consumes: [orders.events.confirmed],

  wire: ({ config, db, publish, clock, now, newId, newSecret }) => {
    const newTrackingNumber = () =>
      `SK${Buffer.from(newSecret(trackingNumberBytes), "base64url").toString("hex").toUpperCase()}`;
    return {
      routes: routes({ db, now, newId, newTrackingNumber }),
      on: {
        "orders.confirmed.v1": createShipment({
          clock,
          newId,
          newTrackingNumber,
          dispatchAfterMs: config.dispatchAfterMs,
        }),
      },
      tasks: [
        { name: "move parcels", everyMs: 500, run: moveParcels({ db, clock, publish, schedule: config }) },
        { name: "publish rates", everyMs: 1_000, run: publishRates({ db, publish }) },
      ],
    };
  },
});
