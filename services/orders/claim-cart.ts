import type { Principal } from "@souk/contract";
import type { Instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import { cartTable } from "./db/carts.ts";
import { assertOpen, type CartLimits, mergeLines } from "./domain/cart.ts";
import { errors } from "./errors.ts";
import { holds } from "./holder.ts";

type Deps = { readonly db: Db; readonly cartLimits: CartLimits; readonly now: () => Instant };

/**
 * Makes a guest's cart the customer's who has signed in: their own, when they have none open in its currency, or a part of the one they
 * have. Whoever asks again is told the same cart.
 * @returns the id of the customer's cart
 */
export const claimCart =
  ({ db, cartLimits, now }: Deps) =>
  async (cartId: string, principal: Principal, token: string | undefined): Promise<string> => {
    const guests = (await cartTable(db).find(cartId))?.cart;
    if (!guests || !holds(guests, principal, token)) throw errors.CartNotFound({ cartId });
    if (principal.kind !== "user") throw errors.ClaimNeedsAccount();
    if (guests.customerId !== null) return cartId; // theirs already
    const { mergedInto } = guests;
    if (mergedInto !== null) {
      const into = (await cartTable(db).find(mergedInto))?.cart;
      if (!into || !holds(into, principal, undefined)) throw errors.CartNotFound({ cartId });
      return mergedInto;
    }
    assertOpen(guests);
    return db.tx(async (tx) => {
      const carts = cartTable(tx);
      const id = await carts.openOf(principal.id, guests.currency);
      const own = id === undefined ? undefined : (await carts.find(id))?.cart;
      if (!own) {
        if (!(await carts.adopt(cartId, guests.version, principal.id, now()))) throw errors.CartChanged({ cartId });
        return cartId;
      }
      const lines = mergeLines(own.lines, guests.lines, cartLimits);
      const coupon = own.coupon ?? guests.coupon;
      const merged =
        (await carts.save(own.cartId, own.version, { lines, coupon }, now())) &&
        (await carts.markMerged(cartId, guests.version, own.cartId, now()));
      if (!merged) throw errors.CartChanged({ cartId });
      return own.cartId;
    });
  };
