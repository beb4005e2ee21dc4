import { searchQuery } from "../api/queries.ts";
import type { Currency } from "../state/preferences.ts";

/** The most that something in the row of small presents costs, in minor units. */
export const presentAmount = 2_500;

/** What the first page shows. */
export const newQuery = (currency: Currency) => searchQuery({ currency, sort: "newest", limit: 12 });
export const presentsQuery = (currency: Currency) =>
  searchQuery({ currency, maxPrice: presentAmount, inStock: true, limit: 4, sort: "newest", page: 2 });
