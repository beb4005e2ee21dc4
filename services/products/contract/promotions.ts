import {
  Body,
  Currency,
  get,
  Id,
  OneOf,
  Page,
  Paging,
  Price,
  patch,
  post,
  role,
  Sku,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";

const merchandisers = role("merchandiser", "admin");
const readers = role("support", "merchandiser", "operator", "admin");

const Percent = Type.Number({ minimum: 0.0001, maximum: 100, description: "at most four decimals" });
const Code = Type.String({
  pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{1,39}$",
  description: "letters, digits, - and _; upper and lower case are one",
});
const GroupCode = Type.String({ pattern: "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", description: "a customer group" });
const Slug = Type.String({ pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", maxLength: 120 });
const few = (maximum: number) => Type.Integer({ minimum: 1, maximum });

const Effect = Type.Union([
  Body({ kind: Type.Literal("percentage"), of: OneOf("lines", "order"), percent: Percent }),
  Body(
    { kind: Type.Literal("fixed"), of: OneOf("lines", "order"), amount: Price },
    { description: "off each unit, or once off the order" },
  ),
  Body(
    { kind: Type.Literal("buy_x_get_y"), buy: few(1_000), get: few(1_000), percent: Type.Optional(Percent) },
    { description: "of every `buy + get` units the `get` cheapest are `percent` off: free, when it is left out" },
  ),
  Body({
    kind: Type.Literal("free_shipping"),
    methods: Type.Optional(Type.Array(OneOf("standard", "express", "pickup"), { minItems: 1, maxItems: 3 })),
  }),
]);

/** What it applies to, and when. Whatever is left out holds for everything and everybody. */
const Conditions = Body({
  skus: Type.Optional(Type.Array(Sku, { minItems: 1, maxItems: 1_000, description: "items it applies to" })),
  categories: Type.Optional(
    Type.Array(Slug, { minItems: 1, maxItems: 100, description: "slugs; items of these and of what lies below them" }),
  ),
  minSubtotal: Type.Optional(Price),
  minQuantity: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: "units it applies to" })),
  currency: Type.Optional(Currency),
  groups: Type.Optional(Type.Array(GroupCode, { minItems: 1, maxItems: 50, description: "any of them" })),
  firstOrder: Type.Optional(
    Type.Boolean({ description: "a customer's first order only; it needs an account, and counts once" }),
  ),
  startsAt: Type.Optional(Timestamp),
  endsAt: Type.Optional(Timestamp),
});
const Limits = Body({
  uses: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: "orders in all" })),
  usesPerCustomer: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000_000, description: "orders of one customer, or of a guest's address" }),
  ),
  budget: Type.Optional(
    Body(
      { amount: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), currency: Currency },
      { description: "discounts in all" },
    ),
  ),
});
const Status = OneOf("active", "archived");

const inputs = {
  name: Text(120),
  effect: Effect,
};
const PromotionInput = Body({
  ...inputs,
  code: Type.Optional(Code),
  conditions: Type.Optional(Conditions),
  limits: Type.Optional(Limits),
});
const PromotionChange = Body(
  {
    name: Type.Optional(inputs.name),
    code: Type.Optional(Type.Union([Code, Type.Null()], { description: "null: it applies by itself from now on" })),
    effect: Type.Optional(Effect),
    conditions: Type.Optional(Conditions),
    limits: Type.Optional(Limits),
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
  name: Type.String(),
  code: Type.Union([Type.String(), Type.Null()], { description: "in capitals; null: it applies by itself" }),
  effect: Effect,
  conditions: Conditions,
  limits: Limits,
  status: Status,
  version: Type.Integer({ minimum: 1 }),
};
const Promotion = Type.Object({ id: Id, ...shared, createdAt: Timestamp, updatedAt: Timestamp });
/** As the others are told of it, whole. */
export const PromotionFact = Type.Object({ promotionId: Id, ...shared });

export const promotions = {
  promotions: get("/v1/promotions", {
    summary: "List promotions, newest first",
    access: readers,
    query: Body({ ...Paging, status: Type.Optional(Status), code: Type.Optional(Code) }),
    returns: Page(Promotion),
  }),
  promotion: get("/v1/promotions/:id", {
    summary: "Show a promotion",
    access: readers,
    params: Body({ id: Id }),
    returns: Promotion,
  }),
  createPromotion: post("/v1/promotions", {
    summary: "Start a promotion",
    description:
      "With a `code` it is a coupon, without one it applies by itself. A line takes part in the one line promotion that saves most; after " +
      "those at most one promotion of the order counts, and at most one of the shipping: always the best for the shopper. The SKUs and " +
      "categories that it names must be there already.",
    access: merchandisers,
    body: PromotionInput,
    returns: Promotion,
    status: 201,
  }),
  changePromotion: patch("/v1/promotions/:id", {
    summary: "Change what is named of a promotion, or archive it",
    description:
      "`conditions` and `limits` are replaced as a whole. Orders that were placed keep what they were promised.",
    access: merchandisers,
    params: Body({ id: Id }),
    body: PromotionChange,
    returns: Promotion,
  }),
} as const;
