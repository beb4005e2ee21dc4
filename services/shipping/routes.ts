import type { Handlers } from "@souk/http";
import type { Instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import { type shipping, shippingAmount } from "./contract.ts";
import { cancelShipment, shipmentTable } from "./db/shipments.ts";
import { days } from "./domain/days.ts";
import { errors } from "./errors.ts";

type Deps = { db: Db; now: () => Instant; newId: () => string; newTrackingNumber: () => string };

const defaultCurrency = "EUR";
/** Assumed of a line that does not say what it weighs. */
const defaultGrams = 500;

export function routes({ db, now, newId, newTrackingNumber }: Deps): Handlers<typeof shipping> {
  const shipments = shipmentTable(db);
  return {
    async quote({ body: { address, lines, currency = defaultCurrency } }) {
      const rates = await shipments.rates();
      const { country } = address;
      const weightGrams = lines.reduce((grams, line) => grams + (line.weightGrams ?? defaultGrams) * line.quantity, 0);
      const methods = (["standard", "express", "pickup"] as const).flatMap((method) => {
        const amount = shippingAmount(rates, { method, country, currency, weightGrams });
        return amount === undefined ? [] : [{ method, price: { amount, currency }, ...days[method] }];
      });
      if (methods.length === 0) throw errors.NoRate({ country, currency });
      return { methods };
    },

    async track({ params: { trackingNumber } }) {
      const shipment = await shipments.byTrackingNumber(trackingNumber);
      if (!shipment) throw errors.NotFound({ trackingNumber });
      return shipment;
    },

    async cancel({ params: { orderId } }) {
      const cancelled = await db.tx((tx) =>
        cancelShipment(tx, { shipmentId: newId(), orderId, trackingNumber: newTrackingNumber() }, now()),
      );
      if (!cancelled) throw errors.AlreadyDispatched({ orderId });
      return {};
    },
  };
}
