import type { KeyObject } from "node:crypto";
import type { Clock } from "@souk/kernel";
import type { Log } from "@souk/telemetry";
import type { TrustBundle } from "./identity.ts";
import { type Jwks, keysById } from "./jws.ts";
import { watchFile } from "./watched-file.ts";

/** A JWKS file with every service's public keys, `kid` = the service's name; read again when it is replaced. */
export const fileTrustBundle = (options: { path: string; clock: Clock; log: Log }): TrustBundle & { close(): void } =>
  watchFile<ReadonlyMap<string, readonly KeyObject[]>>({
    ...options,
    missing: new Map(),
    parse: (text) => keysById(jwksOf(JSON.parse(text))),
  });

export const staticTrustBundle = (jwks: Jwks): TrustBundle => {
  const keys = keysById(jwks);
  return { current: () => keys };
};

function jwksOf(value: unknown): Jwks {
  if (typeof value !== "object" || value === null || !("keys" in value) || !Array.isArray(value.keys))
    throw new Error('a trust bundle is a JWKS: { "keys": […] }');
  return { keys: value.keys };
}
