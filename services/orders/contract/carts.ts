import {
  anyone,
  Body,
  Country,
  Currency,
  del,
  get,
  holder,
  Id,
  OneOf,
  Price,
  post,
  put,
  role,
  Sku,
  Text,
  Type,
} from "@souk/contract";
import { CartProblem, Coupon, CouponCode, lineParts, ShippingPart, Totals } from "./pricing.ts";
import { promotionUsage } from "./promotion-usage.ts";

export const Quantity = Type.Integer({ minimum: 1, maximum: 10_000 });
export const CartToken = Body(
  { "x-cart-token": Type.Optional(Type.String({ maxLength: 100 })) },
  { additionalProperties: true },
);
export const CartId = Body({ cartId: Id });
export const ShippingMethod = OneOf("standard", "express", "pickup");

/** What would have to be another for the method to go there with this cart. */
const NotShipped = OneOf("currency", "country", "method", "weight", "value");

const CartLine = Type.Object({
  sku: Sku,
  title: Type.String(),
  quantity: Quantity,
  unitPrice: Price,
  total: Price,
  ...lineParts,
});
const Cart = Type.Object({
  id: Id,
  status: OneOf("open", "ordered", "abandoned"),
  currency: Currency,
  lines: Type.Array(CartLine),
  shipping: Type.Object({
    ...ShippingPart.properties,
    available: Type.Optional(
      Type.Boolean({
        description:
          "whether the method that was asked for goes there with this cart; when it does not, shipping is not in the totals and an order would be refused",
      }),
    ),
    reason: Type.Optional(NotShipped),
    message: Type.Optional(Type.String({ description: "why it is not available, for people" })),
  }),
  totals: Totals,
  problems: Type.Array(CartProblem),
  coupon: Type.Optional(Coupon),
  orderId: Type.Optional(Id),
  cartToken: Type.Optional(
    Type.String({ description: "only in the answer that creates a guest's cart; send it as x-cart-token" }),
  ),
});
const whoFills = [holder, role("merchandiser", "admin")] as const;

/** Carts, and what the promotions in them are used for. */
export const carts = {
  ...promotionUsage,
  createCart: post("/v1/carts", {
    summary: "Open a cart",
    access: anyone,
    body: Type.Optional(Body({ currency: Type.Optional(Currency) })),
    returns: Cart,
    status: 201,
  }),
  cart: get("/v1/carts/:cartId", {
    summary: "Show a cart, priced anew",
    description:
      "With `country` (and `region`) tax is worked out for that destination, with `shippingMethod` as well the shipping: the totals are " +
      "then those that an order would have.",
    access: whoFills,
    params: CartId,
    headers: CartToken,
    query: Body({
      country: Type.Optional(Country),
      region: Type.Optional(Text(120)),
      shippingMethod: Type.Optional(ShippingMethod),
    }),
    returns: Cart,
  }),
  setItem: put("/v1/carts/:cartId/items/:sku", {
    summary: "Put a quantity of something into a cart",
    description: "`unitPrice` overrides the catalogue's price; only a merchandiser may send it.",
    access: whoFills,
    params: Body({ cartId: Id, sku: Sku }),
    headers: CartToken,
    body: Body({ quantity: Quantity, unitPrice: Type.Optional(Price) }),
    returns: Cart,
  }),
  removeItem: del("/v1/carts/:cartId/items/:sku", {
    summary: "Take something out of a cart",
    access: whoFills,
    params: Body({ cartId: Id, sku: Sku }),
    headers: CartToken,
    returns: Cart,
  }),
  setCoupon: put("/v1/carts/:cartId/coupon", {
    summary: "Enter a coupon code, in the place of the one before",
    description:
      "A code that no promotion has, or that nobody can use any more, is refused. One that does not apply to what is in the cart is kept; " +
      "`coupon.reason` says why it does not count yet.",
    access: whoFills,
    params: CartId,
    headers: CartToken,
    body: Body({ code: CouponCode }),
    returns: Cart,
  }),
  removeCoupon: del("/v1/carts/:cartId/coupon", {
    summary: "Take the coupon code out of a cart",
    access: whoFills,
    params: CartId,
    headers: CartToken,
    returns: Cart,
  }),
  orderAgain: post("/v1/orders/:orderId/cart", {
    summary: "Put what was ordered into a cart again",
    description:
      "Whatever became of the order: it was rejected, or it is to be bought once more. The lines are those of the order at today's prices; what is not sold any " +
      "more is in the cart too, and listed in its `problems`. A customer's open cart in the order's currency takes them up (of one SKU the larger " +
      "quantity stays), a new one otherwise; a guest gets a new one, which is opened by the `x-cart-token` that opens the order. The coupon of a rejected " +
      "order comes along.",
    access: holder,
    params: Body({ orderId: Id }),
    headers: CartToken,
    returns: Cart,
  }),
  claimCart: post("/v1/carts/:cartId/claim", {
    summary: "Make a guest's cart one's own after signing in",
    description:
      "Needs the customer's token and the guest's `x-cart-token`. When the customer has an open cart in the same currency, the guest's is " +
      "merged into it: of one SKU the larger quantity stays. Answers the customer's cart; asking again changes nothing.",
    access: holder,
    params: CartId,
    headers: CartToken,
    returns: Cart,
  }),
} as const;
