import { answer, type Handlers } from "@souk/http";
import type { orders } from "./contract.ts";
import { cartTable, type StoredCart } from "./db/carts.ts";
import { type CartLine, type Offer, quote, removeItem, setItem } from "./domain/cart.ts";
import { lineTotal, price, totalsAsMoney } from "./domain/pricing.ts";
import { errors } from "./errors.ts";
import { fillsCarts, holds, tokenHash } from "./holder.ts";
import type { RouteDeps } from "./routes.ts";

type CartHandlers = Pick<Handlers<typeof orders>, "createCart" | "cart" | "setItem" | "removeItem">;

const defaultCurrency = "EUR";

export function cartRoutes({ db, now, newId, newSecret }: RouteDeps): CartHandlers {
  const carts = cartTable(db);

  async function mine(
    cartId: string,
    request: Pick<Parameters<CartHandlers["cart"]>[0], "headers" | "principal">,
    alsoSku?: string,
  ) {
    const found = await carts.find(cartId, alsoSku);
    const token = request.headers["x-cart-token"];
    if (!found || !(holds(found.cart, request.principal, token) || fillsCarts(request.principal)))
      throw errors.CartNotFound({ cartId });
    return found;
  }

  /** Saves and shows the changed cart; `known` are the offers of everything in it. */
  async function save(cart: StoredCart, lines: CartLine[], known: readonly Offer[]) {
    if (!(await carts.saveLines(cart.cartId, cart.version, lines, now())))
      throw errors.CartChanged({ cartId: cart.cartId });
    return cartView({ ...cart, lines }, known);
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
      const view = cartView({ cartId, status: "open", currency, lines: [], orderId: null }, []);
      return answer(201, cartToken ? { ...view, cartToken } : view, { location: `/v1/carts/${cartId}` });
    },

    async cart(request) {
      const { cart, offers } = await mine(request.params.cartId, request);
      return cartView(cart, offers);
    },

    async setItem(request) {
      const { params, body, principal } = request;
      if (body.unitPrice && !fillsCarts(principal)) throw errors.PriceOverrideForbidden();
      const { cart, offers } = await mine(params.cartId, request, params.sku);
      const offer = offers.find(({ sku }) => sku === params.sku);
      return save(cart, setItem(cart, { sku: params.sku, ...body }, offer), offers);
    },

    async removeItem(request) {
      const { cart, offers: known } = await mine(request.params.cartId, request);
      return save(cart, removeItem(cart, request.params.sku), known);
    },
  };
}

function cartView(
  cart: Pick<StoredCart, "cartId" | "status" | "currency" | "lines" | "orderId">,
  offers: readonly Offer[],
) {
  const { cartId, status, currency, orderId } = cart;
  const { lines, problems } = quote(cart, offers);
  return {
    id: cartId,
    status,
    currency,
    lines: lines.map((line) => ({
      sku: line.sku,
      title: line.title,
      quantity: line.quantity,
      unitPrice: { amount: line.unitAmount, currency },
      total: lineTotal(line, currency),
    })),
    totals: totalsAsMoney(price(lines, 0, currency), currency),
    problems: status === "open" ? problems : [],
    ...(orderId && { orderId }),
  };
}
