/** The addresses at which the shop draws a page, as the router and the server that answers them know them. */
export const pages = {
  home: "/",
  search: "/search",
  category: "/c/$category",
  product: "/p/$product",
  cart: "/cart",
  checkout: "/checkout",
  order: "/orders/$orderId",
  signIn: "/sign-in",
  register: "/register",
  reset: "/reset",
  account: "/account",
  accountReturns: "/account/returns",
  accountAddresses: "/account/addresses",
  accountSecurity: "/account/security",
  accountPrivacy: "/account/privacy",
} as const;
