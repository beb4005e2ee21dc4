import { createHmac, timingSafeEqual } from "node:crypto";

const windowSeconds = 300;

/**
 * Checks `t=<epoch seconds>,v1=<hex>` over `<t>.<body>` (the scheme that Stripe made common) against each live secret.
 * @returns false for a wrong signature, and for a right one that is more than five minutes off: a replay
 */
export function validSignature(
  header: string | undefined,
  body: string,
  secrets: readonly string[],
  nowMs: number,
): boolean {
  const [, time, signature] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? "") ?? [];
  if (!time || !signature || Math.abs(nowMs / 1000 - Number(time)) > windowSeconds) return false;
  const given = Buffer.from(signature, "hex");
  return secrets.some((secret) =>
    timingSafeEqual(createHmac("sha256", secret).update(`${time}.${body}`).digest(), given),
  );
}
