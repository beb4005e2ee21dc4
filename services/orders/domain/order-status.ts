import type { Existing, Parcel, State } from "./order-state.ts";

/** Units of one SKU in some parcels. */
export const unitsIn = (parcels: readonly Pick<Parcel, "lines">[], sku: string): number =>
  parcels.reduce((n, { lines }) => n + lines.reduce((m, line) => m + (line.sku === sku ? line.quantity : 0), 0), 0);

/** Derived from line quantities, never stored. */
export function fulfilment(state: Existing): "none" | "partial" | "shipped" | "delivered" {
  const all = (parcels: readonly Parcel[]) =>
    state.order.lines.every(({ sku, quantity }) => unitsIn(parcels, sku) + heldBackOf(state, sku) >= quantity);
  if (all(state.delivered)) return "delivered";
  if (all(state.dispatched)) return "shipped";
  return state.dispatched.length > 0 ? "partial" : "none";
}

/** Units of one SKU that are never sent. */
export const heldBackOf = ({ heldBack }: Existing, sku: string): number => unitsIn([{ lines: heldBack }], sku);

/** Whether the order was confirmed, whatever became of it since: also one that cost nothing. */
export const isPaid = (state: State): boolean =>
  state.lifecycle !== "new" && (state.payment === "authorized" || state.payment === "captured");

/**
 * Derived from what was paid, taken and given back. Nothing counts as paid before the order is confirmed, but all of it is given back.
 */
export function paymentStatus({ payment, paid, captured, refunded, lapse }: Existing) {
  if (payment === "authorized" && captured === 0 && lapse) return "voided" as const;
  if (payment === "authorized" && captured > 0 && refunded === 0)
    return captured < paid ? ("partially_captured" as const) : ("captured" as const);
  if (refunded === 0) return payment;
  return refunded >= paid ? ("refunded" as const) : ("partially_refunded" as const);
}

/**
 * What is to be taken for the parcel that was the last to leave, of an authorized payment: its share of the total, and all that is left
 * with the last one. What was taken for all parcels is the total, in whatever parts they leave.
 */
export const owedForParcel = (state: Existing, shipmentId: string): number =>
  owedFor(state) - owedFor({ ...state, dispatched: state.dispatched.filter((one) => one.shipmentId !== shipmentId) });

/** What all that has left costs, in minor units. */
export function owedFor({ order: { totals, lines }, dispatched }: Pick<Existing, "order" | "dispatched">): number {
  if (lines.every(({ sku, quantity }) => unitsIn(dispatched, sku) >= quantity)) return totals.total;
  const gone = lines.reduce((n, { sku, unitAmount }) => n + unitsIn(dispatched, sku) * unitAmount, 0);
  const all = lines.reduce((n, { quantity, unitAmount }) => n + quantity * unitAmount, 0);
  return all === 0 ? 0 : Number((BigInt(totals.total) * BigInt(Math.min(gone, all))) / BigInt(all));
}
