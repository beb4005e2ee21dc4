import type { Output } from "@souk/contract";
import type { shipping } from "@souk/shipping/contract";
import { queryOptions } from "@tanstack/react-query";
import { seenNow } from "../state/seen.ts";
import type { CartLine } from "./cart.ts";
import { api } from "./client.ts";

export type Method = Output<typeof shipping.endpoints.quote.spec>["methods"][number];
export type MethodName = Method["method"];

/** What the methods cost to a country: rates go by country and weight, so the rest of the address may still be unknown. */
export const methodsQuery = (country: string, lines: readonly Pick<CartLine, "sku" | "quantity">[], currency: string) =>
  queryOptions({
    queryKey: ["methods", country, currency, lines.map(({ sku, quantity }) => `${sku}×${quantity}`).join()],
    queryFn: async ({ signal }) => {
      const address = { name: "-", line1: "-", city: "-", postalCode: "-", country };
      const parcel = lines.map(({ sku, quantity }) => {
        const weightGrams = seenNow(sku)?.weightGrams;
        return { sku, quantity, ...(weightGrams !== undefined && { weightGrams }) };
      });
      return (await api.shipping.quote({ body: { address, lines: parcel, currency } }, { signal })).methods;
    },
    enabled: lines.length > 0,
    staleTime: 60_000,
  });

/** Where parcels go to, nearest first. */
export const countries = [
  ...["DE", "AT", "CH", "FR", "NL", "BE", "LU", "IT", "GB", "IE", "ES", "PT", "DK", "SE", "NO", "FI", "PL", "CZ"],
  ...["SK", "HU", "SI", "HR", "RO", "BG", "GR", "EE", "LV", "LT", "IS", "US", "CA", "AU", "NZ", "JP"],
] as const;

/** Where somebody probably lives, by what the browser says. */
export function likelyCountry(): string {
  for (const language of navigator.languages ?? []) {
    const { region } = new Intl.Locale(language);
    if (region && (countries as readonly string[]).includes(region)) return region;
  }
  return "DE";
}
