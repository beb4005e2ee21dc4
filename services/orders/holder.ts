import { createHash, timingSafeEqual } from "node:crypto";
import { hasRole, type Principal } from "@souk/contract";

/** Whose a cart or an order is: a customer's, or whoever's who holds the token that a guest got when the cart was opened. */
export type Owner = { readonly customerId: string | null; readonly tokenHash: Uint8Array | null };

/** Tokens are random, so one round of SHA-256 keeps a leaked table from opening anything. */
export const tokenHash = (token: string): Buffer => createHash("sha256").update(token).digest();

/** False for what is not theirs: answer that as if it were not there. */
export function holds(owner: Owner, principal: Principal, cartToken: string | undefined): boolean {
  if (owner.customerId !== null) return principal.kind === "user" && principal.id === owner.customerId;
  if (owner.tokenHash === null || cartToken === undefined) return false;
  const given = tokenHash(cartToken);
  return given.length === owner.tokenHash.length && timingSafeEqual(given, owner.tokenHash);
}

/** Under what uses of limited promotions are counted: a customer, or a guest's address without telling it. */
export const shopperKey = ({ customerId }: Owner, email: string): string =>
  customerId ?? createHash("sha256").update(email.trim().toLowerCase()).digest("base64url");

/** Merchandisers may fill anybody's cart, at prices of their own (telephone orders, imports). */
export const fillsCarts = (principal: Principal): boolean => hasRole(principal, "merchandiser", "admin");
export const mayLook = (owner: Owner, principal: Principal, cartToken: string | undefined): boolean =>
  holds(owner, principal, cartToken) || seesAllOrders(principal);
export const seesAllOrders = (principal: Principal): boolean => hasRole(principal, "support", "operator", "admin");
