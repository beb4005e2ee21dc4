import { answer, type Handlers } from "@souk/http";
import { factsFor, pricedCart, type Wanted } from "./cart-pricing.ts";
import { claimCart } from "./claim-cart.ts";
import type { orders } from "./contract.ts";
import { cartTable, type StoredCart } from "./db/carts.ts";
import { assertOpen, type CartLimits, type CartLine, type Offer, removeItem, setItem } from "./domain/cart.ts";
import { type PricedCart, priceCart } from "./domain/cart-price.ts";
import { isOver } from "./domain/pricing-promotions.ts";
import { stranger } from "./domain/pricing-rules.ts";
import { lineView, partsView, totalsView } from "./domain/pricing-view.ts";
import { errors, notShipped } from "./errors.ts";
import { fillsCarts, holds, tokenHash } from "./holder.ts";
import { orderAgain } from "./order-again.ts";
import type { RouteDeps } from "./routes.ts";

type CartHandlers = Pick<
  Handlers<typeof orders>,
  "createCart" | "cart" | "setItem" | "removeItem" | "setCoupon" | "removeCoupon" | "claimCart" | "orderAgain"
>;
type Found = { readonly cart: StoredCart; readonly offers: readonly Offer[] };
type Asking = Pick<Parameters<CartHandlers["removeItem"]>[0], "headers" | "principal">;

const defaultCurrency = "EUR";
/** Telephone orders and imports: as much as a line can hold at all. */
const merchandisersLimits: CartLimits = { lines: 1_000, unitsPerLine: 10_000 };

export function cartRoutes(deps: RouteDeps): CartHandlers {
  const { db, rules, cartLimits, now, newId, newSecret } = deps;
  const carts = cartTable(db);
  const claim = claimCart({ db, cartLimits, now });
  const again = orderAgain(deps);

  async function mine(cartId: string, request: Asking, alsoSku?: string) {
    const found = await carts.find(cartId, alsoSku);
    const token = request.headers["x-cart-token"];
    if (!found || !(holds(found.cart, request.principal, token) || fillsCarts(request.principal)))
      throw errors.CartNotFound({ cartId });
    return found;
  }

  /** The cart at today's prices. */
  async function show(found: Found, wanted: Omit<Wanted, "at"> = {}) {
    const known = await rules.current();
    const facts = await factsFor(db, found.cart, known);
    const priced = pricedCart(found, known, facts, { at: now(), ...wanted });
    const view = cartView(found.cart, priced);
    const { method, destination } = wanted;
    if (!method || !destination) return view;
    const { currency } = found.cart;
    const { obstacle: reason } = priced;
    if (!reason) return { ...view, shipping: { ...view.shipping, available: true } };
    const message = notShipped({ country: destination.country, method, currency, reason });
    return { ...view, shipping: { ...view.shipping, available: false, reason, message } };
  }

  /** Saves and shows the changed cart. */
  async function save({ cart, offers }: Found, change: { lines?: CartLine[]; coupon?: string | null }) {
    const changed = { ...cart, ...change };
    if (!(await carts.save(cart.cartId, cart.version, changed, now())))
      throw errors.CartChanged({ cartId: cart.cartId });
    return show({ cart: changed, offers });
  }

  return {
    async createCart({ body, principal }) {
      const cartId = newId();
      const currency = body?.currency ?? defaultCurrency;
      const customerId = principal.kind === "user" ? principal.id : null;
      const cartToken = customerId ? undefined : newSecret(24);
      await carts.insert({
        cartId,
        customerId,
        tokenHash: cartToken ? tokenHash(cartToken) : null,
        currency,
        now: now(),
      });
      const cart = { cartId, status: "open", currency, lines: [], coupon: null, orderId: null } as const;
      const nobody = { at: now(), promotions: [], taxRates: [], shopper: stranger, coupon: undefined };
      const view = cartView(cart, priceCart(cart, [], nobody));
      return answer(201, cartToken ? { ...view, cartToken } : view, { location: `/v1/carts/${cartId}` });
    },

    async cart(request) {
      const { country, region, shippingMethod: method } = request.query;
      const found = await mine(request.params.cartId, request);
      return show(found, country ? { destination: { country, region }, method } : {});
    },

    async setItem(request) {
      const { params, body, principal } = request;
      const isMerchandiser = fillsCarts(principal);
      if (body.unitPrice && !isMerchandiser) throw errors.PriceOverrideForbidden();
      const found = await mine(params.cartId, request, params.sku);
      const offer = found.offers.find(({ sku }) => sku === params.sku);
      const limits = isMerchandiser ? merchandisersLimits : cartLimits;
      return save(found, { lines: setItem(found.cart, { sku: params.sku, ...body }, offer, limits) });
    },

    async removeItem(request) {
      const found = await mine(request.params.cartId, request);
      return save(found, { lines: removeItem(found.cart, request.params.sku) });
    },

    async setCoupon(request) {
      const code = request.body.code.toUpperCase();
      const found = await mine(request.params.cartId, request);
      assertOpen(found.cart);
      const changed = { ...found, cart: { ...found.cart, coupon: code } };
      const known = await rules.current();
      const facts = await factsFor(db, changed.cart, known);
      if (!facts.coupon) throw errors.CouponUnknown({ code });
      const at = now();
      const { coupon } = pricedCart(changed, known, facts, { at });
      if (coupon?.reason && isOver(coupon.reason)) throw errors.CouponExpired({ code, reason: coupon.reason });
      return save(found, { coupon: code });
    },

    async removeCoupon(request) {
      const found = await mine(request.params.cartId, request);
      assertOpen(found.cart);
      return save(found, { coupon: null });
    },

    async claimCart(request) {
      const cartId = await claim(request.params.cartId, request.principal, request.headers["x-cart-token"]);
      const found = await carts.find(cartId);
      if (!found) throw errors.CartNotFound({ cartId });
      return show(found);
    },

    async orderAgain({ params: { orderId }, principal, headers }) {
      const cartId = await again(orderId, principal, headers["x-cart-token"]);
      const found = await carts.find(cartId);
      if (!found) throw errors.CartNotFound({ cartId });
      return answer(200, await show(found), { location: `/v1/carts/${cartId}` });
    },
  };
}

function cartView(
  cart: Pick<StoredCart, "cartId" | "status" | "currency" | "orderId">,
  { lines, priced, problems, coupon, shippingAmount }: PricedCart,
) {
  const { cartId, status, currency, orderId } = cart;
  return {
    id: cartId,
    status,
    currency,
    lines: lines.map((line, index) => lineView({ ...line, ...priced.lines[index] }, currency)),
    shipping: partsView(shippingAmount, priced.shipping, currency),
    totals: totalsView(priced.totals, [...priced.lines, priced.shipping], currency),
    problems: status === "open" ? [...problems] : [],
    ...(coupon && { coupon }),
    ...(orderId && { orderId }),
  };
}
