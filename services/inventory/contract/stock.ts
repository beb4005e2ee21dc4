import { role, Sku, type Static, Type } from "@souk/contract";

export const operators = role("operator", "admin");
/** Of one movement: enough for any warehouse, small enough that no counter can overflow. */
export const Quantity = Type.Integer({ minimum: 1, maximum: 1_000_000 });
export const Count = Type.Integer({ minimum: 0 });
export const Location = Type.String({
  pattern: "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$",
  description: "a place that holds stock",
});

/** `available = onHand − reserved`, none of them ever negative. */
const Counters = { onHand: Count, reserved: Count, available: Count };

export const Stock = Type.Object({
  sku: Sku,
  ...Counters,
  forSale: Type.Integer({
    minimum: 0,
    description:
      "what an order could get now: what is available at active locations, less the safety stock and what others wait for, and what may still be back-ordered",
  }),
  safetyStock: Count,
  backorderLimit: Count,
  backordered: Type.Integer({ minimum: 0, description: "promised to orders and not there yet" }),
  lowThreshold: Type.Union([Count, Type.Null()], { description: "null: the service's own" }),
  locations: Type.Array(Type.Object({ location: Location, ...Counters })),
});
export type Stock = Static<typeof Stock>;

/** As others are told of a SKU. */
export const ToldCounters = {
  onHand: Count,
  reserved: Count,
  available: Type.Integer({
    minimum: 0,
    description:
      "what an order could get now: on hand − reserved, unless a safety stock, back-orders or an inactive location make it another",
  }),
};
