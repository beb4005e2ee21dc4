import { createPrivateKey, type JsonWebKey, type KeyObject } from "node:crypto";
import type { Principal } from "@souk/contract";
import { type Clock, LruCache } from "@souk/kernel";
import { identityErrors } from "./errors.ts";
import { IDENTITY_LIFETIME_MS, proveIdentityToken, signIdentityToken } from "./identity-token.ts";

/** Proves who a token speaks for. @throws ServiceError of status `unauthenticated` when it proves nothing */
export type Verify = (token: string) => Promise<Principal>;

export type Identity = {
  readonly service: string;
  /** A token for calls to `callee`, valid for a minute at least. */
  readonly tokenFor: (callee: string) => string;
};

/** Every service's public keys by name. A map is never changed, only replaced: then proofs made with the old one are void. */
export type TrustBundle = { readonly current: () => ReadonlyMap<string, readonly KeyObject[]> };

const RENEW_MS = 60_000;

/** @param privateKeyJwk Ed25519 @throws Error when it is something else */
export function createIdentity(options: {
  readonly service: string;
  readonly privateKeyJwk: JsonWebKey;
  readonly clock: Clock;
}): Identity {
  const { service, privateKeyJwk, clock } = options;
  const key = createPrivateKey({ key: privateKeyJwk, format: "jwk" });
  if (key.asymmetricKeyType !== "ed25519") throw new Error(`the identity key of ${service} is not an Ed25519 key`);
  const tokens = new Map<string, { token: string; renewAt: number }>();
  return {
    service,
    tokenFor(callee) {
      const now = clock.now();
      const known = tokens.get(callee);
      if (known && now < known.renewAt) return known.token;
      const token = signIdentityToken(service, callee, now, key);
      tokens.set(callee, { token, renewAt: now + IDENTITY_LIFETIME_MS - RENEW_MS });
      return token;
    },
  };
}

/** A few callers, each with a token of its own per instance and four minutes. */
const CACHED_TOKENS = 1_000;

/** Checks a signature once per token (75 µs); after that a look-up (under 1 µs) until the token expires or keys change. */
export function createIdentityVerifier(options: {
  readonly trustBundle: TrustBundle;
  /** The service that is called. */
  readonly self: string;
  readonly clock: Clock;
}): Verify {
  const { trustBundle, self, clock } = options;
  const proven = new LruCache<{ principal: Principal; expiresAt: number }>({ most: CACHED_TOKENS });
  let bundle = trustBundle.current();
  return async (token) => {
    const now = clock.now();
    const trusted = trustBundle.current();
    if (trusted !== bundle) {
      bundle = trusted;
      proven.clear();
    }
    const known = proven.get(token);
    if (known && now < known.expiresAt) return known.principal;
    const claims = proveIdentityToken(token, self, now, (service) => trusted.get(service) ?? []);
    if (typeof claims === "string") throw identityErrors.Invalid({ why: claims });
    const principal: Principal = { kind: "service", id: claims.iss };
    proven.set(token, { principal, expiresAt: claims.exp * 1000 });
    return principal;
  };
}
