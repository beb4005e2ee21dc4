import type { IncomingHttpHeaders } from "node:http";
import type { Client, Endpoint } from "@souk/contract";
import { answer, type Handlers, RequestProblem } from "@souk/http";
import { ServiceError } from "@souk/kernel";
import type { orders } from "@souk/orders/contract";
import type { users } from "@souk/users/contract";
import { gateway } from "../contract.ts";
import type { Limit } from "../rate-limit.ts";
import { type Cookie, cookiesOf, cookieWriter } from "./cookies.ts";
import { accessCookie, gone, holderCookie, refreshCookie, refreshName, tokenShape } from "./names.ts";
import { isFromOwnPage } from "./own-page.ts";

export type SessionHandlers = Pick<
  Handlers<typeof gateway>,
  "signIn" | "register" | "refreshSession" | "signOut" | "openGuestCart"
>;
type Deps = {
  readonly clients: { readonly users: Client<typeof users>; readonly orders: Client<typeof orders> };
  readonly publicUrl: string;
  readonly limit: Limit;
};
type Tokens = { readonly accessToken: string; readonly refreshToken: string; readonly expiresIn: number };
type Asked = { readonly rawHeaders: Readonly<Record<string, string | undefined>>; readonly address: string };

/** Signing in for browsers: the tokens stay in cookies that no script can read. */
export function sessionRoutes({ clients, publicUrl, limit }: Deps): SessionHandlers {
  const { endpoints } = gateway;
  const { origin, protocol } = new URL(publicUrl);
  const write = cookieWriter(protocol === "https:");
  const setting = (...cookies: Cookie[]) => ({ "set-cookie": cookies.map(write) });
  const keeping = ({ accessToken, refreshToken, expiresIn }: Tokens) =>
    setting(accessCookie(accessToken, expiresIn), refreshCookie(refreshToken));
  const forgetting = setting(gone(accessCookie("", 0)), gone(refreshCookie("")));

  /** @throws RequestProblem when another site's page sent it, or too many came */
  async function admit({ rawHeaders, address }: Asked, { path }: Endpoint): Promise<void> {
    if (!isFromOwnPage(rawHeaders as IncomingHttpHeaders, "POST", origin)) throw notOwnPage(); // as: lower-case names, one value each
    const seconds = await limit(address, path);
    if (seconds !== undefined) throw tooMany(seconds);
  }

  const refreshTokenOf = ({ rawHeaders }: Asked): string | undefined => {
    const token = cookiesOf(rawHeaders["cookie"]).get(refreshName);
    return token !== undefined && tokenShape.test(token) ? token : undefined;
  };

  return {
    async signIn(request) {
      await admit(request, endpoints.signIn);
      const { user, ...tokens } = await clients.users.login({ body: request.body });
      return answer(200, { user, expiresIn: tokens.expiresIn }, keeping(tokens));
    },

    async register(request) {
      await admit(request, endpoints.register);
      const { user, ...tokens } = await clients.users.register({ body: request.body });
      return answer(201, { user, expiresIn: tokens.expiresIn }, keeping(tokens));
    },

    async refreshSession(request) {
      await admit(request, endpoints.refreshSession);
      const refreshToken = refreshTokenOf(request);
      if (refreshToken === undefined) return answer(200, { signedIn: false, expiresIn: 0 }, forgetting);
      try {
        const tokens = await clients.users.refresh({ body: { refreshToken } });
        return answer(200, { signedIn: true, expiresIn: tokens.expiresIn }, keeping(tokens));
      } catch (error) {
        // Only a refusal ends the session; when nobody could say, it goes on.
        if (!(error instanceof ServiceError) || error.status !== "unauthenticated") throw error;
        return answer(200, { signedIn: false, expiresIn: 0 }, forgetting);
      }
    },

    async signOut(request) {
      await admit(request, endpoints.signOut);
      const refreshToken = refreshTokenOf(request);
      if (refreshToken !== undefined) await clients.users.logout({ body: { refreshToken } });
      return answer(200, {}, forgetting);
    },

    async openGuestCart(request) {
      await admit(request, endpoints.openGuestCart);
      const { cartToken = "", ...cart } = await clients.orders.createCart({ body: request.body });
      const location = `/v1/carts/${cart.id}`;
      return answer(201, cart, { location, ...setting(holderCookie(cartToken, location)) });
    },
  };
}

const notOwnPage = () =>
  new RequestProblem("permission_denied", "A session is only opened and ended by the shop's own pages.");
const tooMany = (seconds: number) =>
  new RequestProblem("rate_limited", `Too many requests from your address. Wait ${seconds} s before the next.`, {
    headers: { "retry-after": String(seconds) },
  });
