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
  put,
  role,
  Sku,
  type Static,
  service,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";

import { personalDataEvents } from "@souk/contract/personal-data";

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
export type Address = Static<typeof Address>;
export const ShippingMethod = OneOf("standard", "express", "pickup");
export type ShippingMethod = Static<typeof ShippingMethod>;
export const ShipmentStatus = OneOf("created", "dispatched", "in_transit", "delivered", "lost", "cancelled");

/**
 * What a parcel up to `maxWeightGrams` to one of `countries` ("*": the rest of the world) costs when what is in it is worth `minValue` or more.
 * Free above a value is such a rate with the amount 0.
 */
const Rate = Type.Object({
  method: ShippingMethod,
  currency: Currency,
  countries: Type.Array(Type.String()),
  maxWeightGrams: Type.Integer({ minimum: 1 }),
  minValue: Type.Optional(Type.Integer({ minimum: 0, description: "minor units; 0 when it is left out" })),
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
const Minor = Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: "minor units" });
const Zone = Body({
  code: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,39}$" }),
  name: Text(80),
  countries: Type.Array(
    Type.String({ maxLength: 2, pattern: "^([A-Z]{2}|\\*)$", description: "ISO 3166-1 alpha-2, or * for the rest" }),
    {
      minItems: 1,
      maxItems: 300,
    },
  ),
});
const ZoneRate = Body({
  zone: Type.String({ minLength: 1, maxLength: 40 }),
  method: ShippingMethod,
  currency: Currency,
  maxWeightGrams: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
  minValue: Type.Optional(Minor),
  amount: Minor,
});
const table = {
  zones: Type.Array(Zone, { minItems: 1, maxItems: 100 }),
  rates: Type.Array(ZoneRate, { minItems: 1, maxItems: 2_000 }),
};
const RateTable = Type.Object({ version: Type.Integer(), ...table });

const TrackingNumber = Body({ trackingNumber: Type.String({ pattern: "^[A-Z0-9]{10,40}$" }) });
const Html = { returns: Type.String(), produces: "text/html; charset=utf-8" } as const;
const managers = role("merchandiser", "operator", "admin");
const ShippedLine = Type.Object({ sku: Sku, quantity: Type.Integer({ minimum: 1 }) });
const ReturnLabel = {
  returnId: Id,
  trackingNumber: Type.String(),
  labelPath: Type.String({
    description: "where the label is, below the shop's address: a page to print, for whoever has the link",
  }),
  validUntil: Timestamp,
};
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
      description:
        "`value` is what the goods cost together, for rates that depend on it; `freeFrom` the value from which a method costs nothing.",
      body: Body({
        address: Address,
        lines: Lines,
        currency: Type.Optional(Currency),
        value: Type.Optional(Minor),
      }),
      returns: Type.Object({
        methods: Type.Array(
          Type.Object({
            method: ShippingMethod,
            price: Price,
            minDays: Type.Integer(),
            maxDays: Type.Integer(),
            freeFrom: Type.Optional(Price),
          }),
        ),
      }),
    }),
    rateTable: get("/v1/shipping/rate-table", {
      summary: "Show zones and rates",
      access: role("support", "merchandiser", "operator", "admin"),
      returns: RateTable,
    }),
    replaceRateTable: put("/v1/shipping/rate-table", {
      summary: "Replace zones and rates as a whole",
      description: "`version` is the one that the change was made from: when somebody was quicker, nothing is changed.",
      access: managers,
      body: Body({ version: Type.Integer({ minimum: 0, maximum: 2_147_483_647 }), ...table }),
      returns: RateTable,
    }),
    shipments: get("/v1/orders/:orderId/shipments", {
      summary: "List an order's parcels, and where they go",
      access: role("support", "operator", "admin"),
      params: Body({ orderId: Id }),
      returns: Type.Object({
        address: Type.Union([Address, Type.Null()], { description: "null once it is not needed any more" }),
        parcels: Type.Array(
          Type.Object({
            trackingNumber: Type.String(),
            status: ShipmentStatus,
            method: ShippingMethod,
            weightGrams: Type.Integer(),
            lines: Type.Array(ShippedLine),
          }),
        ),
      }),
    }),
    carrierWebhook: post("/v1/webhooks/carriers/:carrier", {
      summary: "Take a carrier's signed tracking events",
      access: anyone,
      params: Body({ carrier: Text(32) }),
      upload: ["application/json"],
      bodyLimit: 262_144,
      returns: Empty,
    }),
    collect: post("/v1/shipments/:trackingNumber/collected", {
      summary: "Say that somebody has picked their parcel up",
      description:
        "Before it is handed over: what was cancelled meanwhile stays here (`shipping.not_to_hand_over`). Telling it again changes nothing.",
      access: role("support", "operator", "admin"),
      idempotency: "natural",
      params: TrackingNumber,
      returns: Empty,
    }),
    trackingPage: get("/track/:trackingNumber", {
      summary: "Follow a shipment: where the link in a mail leads",
      access: anyone,
      params: TrackingNumber,
      ...Html,
    }),
    track: get("/v1/shipments/:trackingNumber", {
      summary: "Follow a shipment",
      access: anyone,
      params: TrackingNumber,
      returns: Type.Object({
        trackingNumber: Type.String(),
        status: ShipmentStatus,
        method: ShippingMethod,
        events: Type.Array(Type.Object({ status: ShipmentStatus, at: Timestamp })),
      }),
    }),
    returnLabelPage: get("/return-labels/:code", {
      summary: "Print a return label: where the link in a mail leads",
      access: anyone,
      params: Body({ code: Type.String({ pattern: "^[A-Za-z0-9_-]{20,64}$" }) }),
      ...Html,
    }),
    makeReturnLabel: post("/internal/returns/:returnId/label", {
      summary: "Make the label with which a return is sent, once",
      description:
        "Asked again it answers the same. `shipping.return_label_made.v1` tells of it, and the customer is written to.",
      access: service("orders"),
      idempotency: "natural",
      params: Body({ returnId: Id }),
      body: Body({
        orderId: Id,
        lines: Type.Array(Body({ sku: Sku, quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }) }), {
          minItems: 1,
          maxItems: 500,
        }),
      }),
      returns: Type.Object(ReturnLabel),
    }),
    cancel: post("/internal/orders/:orderId/cancel-shipments", {
      summary: "Make sure that an order is never dispatched; refused once a parcel has left",
      access: service("orders"),
      idempotency: "natural",
      params: Body({ orderId: Id }),
      returns: Empty,
    }),
    holdBack: post("/internal/orders/:orderId/hold-back", {
      summary: "Make sure that nothing more of an order is sent",
      description:
        "What has left goes on. Answers what has left or was fetched already, also when it is asked again; what waited for stock is never sent " +
        "either.",
      access: service("orders"),
      idempotency: "natural",
      params: Body({ orderId: Id }),
      returns: Type.Object({ left: Type.Array(ShippedLine) }),
    }),
  },
  events: {
    ratesChanged: event(
      "shipping.rates_changed.v1",
      "The whole table of rates was replaced.",
      Type.Object({ rates: Type.Array(Rate) }),
    ),
    dispatched: event(
      "shipping.dispatched.v1",
      "A parcel left the warehouse, or was picked up.",
      Type.Object({
        ...ShipmentFact.properties,
        collected: Type.Optional(
          Type.Boolean({ description: "true: somebody has picked it up, and nothing is on its way" }),
        ),
      }),
    ),
    delivered: event("shipping.delivered.v1", "A parcel reached the customer.", ShipmentFact),
    lost: event("shipping.lost.v1", "The carrier has lost a parcel.", ShipmentFact),
    returnLabelMade: event(
      "shipping.return_label_made.v1",
      "A return got its label.",
      Type.Object({ ...ReturnLabel, orderId: Id, lines: Type.Array(ShippedLine) }),
    ),
    ...personalDataEvents("shipping"),
  },
});

/**
 * The cheapest rate of `method` that covers the parcel, in minor units; undefined when nothing does. Here, in the contract, because
 * the cart and the order price shipping from the published table without asking.
 * @param parcel `value`: what the goods in it cost, in minor units; without it rates that begin at a value do not apply
 */
export function shippingAmount(
  rates: readonly Rate[],
  parcel: { method: ShippingMethod; country: string; currency: string; weightGrams: number; value?: number },
): number | undefined {
  const { value = 0 } = parcel;
  const candidates = ratesFor(rates, parcel).filter(({ minValue = 0 }) => minValue <= value);
  return candidates.length === 0 ? undefined : Math.min(...candidates.map((rate) => rate.amount));
}

/** Why no rate covers a parcel: what would have to be another. */
export type ShippingObstacle = "currency" | "country" | "method" | "weight" | "value";

/** Of a parcel for which `shippingAmount` found nothing. */
export function shippingObstacle(
  rates: readonly Rate[],
  parcel: { method: ShippingMethod; country: string; currency: string; weightGrams: number },
): ShippingObstacle {
  const { method, country, currency } = parcel;
  const priced = rates.filter((rate) => rate.currency === currency);
  if (priced.length === 0) return "currency";
  const there = priced.filter(({ countries }) => countries.includes(country) || countries.includes("*"));
  if (there.length === 0) return "country";
  if (!there.some((rate) => rate.method === method)) return "method";
  return ratesFor(rates, parcel).length === 0 ? "weight" : "value";
}

/** The value from which a method costs nothing; undefined when it always costs something. */
export function freeFrom(
  rates: readonly Rate[],
  parcel: { method: ShippingMethod; country: string; currency: string; weightGrams: number },
): number | undefined {
  const free = ratesFor(rates, parcel).flatMap(({ amount, minValue = 0 }) => (amount === 0 ? [minValue] : []));
  return free.length === 0 ? undefined : Math.min(...free);
}

/** Those that cover the parcel, of the zone that names its country, or else of the rest of the world. */
function ratesFor(
  rates: readonly Rate[],
  parcel: { method: ShippingMethod; country: string; currency: string; weightGrams: number },
): Rate[] {
  const fits = rates.filter(
    (rate) =>
      rate.method === parcel.method && rate.currency === parcel.currency && rate.maxWeightGrams >= parcel.weightGrams,
  );
  const home = fits.filter((rate) => rate.countries.includes(parcel.country));
  return home.length > 0 ? home : fits.filter((rate) => rate.countries.includes("*"));
}
