import { Body, del, Empty, get, OneOf, put, Sku, Text, Type } from "@souk/contract";
import { Location, operators, Stock } from "./stock.ts";

const Place = Type.Object({
  location: Location,
  name: Type.Optional(Type.String()),
  priority: Type.Integer(),
  active: Type.Boolean(),
});
const Allocation = OneOf("priority", "most_stock");
const Limit = Type.Integer({ minimum: 0, maximum: 1_000_000 });

/** Where stock lies, and what holds for a SKU. */
export const places = {
  locations: get("/v1/inventory-locations", {
    summary: "List the places that hold stock, first choice first",
    access: operators,
    returns: Type.Object({ data: Type.Array(Place) }),
  }),
  putLocation: put("/v1/inventory-locations/:location", {
    summary: "Add a place that holds stock, or change it",
    description:
      "Nothing is taken from an inactive place, and nothing there is for sale; what is reserved there stays reserved, and is sold from there.",
    access: operators,
    params: Body({ location: Location }),
    body: Body({
      priority: Type.Integer({ minimum: 0, maximum: 1_000, description: "lower is taken first" }),
      active: Type.Optional(Type.Boolean({ description: "by default as it was; a new place is active" })),
      name: Type.Optional(Text(120)),
    }),
    returns: Place,
  }),
  removeLocation: del("/v1/inventory-locations/:location", {
    summary: "Remove a place that never held anything; make any other inactive instead",
    access: operators,
    params: Body({ location: Location }),
    returns: Empty,
  }),
  allocation: get("/v1/inventory-allocation", {
    summary: "Show how orders take from several places",
    access: operators,
    returns: Type.Object({ strategy: Allocation }),
  }),
  putAllocation: put("/v1/inventory-allocation", {
    summary: "Choose how orders take from several places: by their priority, or where there is most",
    description:
      "An order comes from one place when one has all of it, else each SKU from one place when one has enough of it, else from as many as it takes.",
    access: operators,
    body: Body({ strategy: Allocation }),
    returns: Type.Object({ strategy: Allocation }),
  }),
  putRules: put("/v1/inventory/:sku/rules", {
    summary: "Say what holds for a SKU: safety stock, back-orders, when it is low",
    description: "What is left out is none: a safety stock of 0, no back-orders, the service's own threshold.",
    access: operators,
    params: Body({ sku: Sku }),
    body: Body({
      safetyStock: Type.Optional(Limit),
      backorderLimit: Type.Optional(Limit),
      lowThreshold: Type.Optional(Limit),
    }),
    returns: Stock,
  }),
};
