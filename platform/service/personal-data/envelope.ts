import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from "node:crypto";
import { decrypt, encrypt } from "./cipher.ts";

/** An X25519 pair, raw: `publicKey` as base64url for others, `privateKey` for whoever opens. */
export type EnvelopeKeys = { readonly publicKey: string; readonly privateKey: string };

const raw = (key: KeyObject, member: "x" | "d"): string => key.export({ format: "jwk" })[member] ?? "";
const publicKeyFrom = (x: string) => createPublicKey({ key: { kty: "OKP", crv: "X25519", x }, format: "jwk" });
const publicBytes = 32;

export function newEnvelopeKeys(): EnvelopeKeys {
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  return { publicKey: raw(publicKey, "x"), privateKey: raw(privateKey, "d") };
}

const sharedKey = (privateKey: KeyObject, publicKey: KeyObject, context: string) =>
  Buffer.from(hkdfSync("sha256", diffieHellman({ privateKey, publicKey }), "", `envelope:${context}`, 32));

/** Seals to a public key as ECIES does: a fresh X25519 pair, HKDF-SHA-256, AES-256-GCM. Only the private key's owner opens it. */
export function putInEnvelope(publicKey: string, context: string, text: Uint8Array): string {
  const own = generateKeyPairSync("x25519");
  const key = sharedKey(own.privateKey, publicKeyFrom(publicKey), context);
  return Buffer.concat([Buffer.from(raw(own.publicKey, "x"), "base64url"), encrypt(key, context, text)]).toString(
    "base64url",
  );
}

/** @throws Error when it was sealed for another, or changed */
export function openEnvelope({ publicKey, privateKey }: EnvelopeKeys, context: string, sealed: string): Buffer {
  const bytes = Buffer.from(sealed, "base64url");
  const jwk = { kty: "OKP", crv: "X25519", x: publicKey, d: privateKey };
  const theirs = publicKeyFrom(bytes.subarray(0, publicBytes).toString("base64url"));
  const key = sharedKey(createPrivateKey({ key: jwk, format: "jwk" }), theirs, context);
  return decrypt(key, context, bytes.subarray(publicBytes));
}
