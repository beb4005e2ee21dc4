import { createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "@souk/service";
import { type Category, categories } from "./domain/facts.ts";

export type Unsubscription = { readonly subject: string; readonly category: Category };

/** A link that works for one person and one kind of message, for ever and without signing in: RFC 8058 wants it so. */
export function unsubscribing(secret: Secret) {
  const macOf = (key: string, payload: string) => createHmac("sha256", key).update(`unsubscribe:${payload}`).digest();
  return {
    token({ subject, category }: Unsubscription): string {
      const payload = Buffer.from(`${category} ${subject}`).toString("base64url");
      return `${payload}.${macOf(secret.current, payload).toString("base64url")}`;
    },
    /** Undefined when we did not make it. */
    read(token: string): Unsubscription | undefined {
      const [payload = "", mac = ""] = token.split(".");
      const given = Buffer.from(mac, "base64url");
      const isOurs = secret.accepted.some((key) => {
        const expected = macOf(key, payload);
        return expected.length === given.length && timingSafeEqual(expected, given);
      });
      if (!isOurs) return undefined;
      const [category = "", subject = ""] = Buffer.from(payload, "base64url").toString().split(" ");
      const known = categories.find((one) => one === category);
      return known && { category: known, subject };
    },
  };
}
export type Unsubscribing = ReturnType<typeof unsubscribing>;
