import { createHmac, timingSafeEqual } from "node:crypto";

/** What a token stands for. The card's number stays here: a token carries only what a charge needs to know. */
export type Card = { readonly number: string; readonly expired: boolean };

const sign = (secret: string, payload: string) => createHmac("sha256", secret).update(payload).digest("base64url");

/** `tok_<payload>.<signature>`: signed instead of stored, since test cards are no secret. */
export function issueToken(secret: string, card: Card, nonce: string): string {
  const payload = Buffer.from(JSON.stringify([card.number, card.expired, nonce])).toString("base64url");
  return `tok_${payload}.${sign(secret, payload)}`;
}

/** Undefined when this provider did not issue the token. */
export function readToken(secret: string, token: string): Card | undefined {
  const [, payload, signature] = /^tok_([\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  if (!payload || !signature) return undefined;
  const expected = Buffer.from(sign(secret, payload));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const [number, expired] = JSON.parse(Buffer.from(payload, "base64url").toString()) as [string, boolean];
  return { number, expired };
}
