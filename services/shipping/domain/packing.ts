export type Item = { readonly sku: string; readonly quantity: number; readonly weightGrams: number };
export type Parcel = {
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly weightGrams: number;
};

/**
 * Puts an order's units into parcels that a carrier takes, in the order of its lines. A unit that is heavier than a parcel may be goes alone; what is
 * left when `maxParcels` are full goes onto the last one, which is then a pallet.
 * @param maxGrams of one parcel
 */
export function pack(
  items: readonly Item[],
  { maxGrams, maxParcels }: { maxGrams: number; maxParcels: number },
): Parcel[] {
  const parcels: { lines: { sku: string; quantity: number }[]; weightGrams: number }[] = [];
  for (const { sku, quantity, weightGrams } of items) {
    for (let left = quantity; left > 0; ) {
      const open = parcels.at(-1);
      const isLast = parcels.length === maxParcels;
      const room = open ? maxGrams - open.weightGrams : 0;
      const fits =
        isLast || (open && weightGrams === 0) ? left : Math.min(left, Math.floor(room / Math.max(1, weightGrams)));
      const units = open ? fits : 0;
      if (open && units > 0) {
        open.lines.push({ sku, quantity: units });
        open.weightGrams += units * weightGrams;
        left -= units;
        continue;
      }
      parcels.push({ lines: [], weightGrams: 0 });
      if (weightGrams <= maxGrams) continue;
      const alone = parcels.at(-1);
      if (!alone) break;
      const taken = parcels.length === maxParcels ? left : 1;
      alone.lines.push({ sku, quantity: taken });
      alone.weightGrams += taken * weightGrams;
      left -= taken;
    }
  }
  return parcels;
}

/** Items without the units of `some`, and without what nothing is left of. The same items when there are none. */
export function less(items: readonly Item[], some: readonly { readonly sku: string; readonly quantity: number }[]) {
  if (some.length === 0) return items;
  const left = new Map<string, number>();
  for (const { sku, quantity } of some) left.set(sku, (left.get(sku) ?? 0) + quantity);
  return items.flatMap((item) => {
    const off = Math.min(item.quantity, left.get(item.sku) ?? 0);
    left.set(item.sku, (left.get(item.sku) ?? 0) - off);
    return off < item.quantity ? [{ ...item, quantity: item.quantity - off }] : [];
  });
}
