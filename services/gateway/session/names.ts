import type { Cookie } from "./cookies.ts";

/** Tokens are base64url and dots: what else a cookie holds was not written here. */
export const tokenShape = /^[A-Za-z0-9._~-]{1,4096}$/;

export const accessName = "souk_access";
export const refreshName = "souk_refresh";
/** Opens a guest's cart, its order and its payment, each by a cookie that is sent to that one address only. */
export const holderName = "souk_holder";

const daySeconds = 86_400;
const refreshDays = 30;
/** As long as a guest's cart lives. */
const guestDays = 30;
const payerSeconds = 3_600;

export const accessCookie = (value: string, maxAgeSeconds: number): Cookie => ({
  name: accessName,
  value,
  path: "/",
  maxAgeSeconds,
});
export const refreshCookie = (value: string): Cookie => ({
  name: refreshName,
  value,
  path: "/session",
  maxAgeSeconds: refreshDays * daySeconds,
});
/** @param path of the cart or the order: `/v1/carts/…` */
export const holderCookie = (value: string, path: string): Cookie => ({
  name: holderName,
  value,
  path,
  maxAgeSeconds: guestDays * daySeconds,
});
/** Of the last order: a bank asks within minutes, and what it asks about is not known before. */
export const payerCookie = (value: string): Cookie => ({
  name: holderName,
  value,
  path: "/v1/payments",
  maxAgeSeconds: payerSeconds,
});
export const gone = (cookie: Cookie): Cookie => ({ ...cookie, value: "", maxAgeSeconds: 0 });
