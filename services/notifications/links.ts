import type { Template } from "./domain/facts.ts";
import type { Unsubscribing, Unsubscription } from "./unsubscribe.ts";

type Deps = { publicUrl: string; contact: string; unsubscribing: Unsubscribing };

/** Where the links in messages lead: to pages that need no storefront and no script. */
export function links({ publicUrl, contact, unsubscribing }: Deps) {
  const withToken = (path: string, token = "") => `${publicUrl}${path}?token=${encodeURIComponent(token)}`;
  return {
    /** @param token of the letter, when it has one */
    ofLetter(template: Template, token: string | undefined): string {
      switch (template) {
        case "welcome":
        case "verify-address":
          return withToken("/letters/verify-address", token);
        case "reset-password":
          return withToken("/letters/reset-password", token);
        case "address-changed":
          return `mailto:${contact}`;
        default:
          return `${publicUrl}/letters/forgotten-password`;
      }
    },
    shop: `${publicUrl}/`,
    at: (path: string) => `${publicUrl}${path}`,
    tracking: (trackingNumber: string) => `${publicUrl}/track/${encodeURIComponent(trackingNumber)}`,
    unsubscribe: (what: Unsubscription) => `${publicUrl}/v1/unsubscribe/${unsubscribing.token(what)}`,
  };
}
export type Links = ReturnType<typeof links>;
