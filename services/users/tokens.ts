import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Clock } from "@souk/kernel";
import { SignJWT } from "jose";
import type { Role } from "./db/users.ts";

/** How long an access token lives. */
export const accessSeconds = 300;
/** What ended is announced a little longer than a token of it can live. */
export const announceMs = (accessSeconds + 60) * 1000;

export type PublicJwk = { kty: string; crv: string; x: string; kid: string; alg: string; use: string };
type Key = { privateKey: KeyObject; jwk: PublicJwk };

/** The DER prefix of a PKCS #8 Ed25519 private key; the 32 bytes of the seed follow it (RFC 8410). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** @param seed 32 bytes as base64url  @throws Error when it is something else */
function signingKey(seed: string): Key {
  const bytes = Buffer.from(seed, "base64url");
  if (bytes.length !== 32)
    throw new Error("a token signing key is 32 random bytes as base64url (openssl rand 32 | basenc --base64url)");
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, bytes]), format: "der", type: "pkcs8" });
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  // RFC 7638 thumbprint of an OKP key (RFC 8037).
  const kid = createHash("sha256")
    .update(JSON.stringify({ crv: "Ed25519", kty: "OKP", x }))
    .digest("base64url");
  return { privateKey, jwk: { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" } };
}

export type Subject =
  | { id: string; roles: readonly Role[]; sessionId: string }
  | { clientId: string; roles: readonly string[] };

/**
 * Signs access tokens (RFC 9068, `typ: at+jwt`): a user's carry `sid`, a machine's `client_id`. The first seed signs, all verify.
 */
export function tokenIssuer(options: {
  seeds: readonly [string, ...string[]];
  issuer: string;
  audience: string;
  clock: Clock;
  newId: () => string;
}) {
  const { issuer, audience, clock, newId } = options;
  const [current, ...older] = options.seeds;
  const signing = signingKey(current);
  return {
    issuer,
    jwks: { keys: [signing, ...older.map(signingKey)].map(({ jwk }) => jwk) },
    accessToken(subject: Subject): Promise<string> {
      const issuedAt = Math.floor(clock.now() / 1000);
      const claims = "clientId" in subject ? { client_id: subject.clientId } : { sid: subject.sessionId };
      return new SignJWT({ ...claims, roles: [...subject.roles] })
        .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: signing.jwk.kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject("clientId" in subject ? subject.clientId : subject.id)
        .setJti(newId())
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + accessSeconds)
        .sign(signing.privateKey);
    },
  };
}
export type TokenIssuer = ReturnType<typeof tokenIssuer>;
