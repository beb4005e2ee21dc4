import {
  anyone,
  Body,
  Country,
  Currency,
  defineContract,
  Empty,
  event,
  get,
  Id,
  OneOf,
  Price,
  post,
  Sku,
  type Static,
  service,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";

export { errors } from "./errors.ts";

export const Address = Body({
  name: Text(120),
  line1: Text(200),
  line2: Type.Optional(Text(200)),
  city: Text(120),
  region: Type.Optional(Text(120)),
  postalCode: Text(20),
  country: Country,
});
export const ShippingMethod = OneOf("standard", "express", "pickup");
export type ShippingMethod = Static<typeof ShippingMethod>;
export const ShipmentStatus = OneOf("created", "dispatched", "in_transit", "delivered", "lost", "cancelled");

/** What a parcel up to `maxWeightGrams` to one of `countries` ("*": the rest of the world) costs. */
const Rate = Type.Object({
  method: ShippingMethod,
  currency: Currency,
  countries: Type.Array(Type.String()),
  maxWeightGrams: Type.Integer({ minimum: 1 }),
  amount: Type.Integer({ minimum: 0, description: "minor units" }),
});
export type Rate = Static<typeof Rate>;

const Lines = Type.Array(
  Body({
    sku: Sku,
    quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    weightGrams: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
  }),
  { minItems: 1, maxItems: 500 },
);
const ShippedLine = Type.Object({ sku: Sku, quantity: Type.Integer({ minimum: 1 }) });
const ShipmentFact = Type.Object({
  shipmentId: Id,
  orderId: Id,
  trackingNumber: Type.String(),
  lines: Type.Array(ShippedLine),
});

export const shipping = defineContract({
  name: "shipping",
  endpoints: {
    quote: post("/v1/shipping/quotes", {
      summary: "Say what each shipping method would cost",
      access: anyone,
      body: Body({ address: Address, lines: Lines, currency: Type.Optional(Currency) }),
      returns: Type.Object({
        methods: Type.Array(
          Type.Object({ method: ShippingMethod, price: Price, minDays: Type.Integer(), maxDays: Type.Integer() }),
        ),
      }),
    }),
    track: get("/v1/shipments/:trackingNumber", {
      summary: "Follow a shipment",
      access: anyone,
      params: Body({ trackingNumber: Type.String({ pattern: "^[A-Z0-9]{10,40}$" }) }),
      returns: Type.Object({
        trackingNumber: Type.String(),
        status: ShipmentStatus,
        method: ShippingMethod,
        events: Type.Array(Type.Object({ status: ShipmentStatus, at: Timestamp })),
      }),
    }),
    cancel: post("/internal/orders/:orderId/cancel-shipments", {
      summary: "Make sure that an order is never dispatched; refused once a parcel has left",
      access: service("orders"),
      idempotency: "natural",
      params: Body({ orderId: Id }),
      returns: Empty,
    }),
  },
  events: {
    ratesChanged: event(
      "shipping.rates_changed.v1",
      "The whole table of rates was replaced.",
      Type.Object({ rates: Type.Array(Rate) }),
    ),
    dispatched: event("shipping.dispatched.v1", "A parcel left the warehouse.", ShipmentFact),
    delivered: event("shipping.delivered.v1", "A parcel reached the customer.", ShipmentFact),
  },
});

/**
 * The cheapest rate of `method` that covers the parcel, in minor units; undefined when nothing does. Here, in the contract, because
 * the cart and the order price shipping from the published table without asking.
 */
export function shippingAmount(
  rates: readonly Rate[],
  parcel: { method: ShippingMethod; country: string; currency: string; weightGrams: number },
): number | undefined {
  const fits = rates.filter(
    (rate) =>
      rate.method === parcel.method && rate.currency === parcel.currency && rate.maxWeightGrams >= parcel.weightGrams,
  );
  const home = fits.filter((rate) => rate.countries.includes(parcel.country));
  const candidates = home.length > 0 ? home : fits.filter((rate) => rate.countries.includes("*"));
  return candidates.length === 0 ? undefined : Math.min(...candidates.map((rate) => rate.amount));
}
