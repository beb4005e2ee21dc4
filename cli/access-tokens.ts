import { Failure } from "./failure.ts";
import type { ShopClient } from "./shop-client.ts";
import type { Home } from "./state/home.ts";
import { readSecrets } from "./state/secrets.ts";
import { developmentClient } from "./system.ts";

/** Renewed this long before it expires. */
const renewMs = 60_000;

/** Keeps a token as long as it is good for another minute. */
export function kept(
  fetch: () => Promise<{ token: string; expiresIn: number }>,
  now: () => number,
): () => Promise<string> {
  let current: Promise<{ token: string; renewAt: number }> | undefined;
  const renew = async () => {
    const { token, expiresIn } = await fetch();
    return { token, renewAt: now() + expiresIn * 1_000 - renewMs };
  };
  return async () => {
    const known = await current;
    if (known && now() < known.renewAt) return known.token;
    current = renew();
    current.catch(() => {
      current = undefined; // whoever asks next tries again
    });
    return (await current).token;
  };
}

/** A machine token with one role, for scripts of development. @throws Failure when the shop has no such client */
export function roleToken(shop: ShopClient, home: Home, role: string, now: () => number): () => Promise<string> {
  return kept(async () => {
    const client_id = developmentClient(role);
    const client_secret = (await readSecrets(home))?.developmentClients[client_id];
    if (client_secret === undefined)
      throw new Failure(`There is no development client ${client_id}.`, "Make it: souk down, then souk up");
    const body = { grant_type: "client_credentials", client_id, client_secret };
    const answer = await shop.must<{ access_token: string; expires_in: number }>("POST", "/oauth/token", { body });
    return { token: answer.access_token, expiresIn: answer.expires_in };
  }, now);
}
