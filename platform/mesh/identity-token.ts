import type { KeyObject } from "node:crypto";
import { readJws, signJws } from "./jws.ts";

/**
 * The token with which one service proves itself to another: a compact JWS of `typ: souk-identity+jwt`, signed with the
 * caller's own Ed25519 key, whose `kid` is the caller's name.
 */
export const IDENTITY_HEADER = "x-souk-identity";
export const IDENTITY_LIFETIME_MS = 5 * 60_000;

const TYPE = "souk-identity+jwt";
/** How far the clocks of two machines may be apart. */
const SKEW_MS = 30_000;

export type IdentityClaims = {
  /** The calling service. */
  readonly iss: string;
  /** The called service: a token stolen from one is useless at another. */
  readonly aud: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly exp: number;
};

export function signIdentityToken(caller: string, callee: string, nowMs: number, key: KeyObject): string {
  const claims: IdentityClaims = {
    iss: caller,
    aud: callee,
    iat: Math.floor(nowMs / 1000),
    exp: Math.floor((nowMs + IDENTITY_LIFETIME_MS) / 1000),
  };
  return signJws(TYPE, caller, claims, key);
}

/**
 * @param self the service that was called
 * @returns the claims, or a sentence that says why the token proves nothing
 */
export function proveIdentityToken(
  token: string,
  self: string,
  nowMs: number,
  keysOf: (service: string) => readonly KeyObject[],
): IdentityClaims | string {
  const jws = readJws(token, TYPE);
  if (!jws) return "it is not an identity token";
  const { iss, aud, iat, exp } = jws.claims;
  if (typeof iss !== "string" || typeof iat !== "number" || typeof exp !== "number") return "it lacks iss, iat or exp";
  if (aud !== self) return `it is meant for ${String(aud)}, not for ${self}`;
  if (exp * 1000 <= nowMs) return "it has expired";
  if (iat * 1000 > nowMs + SKEW_MS) return "it was issued in the future";
  // Whoever has a key may not make itself a token for ever either.
  if ((exp - iat) * 1000 > IDENTITY_LIFETIME_MS) return "it lives too long";
  if (jws.kid !== iss) return "its key belongs to another service";
  const keys = keysOf(iss);
  if (keys.length === 0) return `nothing is known of a service ${iss}`;
  return keys.some(jws.isSignedBy) ? { iss, aud, iat, exp } : "its signature is wrong";
}
