import { defineErrors } from "@souk/kernel";

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
  NotShipped: {
    status: "failed_precondition",
    message: (d: { country: string; method: string }) =>
      `${d.method} shipping does not reach ${d.country} with this cart; choose another method.`,
  },
  OrderNotFound: { status: "not_found", message: (d: { orderId: string }) => `No order ${d.orderId}.` },
  CannotCancel: {
    status: "failed_precondition",
    message: (d: { orderId: string; lifecycle: string }) =>
      `Order ${d.orderId} is ${d.lifecycle}; it cannot be cancelled any more. Ask for a return once it has arrived.`,
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
  PaymentExpired: {
    status: "invalid_argument",
    message: (d: { orderId: string }) =>
      `The payment of order ${d.orderId} was not completed in time; nothing was charged.`,
  },
  Rejected: {
    status: "invalid_argument",
    message: (d: { orderId: string; why: string }) => `Order ${d.orderId} could not be filled: ${d.why}`,
  },
});
