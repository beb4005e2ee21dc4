import type { KeyObject } from "node:crypto";
import type { Principal } from "@souk/contract";
import { type Clock, LruCache } from "@souk/kernel";
import { identityErrors } from "./errors.ts";
import type { Verify } from "./identity.ts";
import { type Jwks, keysById, readJws } from "./jws.ts";

export type UserTokenOptions = {
  /**
   * Fetches the issuer's public keys: when a token is signed with a key not seen before, at most every 10 s; and behind the requests once a
   * minute while there are any, so that a key that the issuer withdraws is not believed for longer.
   */
  readonly jwks: () => Promise<Jwks>;
  /** Must be the token's `iss`. */
  readonly issuer: string;
  /** Must be the token's `aud`, or among it. */
  readonly audience: string;
  readonly clock: Clock;
};

const TYPE = "at+jwt";
const CACHED_TOKENS = 5_000;
/** A stream of made-up key ids must not become a stream of requests to the issuer. */
const REFETCH_MS = 10_000;
const BELIEVED_MS = 60_000;
const SKEW_MS = 5_000;

/**
 * Proves access tokens (RFC 9068): EdDSA, `typ: at+jwt`, issuer, audience and expiry. A token is proven once; it is then known
 * until it expires or its key is withdrawn. Whether its session was revoked meanwhile is the caller's question: `sessionId` says which.
 * @throws ServiceError `identity.invalid` (unauthenticated); what `jwks` throws when the keys cannot be had
 */
export function createUserTokenVerifier({ jwks, issuer, audience, clock }: UserTokenOptions): Verify {
  const proven = new LruCache<{ principal: Principal; expiresAt: number }>({ most: CACHED_TOKENS });
  let keys: ReadonlyMap<string, readonly KeyObject[]> = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  /** When the keys are asked for again, on `clock.now`. */
  let staleAt = Number.POSITIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  const fetchKeys = (): Promise<void> => {
    fetching ??= jwks()
      .then((set) => {
        const published = keysById(set);
        if (lacksAny(published, keys)) proven.clear();
        keys = published;
        // Only after a success: while the issuer is away, every request may find it back.
        fetchedAt = clock.monotonic();
        staleAt = clock.now() + BELIEVED_MS;
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  };

  const keysOf = async (kid: string): Promise<readonly KeyObject[]> => {
    if (!keys.has(kid) && clock.monotonic() - fetchedAt >= REFETCH_MS) await fetchKeys();
    return keys.get(kid) ?? [];
  };

  const refresh = (now: number): void => {
    staleAt = now + REFETCH_MS;
    fetchKeys().catch(() => {}); // the mesh has told of it, and what is known holds until the issuer is back
  };

  const invalid = (why: string) => identityErrors.Invalid({ why });

  return async (token) => {
    const now = clock.now();
    if (now >= staleAt) refresh(now);
    const known = proven.get(token);
    if (known && now < known.expiresAt) return known.principal;
    if (known) proven.delete(token);

    const jws = readJws(token, TYPE);
    if (!jws) throw invalid("it is not an access token");
    const { iss, aud, exp, nbf, iat } = jws.claims;
    if (iss !== issuer) throw invalid("it was issued by somebody else");
    if (aud !== audience && !(Array.isArray(aud) && aud.includes(audience)))
      throw invalid("it is meant for somebody else");
    if (typeof exp !== "number") throw invalid("it lacks exp");
    if (exp * 1000 <= now) throw invalid("it has expired; get a new one with the refresh token");
    const begins = Math.max(typeof nbf === "number" ? nbf : 0, typeof iat === "number" ? iat : 0);
    if (begins * 1000 > now + SKEW_MS) throw invalid("it is not valid yet");
    const principal = principalOf(jws.claims);
    if (!principal) throw invalid("it does not say whom it speaks for");
    if (!(await keysOf(jws.kid)).some(jws.isSignedBy)) throw invalid("its signature is wrong or its key is not known");

    proven.set(token, { principal, expiresAt: exp * 1000 });
    return principal;
  };
}

/** Whether a key of `before` is not in `now` any more. */
function lacksAny(
  now: ReadonlyMap<string, readonly KeyObject[]>,
  before: ReadonlyMap<string, readonly KeyObject[]>,
): boolean {
  return [...before].some(([kid, keys]) => keys.some((key) => !now.get(kid)?.some((other) => other.equals(key))));
}

/** A person's token carries their session as `sid`, a machine's its `client_id`. */
function principalOf({ sub, sid, client_id, roles }: Readonly<Record<string, unknown>>): Principal | undefined {
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === "string")) return undefined;
  if (typeof sid === "string" && typeof sub === "string") return { kind: "user", id: sub, roles, sessionId: sid };
  if (typeof client_id === "string") return { kind: "client", id: client_id, roles };
  return undefined;
}
