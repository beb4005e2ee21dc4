import { createHmac } from "node:crypto";

const prefix = "whsec_";

/** A secret as merchants get it. @param bytes 24 to 64 random ones */
export const webhookSecret = (bytes: Buffer): string => `${prefix}${bytes.toString("base64")}`;

/**
 * The headers of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA-256 over id, time and body, once per live secret, so that
 * a merchant can change to the new one at any moment of a rotation. The time lets the merchant refuse replays.
 */
export function signatureHeaders(
  secrets: readonly string[],
  { id, seconds, body }: { readonly id: string; readonly seconds: number; readonly body: string },
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": signatures.join(" ") };
}
