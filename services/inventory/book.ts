import type { Principal } from "@souk/contract";
import type { Tx } from "@souk/postgres";
import type { Stock } from "./contract.ts";
import { type Booking, stockTable } from "./db/stock.ts";
import { errors } from "./errors.ts";

const locationLimit = 1_000_000_000; // as the constraint location_is_finite says

/** @throws ServiceError why it cannot be booked; then nothing is */
export async function book(tx: Tx, booking: Booking): Promise<void> {
  const { outcome, available } = await stockTable(tx).book(booking);
  const { sku, location, quantity } = booking;
  switch (outcome) {
    case "done":
      return;
    case "no location":
      throw errors.LocationNotFound({ location });
    case "unknown":
      throw errors.StockNotFound({ sku });
    case "too large":
      throw errors.AdjustmentTooLarge({ sku, location, quantity, available });
    case "full":
      throw errors.LocationFull({ sku, location, limit: locationLimit });
  }
}

export async function stockOf(tx: Tx, sku: string): Promise<Stock> {
  const found = await stockTable(tx).find(sku);
  if (!found) throw errors.StockNotFound({ sku });
  return found;
}

export const actorOf = (principal: Principal): string =>
  principal.kind === "anonymous" ? principal.kind : principal.id;
