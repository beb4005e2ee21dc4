import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Currency, useCurrency } from "../state/preferences.ts";
import { api } from "./client.ts";
import { rememberOrder } from "./last-order.ts";
import { isProblem } from "./problem.ts";
import { isSignedIn } from "./session.ts";
import { stored } from "./stored.ts";
import { type Cart, type Wanted, withItem } from "./with-item.ts";

export type { Cart, CartLine } from "./with-item.ts";

/** A cart has one currency; each has one of its own, so that changing the currency loses nothing. */
const carts = stored<Readonly<Record<string, string | undefined>>>("souk.carts", {});
export const cartIdNow = (currency: Currency): string | undefined => carts.get()[currency];
export const rememberCart = (currency: string, id: string | undefined): void =>
  carts.set({ ...carts.get(), [currency]: id });

export const cartKey = (currency: string) => ["cart", currency] as const;

/** The shopper's open cart; null when there is none, or it is none of theirs any more. */
async function fetchCart(currency: Currency, signal?: AbortSignal): Promise<Cart | null> {
  const cartId = cartIdNow(currency);
  if (cartId === undefined) return null;
  let cart: Cart | undefined;
  try {
    cart = await api.orders.cart({ params: { cartId }, query: {} }, signal ? { signal } : {});
  } catch (error) {
    if (!isProblem(error, "orders.cart_not_found")) throw error;
  }
  // Ordered while it was asked for, here or in another tab: what is in it says nothing about the cart of now.
  if (cartIdNow(currency) !== cartId) return fetchCart(currency, signal);
  if (cart?.status === "open") return cart;
  if (cart?.orderId !== undefined) rememberOrder(cart.orderId);
  rememberCart(currency, undefined);
  return null;
}

/** Opens a cart: a customer's when somebody is signed in, else a guest's whose token stays with the shop's own cookie. */
async function openCart(currency: Currency): Promise<Cart> {
  const body = { currency };
  const cart = isSignedIn() ? await api.orders.createCart({ body }) : await api.gateway.openGuestCart({ body });
  rememberCart(currency, cart.id);
  return cart;
}

const watchMs = 4_000;

/** @param watched asks again and again: prices and stock change while somebody looks at the cart */
export function useCart(watched = false) {
  const currency = useCurrency();
  return useQuery({
    queryKey: cartKey(currency),
    queryFn: ({ signal }) => fetchCart(currency, signal),
    staleTime: watchMs,
    ...(watched && { refetchOnMount: "always", refetchInterval: watchMs }),
  });
}

type Destination = { readonly country: string; readonly method: "standard" | "express" | "pickup" | undefined };

/** What the cart would cost as an order that is sent there: with tax and delivery, to the minor unit. */
export function useQuote(cart: Cart, { country, method }: Destination) {
  const what = cart.lines.map(({ sku, quantity, unitPrice }) => `${sku}×${quantity}×${unitPrice.amount}`).join();
  const { data } = useQuery({
    queryKey: ["quote", cart.id, country, method, what, cart.coupon?.code],
    queryFn: async ({ signal }) => {
      const query = { country, ...(method && { shippingMethod: method }) };
      return (await api.orders.cart({ params: { cartId: cart.id }, query }, { signal })).totals;
    },
    enabled: cart.id !== "" && cart.status === "open" && method !== undefined,
    placeholderData: keepPreviousData,
    staleTime: watchMs,
  });
  return data;
}

/** How many things are in the cart; 0 while nobody knows. */
export const useCartCount = (): number =>
  useCart().data?.lines.reduce((count, { quantity }) => count + quantity, 0) ?? 0;

/**
 * Sets how many of something are wanted. Shown at once, corrected by the answer, and taken back when it is refused. One change after
 * another, in the order they were made.
 */
export function useSetItem() {
  const client = useQueryClient();
  return useMutation({
    scope: { id: "cart" },
    mutationFn: async ({ sku, quantity, shown }: Wanted) => {
      const currency = shown.unitPrice.currency as Currency; // as: a price that was shown is in one of ours
      const change = (cartId: string) =>
        quantity === 0
          ? api.orders.removeItem({ params: { cartId, sku } })
          : api.orders.setItem({ params: { cartId, sku }, body: { quantity } });
      const known = cartIdNow(currency);
      if (known !== undefined) {
        try {
          return await change(known);
        } catch (error) {
          // Ordered in another tab, lapsed, or of a session that ended: a new one begins.
          if (!isProblem(error, "orders.cart_not_found", "orders.cart_not_open")) throw error;
        }
      }
      return change((await openCart(currency)).id);
    },
    retry: (failures, error) =>
      failures < 2 && isProblem(error) && (error.isPassing || error.code === "orders.cart_changed"),
    async onMutate(wanted) {
      const key = cartKey(wanted.shown.unitPrice.currency);
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData<Cart | null>(key);
      client.setQueryData<Cart | null>(key, (cart) => withItem(cart ?? undefined, wanted));
      return { before };
    },
    onError(_error, { shown }, context) {
      client.setQueryData(cartKey(shown.unitPrice.currency), context?.before ?? null);
    },
    onSuccess(cart) {
      client.setQueryData(cartKey(cart.currency), cart);
    },
    onSettled(_cart, _error, { shown }) {
      void client.invalidateQueries({ queryKey: cartKey(shown.unitPrice.currency) });
    },
  });
}

/** What was ordered, in a cart again: in the one that there is, or in a new one. Of the same thing the larger quantity stays. */
export async function orderAgain(orderId: string, currency: Currency): Promise<Cart> {
  // A customer's cart is known to the shop; a guest's is one of many without a name.
  const guests = isSignedIn() ? null : await fetchCart(currency);
  let cart = await api.orders.orderAgain({ params: { orderId } });
  for (const { sku, quantity } of guests?.lines ?? []) {
    if ((cart.lines.find((line) => line.sku === sku)?.quantity ?? 0) >= quantity) continue;
    cart = await api.orders.setItem({ params: { cartId: cart.id, sku }, body: { quantity } });
  }
  rememberCart(currency, cart.id);
  return cart;
}
