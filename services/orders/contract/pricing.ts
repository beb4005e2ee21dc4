import { Currency, OneOf, Price, Sku, Type } from "@souk/contract";

const minor = (description?: string) => Type.Integer({ minimum: 0, ...(description && { description }) });

/** What a promotion takes off a line, off shipping or off everything together. */
const Discount = Type.Object({
  promotionId: Type.String({
    description: 'the promotion, or "tax-exempt" for the tax inside a price that is not owed',
  }),
  code: Type.Union([Type.String(), Type.Null()], { description: "the coupon; null for one that applies by itself" }),
  name: Type.String(),
  amount: Price,
});
/** A tax by its rate, as it was when the price was worked out. */
const Tax = Type.Object({
  code: Type.String(),
  name: Type.String(),
  percent: Type.Number(),
  included: Type.Boolean({ description: "inside the price, and not added to it" }),
  amount: Price,
});

/** What of the total belongs to a line: `payable = total − discount + tax`. */
export const lineParts = {
  discount: Price,
  tax: Price,
  payable: Price,
  discounts: Type.Array(Discount),
  taxes: Type.Array(Tax),
};

/**
 * `total = subtotal − discount + shipping + tax`, to the minor unit; `discount` is the sum of `discounts`, what is off shipping included,
 * `tax` that of the `taxes` which are not inside the prices.
 */
export const Totals = Type.Object({
  subtotal: Price,
  discount: Price,
  shipping: Price,
  tax: Price,
  total: Price,
  discounts: Type.Array(Discount, { description: "by promotion" }),
  taxes: Type.Array(Tax, { description: "by rate, those inside the prices too" }),
});

export const ShippingPart = Type.Object(
  { ...lineParts },
  { description: "what of the total belongs to shipping: `payable = totals.shipping − discount + tax`" },
);

/** As others are told of it: minor units of the order's currency. */
export const FactTotals = Type.Object({
  subtotal: Type.Integer(),
  discount: Type.Integer(),
  shipping: Type.Integer(),
  tax: Type.Integer(),
  total: Type.Integer(),
  discounts: Type.Optional(
    Type.Array(Type.Object({ code: Type.Union([Type.String(), Type.Null()]), name: Type.String(), amount: minor() }), {
      description: "none when it is left out",
    }),
  ),
  taxes: Type.Optional(
    Type.Array(
      Type.Object({
        code: Type.String(),
        name: Type.String(),
        percent: Type.Number(),
        included: Type.Boolean(),
        amount: minor(),
      }),
      { description: "none when it is left out" },
    ),
  ),
});

export const CouponCode = Type.String({
  pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{1,39}$",
  description: "letters, digits, - and _; upper and lower case are one",
});
export const Coupon = Type.Object({
  code: Type.String(),
  applied: Type.Boolean(),
  reason: Type.Optional(
    OneOf(
      "ended",
      "not_started",
      "used_up",
      "already_used",
      "budget_too_small",
      "subtotal_too_small",
      "quantity_too_small",
      "no_matching_item",
      "other_group",
      "not_first_order",
      "sign_in",
      "other_currency",
      "other_shipping",
      "another_is_better",
    ),
  ),
  message: Type.Optional(Type.String({ description: "why it is not applied, for people" })),
});

export const CartProblem = Type.Object({
  kind: OneOf("price_changed", "insufficient_stock", "variant_gone", "promotion_expired"),
  sku: Type.String({ description: "empty when it is about the whole cart" }),
  message: Type.String(),
  was: Type.Optional(Price),
  now: Type.Optional(Price),
  available: Type.Optional(minor("how many there are")),
  code: Type.Optional(Type.String({ description: "the coupon, of `promotion_expired`" })),
});

/** A cart that its holder has left alone for too long. */
export const AbandonedCart = Type.Object({
  cartId: Type.String(),
  customerId: Type.Union([Type.String(), Type.Null()]),
  currency: Currency,
  lines: Type.Array(
    Type.Object({ sku: Sku, title: Type.String(), quantity: Type.Integer(), unitAmount: Type.Integer() }),
  ),
});
