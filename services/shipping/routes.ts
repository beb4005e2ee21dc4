import { answer, type Handlers } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import { type PersonKeys, personOf } from "@souk/service/personal-data";
import type { HeldBack } from "./cancel.ts";
import { isSigned } from "./carrier/signature.ts";
import { readNews } from "./carrier/webhook.ts";
import { type Address, freeFrom, type shipping, shippingAmount } from "./contract.ts";
import type { TrackingEvent } from "./db/carrier.ts";
import { consignmentTable } from "./db/consignments.ts";
import { returnParcelTable } from "./db/return-parcels.ts";
import { shipmentTable } from "./db/shipments.ts";
import { days } from "./domain/days.ts";
import { errors } from "./errors.ts";
import { addressContext, keyOf } from "./keeper.ts";
import { labelHeaders } from "./label-page.ts";
import { pageHeaders, trackingPage } from "./page.ts";
import type { Rates } from "./rates.ts";
import type { ReturnLabels } from "./return-labels.ts";

type Deps = {
  db: Db;
  clock: Clock;
  newId: () => string;
  keys: PersonKeys;
  rates: Rates;
  cancel: (orderId: string) => Promise<void>;
  holdBack: (orderId: string) => Promise<HeldBack>;
  track: (events: readonly TrackingEvent[]) => Promise<void>;
  carrierSecrets: readonly string[];
  labels: ReturnLabels;
};

const defaultCurrency = "EUR";
/** Assumed of a line that does not say what it weighs. */
const defaultGrams = 500;

export function routes({
  db,
  clock,
  newId,
  keys,
  rates,
  cancel,
  holdBack,
  track,
  carrierSecrets,
  labels,
}: Deps): Handlers<typeof shipping> {
  const shipments = shipmentTable(db);

  async function parcel(trackingNumber: string) {
    const found = await shipments.byTrackingNumber(trackingNumber);
    if (found) return found;
    const returned = await returnParcelTable(db).byTrackingNumber(trackingNumber);
    if (!returned) throw errors.NotFound({ trackingNumber });
    return { ...returned, method: "standard" as const };
  }

  return {
    async quote({ body: { address, lines, currency = defaultCurrency, value = 0 } }) {
      const table = await rates.rates();
      const { country } = address;
      const weightGrams = lines.reduce((grams, line) => grams + (line.weightGrams ?? defaultGrams) * line.quantity, 0);
      const methods = (["standard", "express", "pickup"] as const).flatMap((method) => {
        const wanted = { method, country, currency, weightGrams };
        const amount = shippingAmount(table, { ...wanted, value });
        if (amount === undefined) return [];
        const free = freeFrom(table, wanted);
        const offer = { method, price: { amount, currency }, ...days[method] };
        return [free === undefined || free <= value ? offer : { ...offer, freeFrom: { amount: free, currency } }];
      });
      if (methods.length === 0) throw errors.NoRate({ country, currency });
      return { methods };
    },

    rateTable: () => rates.shown(),
    replaceRateTable: ({ body: { version, ...table } }) => rates.replace(version, table),

    track: ({ params }) => parcel(params.trackingNumber),
    trackingPage: async ({ params }) => answer(200, trackingPage(await parcel(params.trackingNumber)), pageHeaders),

    async shipments({ params: { orderId } }) {
      const consignment = await consignmentTable(db).byOrder(orderId);
      if (!consignment) throw errors.OrderNotFound({ orderId });
      const sealed = { person: personOf(keyOf(orderId)), sealed: consignment.sealed };
      const [[address], parcels] = await Promise.all([
        keys.open<Address>(db, addressContext, [sealed]),
        shipments.ofOrder(orderId),
      ]);
      return {
        address: address ?? null,
        parcels: parcels.map(({ trackingNumber, status, method, weightGrams, lines }) => ({
          ...{ trackingNumber, status, method, weightGrams, lines },
        })),
      };
    },

    async carrierWebhook({ params: { carrier }, rawHeaders, stream }) {
      if (carrier !== "simulator") throw errors.UnknownCarrier({ carrier });
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      if (!isSigned(rawHeaders["x-carrier-signature"], body, carrierSecrets, clock.now())) throw errors.BadSignature();
      const news = readNews(body);
      if (!news) throw errors.BadNews();
      await track(news);
      return {};
    },

    async collect({ params: { trackingNumber } }) {
      const { method } = await parcel(trackingNumber);
      if (method !== "pickup") throw errors.NotForPickup({ trackingNumber });
      await track([{ id: newId(), trackingNumber, status: "delivered", at: instant(clock.now()) }]);
      const { status } = await parcel(trackingNumber);
      if (status !== "delivered") throw errors.NotToHandOver({ trackingNumber, status });
      return {};
    },

    returnLabelPage: async ({ params: { code } }) => answer(200, await labels.page(code), labelHeaders),
    makeReturnLabel: ({ params: { returnId }, body }) => labels.make({ returnId, ...body }),

    async cancel({ params: { orderId } }) {
      await cancel(orderId);
      return {};
    },

    holdBack: async ({ params: { orderId } }) => holdBack(orderId),
  };
}
