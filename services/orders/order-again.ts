import type { Principal } from "@souk/contract";
import { offersOf } from "./db/after-sale.ts";
import { cartTable } from "./db/carts.ts";
import { orderIndex } from "./db/order-index.ts";
import { linesAgain, mergeLines } from "./domain/cart.ts";
import { errors } from "./errors.ts";
import { holds } from "./holder.ts";
import type { RouteDeps } from "./routes.ts";

/**
 * Puts what an order held into the customer's open cart in its currency, or into a new one; a guest's is opened by the token of the order.
 * @returns the cart's id
 */
export const orderAgain =
  ({ db, order, cartLimits, now, newId }: Pick<RouteDeps, "db" | "order" | "cartLimits" | "now" | "newId">) =>
  async (orderId: string, principal: Principal, token: string | undefined): Promise<string> => {
    const owner = await orderIndex(db).owner(orderId);
    const { state } = await order.load(orderId);
    if (!owner || state.lifecycle === "new" || !holds(owner, principal, token)) throw errors.OrderNotFound({ orderId });
    const { currency, lines, cartId: orderedCart } = state.order;
    const offers = await offersOf(
      db,
      lines.map(({ sku }) => sku),
    );
    const again = linesAgain(lines, offers, currency, cartLimits);
    // It was not used up: the order gave its use back.
    const coupon =
      state.lifecycle === "rejected" ? ((await cartTable(db).find(orderedCart))?.cart.coupon ?? null) : null;
    return db.tx(async (tx) => {
      const carts = cartTable(tx);
      const { customerId } = owner;
      const open = customerId === null ? undefined : await carts.openOf(customerId, currency);
      const cartId = open ?? newId();
      if (open === undefined) await carts.insert({ cartId, ...owner, currency, now: now() });
      const own = (await carts.find(cartId))?.cart;
      if (!own) throw errors.CartChanged({ cartId }); // a person who was erased at this moment
      const content = { lines: mergeLines(own.lines, again, cartLimits), coupon: own.coupon ?? coupon };
      if (!(await carts.save(cartId, own.version, content, now()))) throw errors.CartChanged({ cartId });
      return cartId;
    });
  };
