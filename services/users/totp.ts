import { createHmac, timingSafeEqual } from "node:crypto";

const stepSeconds = 30;
const digits = 6;
/** Steps before and after now that are taken too: clocks differ, and people type slowly (RFC 6238 §5.2). */
const drift = 1;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648 base32 without padding, as authenticators take it. */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet[(value << (5 - bits)) & 31] : text;
}

/** RFC 6238 with SHA-1, 30 s and 6 digits: what every authenticator knows. */
export function totp(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15; // RFC 4226 §5.3
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

export const stepAt = (epochMs: number): number => Math.floor(epochMs / 1_000 / stepSeconds);

/** The time step whose code this is, among those around now; undefined when it is none. */
export function stepOf(secret: Uint8Array, code: string, epochMs: number): number | undefined {
  const given = Buffer.from(code.replaceAll(" ", ""));
  const now = stepAt(epochMs);
  let found: number | undefined;
  for (let step = now - drift; step <= now + drift; step++) {
    const expected = Buffer.from(totp(secret, step));
    if (given.length === expected.length && timingSafeEqual(given, expected)) found ??= step;
  }
  return found;
}

/** What a QR code holds: https://github.com/google/google-authenticator/wiki/Key-Uri-Format */
export function keyUri(secret: Uint8Array, issuer: string, account: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  const query = new URLSearchParams({ secret: base32(secret), issuer, algorithm: "SHA1", digits: "6", period: "30" });
  return `otpauth://totp/${label}?${query}`;
}
