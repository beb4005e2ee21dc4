import { defineErrors } from "@souk/kernel";

type NotShipped = {
  country: string;
  method: string;
  currency: string;
  /** What would have to be another. */
  reason: "currency" | "country" | "method" | "weight" | "value";
};
const whyNotShipped: Readonly<Record<NotShipped["reason"], (d: NotShipped) => string>> = {
  currency: ({ currency }) =>
    `The shop has no shipping rates in ${currency}; order in another currency, or ask it to add some (PUT /v1/shipping/rate-table).`,
  country: ({ country, currency }) => `Nothing goes to ${country} in ${currency}; give another address.`,
  method: ({ method, country, currency }) =>
    `There is no ${method} shipping to ${country} in ${currency}; choose another method.`,
  weight: ({ method, country }) =>
    `What is in the cart is too heavy for ${method} to ${country}; choose another method, or order it in parts.`,
  value: ({ method, country }) =>
    `What is in the cart costs too little for ${method} to ${country}; choose another method.`,
};
/** Why a shipping method does not go somewhere with a cart, and what to do. */
export const notShipped = (d: NotShipped): string => whyNotShipped[d.reason](d);

type CannotCancel = { orderId: string; lifecycle: "dispatched" | "being refunded" | "rejected" | "completed" };
const whyNotCancelled: Readonly<Record<CannotCancel["lifecycle"], string>> = {
  dispatched: "has left, so it cannot be cancelled any more. Ask for a return once it has arrived.",
  completed: "has arrived, so it cannot be cancelled any more. Ask for a return.",
  "being refunded":
    "is being refunded, and cannot be cancelled in the same moment. Try again when the refund is executed.",
  rejected: "was rejected: there is nothing to cancel, and what was taken for it was given back.",
};

export const errors = defineErrors("orders", {
  CartNotFound: {
    status: "not_found",
    message: (d: { cartId: string }) => `No cart ${d.cartId}; open one with POST /v1/carts.`,
  },
  CartNotOpen: {
    status: "failed_precondition",
    message: (d: { cartId: string; status: string }) =>
      `Cart ${d.cartId} is ${d.status}; open a new one to go on shopping.`,
  },
  CartEmpty: {
    status: "failed_precondition",
    message: () => "The cart is empty; put something in before checking out.",
  },
  CartFull: {
    status: "failed_precondition",
    message: (d: { limit: number }) => `A cart holds at most ${d.limit} different things; order these first.`,
  },
  CartChanged: {
    status: "aborted",
    message: (d: { cartId: string }) => `Cart ${d.cartId} was changed at the same time; look at it again and retry.`,
  },
  CartHasProblems: {
    status: "failed_precondition",
    message: (_: { problems: readonly { sku: string; kind: string }[] }) =>
      "Something in the cart changed; look at its problems, mend them and check out again.",
  },
  TooMany: {
    status: "failed_precondition",
    message: (d: { sku: string; limit: number }) =>
      `A cart holds at most ${d.limit} of ${d.sku}; ask us when you need more.`,
  },
  CouponUnknown: {
    status: "not_found",
    message: (d: { code: string }) => `There is no coupon ${d.code}; look whether it is spelt right.`,
  },
  CouponExpired: {
    status: "failed_precondition",
    message: (d: { code: string; reason: string }) =>
      `The coupon ${d.code} cannot be used (${d.reason.replaceAll("_", " ")}).`,
  },
  PromotionNotFound: {
    status: "not_found",
    message: (d: { promotionId: string }) => `Orders has not heard of a promotion ${d.promotionId}.`,
  },
  TotalChanged: {
    status: "failed_precondition",
    message: (d: { expected: number; total: number; currency: string }) =>
      `The order would cost ${d.total} and not ${d.expected} ${d.currency} (minor units); look at the cart again and order at that price.`,
  },
  ClaimNeedsAccount: {
    status: "failed_precondition",
    message: () => "A cart is claimed by a customer who has signed in; send their token beside the cart's.",
  },
  UnknownSku: { status: "not_found", message: (d: { sku: string }) => `Nothing on sale has the SKU ${d.sku}.` },
  OtherCurrency: {
    status: "failed_precondition",
    message: (d: { sku: string; currency: string }) =>
      `${d.sku} is not sold in ${d.currency}; open a cart in its own currency.`,
  },
  PriceOverrideForbidden: {
    status: "permission_denied",
    message: () => "Only a merchandiser may set a price; leave unitPrice out.",
  },
  NotShipped: { status: "failed_precondition", message: notShipped },
  OrderNotFound: { status: "not_found", message: (d: { orderId: string }) => `No order ${d.orderId}.` },
  CannotCancel: {
    status: "failed_precondition",
    message: ({ orderId, lifecycle }: CannotCancel) => `Order ${orderId} ${whyNotCancelled[lifecycle]}`,
  },
  ReturnNotFound: { status: "not_found", message: (d: { returnId: string }) => `No return ${d.returnId}.` },
  RefundNotFound: { status: "not_found", message: (d: { refundId: string }) => `No refund ${d.refundId}.` },
  NotReturnable: {
    status: "failed_precondition",
    message: (d: { sku: string; requested: number; returnable: number }) =>
      `${d.requested} of ${d.sku} cannot be given back: ${d.returnable} can, of what was delivered and is neither on its way back nor paid back yet.`,
  },
  ReturnClosed: {
    status: "failed_precondition",
    message: (d: { returnId: string; status: string }) =>
      `Return ${d.returnId} is ${d.status}; that cannot be changed any more. Ask for a new return.`,
  },
  ReturnNotApproved: {
    status: "failed_precondition",
    message: (d: { returnId: string; status: string }) =>
      `Return ${d.returnId} is ${d.status}; only an approved one can be received or has a label.`,
  },
  NotRequested: {
    status: "failed_precondition",
    message: (d: { returnId: string; sku: string; received: number; requested: number }) =>
      `Return ${d.returnId} asked for ${d.requested} of ${d.sku}; ${d.received} cannot have come back of it.`,
  },
  RefundTooLarge: {
    status: "failed_precondition",
    message: (d: { requested: number; refundable: number }) =>
      `Cannot give back ${d.requested}: only ${d.refundable} minor units were taken and are neither given back nor promised yet.`,
  },
  NothingToRefund: {
    status: "failed_precondition",
    message: (d: { orderId: string }) =>
      `There is nothing to give back of order ${d.orderId}: it was not confirmed, is being cancelled, or these units cost nothing.`,
  },
  ExchangeCostsMore: {
    status: "failed_precondition",
    message: (d: { costs: number; worth: number }) =>
      `The replacement costs ${d.costs} minor units, and what is sent back ${d.worth}: return it without an exchange, and order the other.`,
  },
  RefundUnclear: {
    status: "invalid_argument",
    message: (d: { currency: string }) => `Give either an amount in ${d.currency} or lines, and not both.`,
  },
  ParcelDoesNotFit: {
    status: "failed_precondition",
    message: (d: { shipmentId: string; sku: string; leaving: number; ordered: number }) =>
      `With shipment ${d.shipmentId} ${d.leaving} of ${d.sku} would have left, and ${d.ordered} were ordered.`,
  },
  CannotConfirm: {
    status: "failed_precondition",
    message: (d: { orderId: string; lifecycle: string }) =>
      `Order ${d.orderId} is ${d.lifecycle}; it cannot be confirmed.`,
  },
  OutOfStock: {
    status: "invalid_argument",
    message: (d: { orderId: string; why: string }) =>
      `Order ${d.orderId} was not filled and nothing was charged: ${d.why}`,
  },
  PaymentDeclined: {
    status: "invalid_argument",
    message: (d: { orderId: string; why: string }) =>
      `Order ${d.orderId} was not paid and nothing was charged: ${d.why}`,
  },
  NothingClaimed: {
    status: "failed_precondition",
    message: (d: { orderId: string }) => `Of order ${d.orderId} nothing has left that is neither paid nor written off.`,
  },
  ClaimDiffers: {
    status: "failed_precondition",
    message: (d: { paid: number; paidIn: string; open: number; currency: string }) =>
      `Cannot record ${d.paid} ${d.paidIn} as paid: ${d.open} ${d.currency} are claimed (minor units). Record that, or a part of it.`,
  },
  PaymentExpired: {
    status: "invalid_argument",
    message: (d: { orderId: string }) =>
      `The payment of order ${d.orderId} was not completed in time; nothing was charged.`,
  },
  StockUnanswered: {
    status: "unavailable",
    message: (d: { orderId: string }) =>
      `Nobody could say in time whether what order ${d.orderId} holds is in stock; nothing was charged. Order again.`,
  },
  StockNotConfirmed: {
    status: "invalid_argument",
    message: (d: { orderId: string }) =>
      `Order ${d.orderId} was not filled and nothing was charged: nobody could say in time whether it is in stock. Order again.`,
  },
  AddressInvalid: {
    status: "invalid_argument",
    message: (d: readonly { field: string; message: string }[]) =>
      `A parcel would not arrive: ${d.map(({ field, message }) => `${field.slice(1)} ${message}`).join(" ")}`,
  },
  PaymentNotFound: { status: "not_found", message: (d: { paymentId: string }) => `No payment ${d.paymentId}.` },
  Rejected: {
    status: "invalid_argument",
    message: (d: { orderId: string; why: string }) => `Order ${d.orderId} could not be filled: ${d.why}`,
  },
});
