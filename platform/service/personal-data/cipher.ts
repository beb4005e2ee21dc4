import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** @param key 32 bytes  @param context what the text is for: sealed for one place, it does not open in another */
export function encrypt(key: Uint8Array, context: string, text: Uint8Array | string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(context));
  const body = cipher.update(text);
  return Buffer.concat([nonce, body, cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error when the key or the context is another one, or a byte was changed */
export function decrypt(key: Uint8Array, context: string, sealed: Uint8Array): Buffer {
  const end = sealed.length - tagBytes;
  if (end < nonceBytes) throw new Error("too short to have been sealed");
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes))
    .setAAD(Buffer.from(context))
    .setAuthTag(sealed.subarray(end));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, end)), decipher.final()]);
}
