import { type Sort, sorts } from "./api/sorts.ts";
import { currencyNow } from "./state/preferences.ts";

/** What a shopper looks for, as it stands in the address. */
export type SearchParams = {
  readonly q?: string;
  readonly category?: string;
  readonly brand?: string;
  readonly option?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly stock?: boolean;
  readonly sort?: Sort;
  readonly page?: number;
};

/** A text of an address; undefined when there is none. */
export const text = (value: unknown): string | undefined =>
  (typeof value === "string" || typeof value === "number") && value !== "" ? String(value).slice(0, 200) : undefined;
const whole = (value: unknown, least: number): number | undefined => {
  const number = Number(value);
  return value !== undefined && Number.isInteger(number) && number >= least ? number : undefined;
};

/** Addresses are typed by people too: what makes no sense is left out. */
export function searchParams(raw: Readonly<Record<string, unknown>>): SearchParams {
  const { q, category, brand } = { q: text(raw["q"]), category: text(raw["category"]), brand: text(raw["brand"]) };
  const { min, max, page } = { min: whole(raw["min"], 0), max: whole(raw["max"], 1), page: whole(raw["page"], 2) };
  const option = [raw["option"]].flat().filter((one): one is string => typeof one === "string" && one.includes(":"));
  const sort = sorts.find((one) => one === raw["sort"]);
  const stock = raw["stock"] === true || raw["stock"] === "true";
  return {
    ...(q && { q }),
    ...(category && { category }),
    ...(brand && { brand }),
    ...(option.length > 0 && { option }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(stock && { stock }),
    ...(sort && { sort }),
    ...(page !== undefined && { page }),
  };
}

export const pageSize = 24;

export const toQuery = ({ min, max, stock, ...rest }: SearchParams) => ({
  ...rest,
  currency: currencyNow(),
  limit: pageSize,
  ...(min !== undefined && { minPrice: min * 100 }),
  ...(max !== undefined && { maxPrice: max * 100 }),
  ...(stock && { inStock: true }),
});

type After = { readonly to?: string };
/** Only a path of this shop: a link must not lead elsewhere by way of signing in. */
export const after = (raw: Readonly<Record<string, unknown>>): After => {
  const to = text(raw["to"]);
  return to?.startsWith("/") && !to.startsWith("//") && !to.includes("\\") ? { to } : {};
};
