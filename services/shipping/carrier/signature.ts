import { createHmac, timingSafeEqual } from "node:crypto";

const windowSeconds = 300;

const macOf = (secret: string, seconds: number | string, body: string) =>
  createHmac("sha256", secret).update(`${seconds}.${body}`).digest();

/** `t=<epoch seconds>,v1=<hex>` over `<t>.<body>`. */
export const sign = (secret: string, body: string, nowMs: number): string => {
  const seconds = Math.floor(nowMs / 1_000);
  return `t=${seconds},v1=${macOf(secret, seconds, body).toString("hex")}`;
};

/** @returns false for a wrong signature, and for a right one that is more than five minutes off: a replay */
export function isSigned(header: string | undefined, body: string, secrets: readonly string[], nowMs: number): boolean {
  const [, time, signature] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? "") ?? [];
  if (!time || !signature || Math.abs(nowMs / 1_000 - Number(time)) > windowSeconds) return false;
  const given = Buffer.from(signature, "hex");
  return secrets.some((secret) => timingSafeEqual(macOf(secret, time, body), given));
}
