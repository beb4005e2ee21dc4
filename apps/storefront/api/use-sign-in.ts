import { useQueryClient } from "@tanstack/react-query";
import { currencies } from "../state/preferences.ts";
import { cartIdNow, copyCart, fetchCart, rememberCart } from "./cart.ts";
import { api } from "./client.ts";
import { meQuery } from "./queries.ts";
import { forgetSession, rememberSession } from "./session.ts";

type SignedIn = Awaited<ReturnType<typeof api.gateway.signIn>>;

/** What a guest had in the cart goes along into the account's cart. */
export function useSignIn() {
  const client = useQueryClient();
  return async (enter: () => Promise<SignedIn>): Promise<void> => {
    const guests = await Promise.all(
      currencies.map(async (currency) => ({ currency, cart: await fetchCart(currency).catch(() => null) })),
    );
    const { user, expiresIn } = await enter();
    rememberSession(expiresIn);
    for (const { currency, cart } of guests) {
      if (cartIdNow(currency) === undefined) continue;
      rememberCart(currency, undefined);
      if (cart && cart.lines.length > 0) await copyCart(cart.lines, currency).catch(() => {}); // the rest of the way in goes on
    }
    client.clear();
    client.setQueryData(meQuery.queryKey, user);
  };
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
  for (const currency of currencies) rememberCart(currency, undefined);
}
