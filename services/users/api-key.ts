import { crc32 } from "node:zlib";

const shape = /^(souk_[0-9a-f]{16})_([A-Za-z0-9_-]{43})([0-9a-f]{8})$/;
const idBytes = 8;
const secretBytes = 32;

const checksum = (text: string) => crc32(text).toString(16).padStart(8, "0");

/**
 * `souk_<id>_<secret><checksum>`: the beginning finds keys that leaked into code or logs, the id says which it is, and the checksum tells a key
 * from something that looks like one, without asking anybody.
 * @param newSecret bytes as base64url
 */
export function newApiKey(newSecret: (bytes: number) => string): { id: string; key: string } {
  const id = `souk_${Buffer.from(newSecret(idBytes), "base64url").toString("hex")}`;
  return { id, key: renewedKey(id, newSecret) };
}

/** Another key under the same id. */
export function renewedKey(id: string, newSecret: (bytes: number) => string): string {
  const body = `${id}_${newSecret(secretBytes)}`;
  return `${body}${checksum(body)}`;
}

/** The id of a key; undefined when it is none. */
export function apiKeyId(key: string): string | undefined {
  const [, id, secret, sum] = shape.exec(key) ?? [];
  return id && secret && sum === checksum(`${id}_${secret}`) ? id : undefined;
}
