import { useQueryClient } from "@tanstack/react-query";
import { type Currency, currencies } from "../state/preferences.ts";
import { cartIdNow, rememberCart } from "./cart.ts";
import { api } from "./client.ts";
import { rememberOrder } from "./last-order.ts";
import { meQuery } from "./queries.ts";
import { forgetSession, rememberSession } from "./session.ts";

type SignedIn = Awaited<ReturnType<typeof api.gateway.signIn>>;

/** What a guest had in the cart goes along into the account's cart. */
export function useSignIn() {
  const client = useQueryClient();
  return async (enter: () => Promise<SignedIn>): Promise<void> => {
    const { user, expiresIn } = await enter();
    rememberSession(expiresIn);
    await Promise.all(currencies.map(claimCart));
    client.clear();
    client.setQueryData(meQuery.queryKey, user);
  };
}

/** The guest's cart is theirs now who signed in; what they had in one of their own stays, and of one thing the larger quantity. */
async function claimCart(currency: Currency): Promise<void> {
  const cartId = cartIdNow(currency);
  if (cartId === undefined) return;
  try {
    rememberCart(currency, (await api.orders.claimCart({ params: { cartId } })).id);
  } catch {
    // The rest of the way in goes on. A cart that cannot be seen any more is forgotten when it is next looked for.
  }
}

/** @param leave goes to a page for which nobody need be signed in */
export function useSignOut() {
  const client = useQueryClient();
  return async (leave: () => Promise<void>): Promise<void> => {
    await api.gateway.signOut();
    await leave();
    forgetEverything();
    client.clear();
  };
}

/** Nothing of whoever used this browser before stays in it. */
export function forgetEverything(): void {
  forgetSession();
  rememberOrder(undefined);
  for (const currency of currencies) rememberCart(currency, undefined);
}
