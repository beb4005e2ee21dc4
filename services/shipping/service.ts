import { orders } from "@souk/orders/contract";
import { defineService, env } from "@souk/service";
import { addressDigest, personalData, personKeys } from "@souk/service/personal-data";
import { users } from "@souk/users/contract";
import { cancelShipments, holdBackShipments } from "./cancel.ts";
import { carrierSimulator } from "./carrier/simulator.ts";
import { tracking } from "./carrier/tracking.ts";
import { webhookTo } from "./carrier/webhook.ts";
import { shipping } from "./contract.ts";
import { forgetAddresses } from "./forget-addresses.ts";
import { keeper } from "./keeper.ts";
import { parcelMaker } from "./parcels.ts";
import { rateTable } from "./rates.ts";
import { returnLabels } from "./return-labels.ts";
import { routes } from "./routes.ts";
import { createShipment } from "./subscriptions/create-shipment.ts";
import { sendBackorder } from "./subscriptions/send-backorder.ts";

const trackingNumberBytes = 12;
const hourMs = 3_600_000;

export default defineService({
  contract: shipping,
  config: {
    personalDataKey: env.secret("PERSONAL_DATA_KEY", {
      describe: "Wraps the keys under which personal data is sealed",
    }),
    addressKey: env.secret("ADDRESS_KEY", {
      describe: "Makes the digests by which addresses are found: the same in every service, and never changed",
    }),
    carrierSecret: env.secret("CARRIER_WEBHOOK_SECRET", { describe: "Signs the carrier's tracking events" }),
    carrierUrl: env.url("CARRIER_WEBHOOK_URL", {
      optional: true,
      describe: "Where the simulated carrier sends its tracking events; without it they take no way round by HTTP",
    }),
    dispatchAfterMs: env.duration("CARRIER_DISPATCH_AFTER", {
      default: "2m",
      describe: "How long the simulated carrier waits to fetch a parcel",
    }),
    transitAfterMs: env.duration("CARRIER_TRANSIT_AFTER", {
      default: "1m",
      describe: "How long a fetched parcel waits in the depot",
    }),
    deliverAfterMs: env.duration("CARRIER_DELIVER_AFTER", { default: "5m", describe: "How long a parcel travels" }),
    maxParcelGrams: env.integer("MAX_PARCEL_GRAMS", {
      default: 31_500,
      min: 1,
      describe: "What the carrier takes as one parcel; more goes into several",
    }),
    returnAddress: env.list("RETURN_ADDRESS", {
      default: ["Souk Returns", "1 Warehouse Street", "10115 Berlin", "DE"],
      describe: "Where return labels lead, line by line",
    }),
    labelValidMs: env.duration("RETURN_LABEL_VALID", {
      default: "30d",
      describe: "How long a return label may be used",
    }),
    forgetAfterMs: env.duration("FORGET_ADDRESS_AFTER", {
      default: "90d",
      describe: "How long it is kept where an order went once all its parcels have arrived",
    }),
  },
  calls: {},
  consumes: [
    orders.events.confirmed,
    orders.events.backorderFilled,
    users.events.erasureRequested,
    users.events.exportRequested,
  ],

  wire: ({ config, db, publish, clock, log, newId, newSecret }) => {
    const newTrackingNumber = () =>
      `SK${Buffer.from(newSecret(trackingNumberBytes), "base64url").toString("hex").toUpperCase()}`;
    const keys = personKeys(config.personalDataKey);
    const rates = rateTable({ db, publish });
    const track = tracking({ db, publish });
    const makeParcels = parcelMaker({ clock, newId, newTrackingNumber, ...config });
    const { carrierUrl: url, carrierSecret } = config;
    const tell = url ? webhookTo({ url, secret: carrierSecret.current, clock }) : track;
    const personal = personalData({ db, clock, publish, keys, events: shipping.events, keeper: keeper(keys) });
    const labels = returnLabels({ ...{ db, clock, publish, keys, newSecret, newTrackingNumber }, ...config });
    return {
      routes: routes({
        ...{ db, clock, newId, keys, rates, track, labels, cancel: cancelShipments({ db, clock }) },
        holdBack: holdBackShipments({ db, clock }),
        carrierSecrets: carrierSecret.accepted,
      }),
      on: {
        "orders.confirmed.v1": createShipment({ makeParcels, keys, digest: addressDigest(config.addressKey) }),
        "orders.backorder_filled.v1": sendBackorder(makeParcels),
        "users.erasure_requested.v1": personal.erasureRequested,
        "users.export_requested.v1": personal.exportRequested,
      },
      tasks: [
        {
          name: "move parcels",
          everyMs: 500,
          run: carrierSimulator({ db, clock, newId, log, schedule: config, tell }),
        },
        { name: "publish rates", everyMs: 1_000, run: rates.publishNew },
        {
          name: "forget addresses",
          everyMs: hourMs,
          run: forgetAddresses({ db, clock, keys, afterMs: config.forgetAfterMs }),
        },
        personal.finishErasures,
      ],
    };
  },
});
