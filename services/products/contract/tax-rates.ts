import {
  Body,
  Country,
  get,
  Id,
  OneOf,
  Page,
  Paging,
  patch,
  post,
  role,
  type Static,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";

const merchandisers = role("merchandiser", "admin");
const readers = role("support", "merchandiser", "operator", "admin");

export const TaxClass = OneOf("standard", "reduced", "zero");
export type TaxClass = Static<typeof TaxClass>;
const GroupCode = Type.String({ pattern: "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", description: "a customer group" });
const Status = OneOf("active", "archived");

const fields = {
  code: Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$", description: "on invoices: DE-VAT-19" }),
  name: Text(80),
  country: Country,
  percent: Type.Number({ minimum: 0, maximum: 100, description: "at most four decimals" }),
};
const rest = {
  region: Text(120),
  taxClasses: Type.Array(TaxClass, { minItems: 1, maxItems: 3, description: "whose things it is for" }),
  included: Type.Boolean({ description: "prices contain it; otherwise it is added" }),
  shipping: Type.Boolean({
    description: "whether shipping is taxed with it; when left out, if it is for the standard class",
  }),
  replaces: Type.Boolean({
    description: "a region's, instead of its country's for these classes; otherwise beside them",
  }),
  exemptGroups: Type.Array(GroupCode, { maxItems: 50, description: "customer groups that do not owe it" }),
};
const TaxRateInput = Body({
  ...fields,
  region: Type.Optional(Type.String({ ...rest.region, description: "its code or name as in addresses: CA, BC" })),
  taxClasses: Type.Optional(rest.taxClasses),
  included: Type.Optional(rest.included),
  shipping: Type.Optional(rest.shipping),
  replaces: Type.Optional(rest.replaces),
  exemptGroups: Type.Optional(rest.exemptGroups),
});
const TaxRateChange = Body(
  {
    name: Type.Optional(fields.name),
    percent: Type.Optional(fields.percent),
    taxClasses: Type.Optional(rest.taxClasses),
    included: Type.Optional(rest.included),
    shipping: Type.Optional(rest.shipping),
    replaces: Type.Optional(rest.replaces),
    exemptGroups: Type.Optional(rest.exemptGroups),
    status: Type.Optional(Status),
    version: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2_147_483_647,
        description: "the version the change was made on; refused with 409 when another came first",
      }),
    ),
  },
  { minProperties: 1 },
);

const shared = {
  ...fields,
  ...rest,
  region: Type.Union([Type.String(), Type.Null()], { description: "null: the whole country" }),
  status: Status,
  version: Type.Integer({ minimum: 1 }),
};
const TaxRate = Type.Object({ id: Id, ...shared, createdAt: Timestamp, updatedAt: Timestamp });
/** As the others are told of it, whole. */
export const TaxRateFact = Type.Object({ taxRateId: Id, ...shared });

export const taxRates = {
  taxRates: get("/v1/tax-rates", {
    summary: "List tax rates by country and region",
    access: readers,
    query: Body({ ...Paging, country: Type.Optional(Country), status: Type.Optional(Status) }),
    returns: Page(TaxRate),
  }),
  taxRate: get("/v1/tax-rates/:id", {
    summary: "Show a tax rate",
    access: readers,
    params: Body({ id: Id }),
    returns: TaxRate,
  }),
  createTaxRate: post("/v1/tax-rates", {
    summary: "Levy a tax on tax classes at a destination",
    description:
      "Things of a listed tax class that go to the country (and region) are taxed with it. Several rates of one destination add up. For the " +
      "standard class and inside the prices, unless it says otherwise; on shipping too when it is for the standard class.",
    access: merchandisers,
    body: TaxRateInput,
    returns: TaxRate,
    status: 201,
  }),
  changeTaxRate: patch("/v1/tax-rates/:id", {
    summary: "Change what is named of a tax rate, or archive it",
    description: "Orders that were placed keep the rates of their day.",
    access: merchandisers,
    params: Body({ id: Id }),
    body: TaxRateChange,
    returns: TaxRate,
  }),
} as const;
