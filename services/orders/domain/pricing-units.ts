import { addedTaxOf, discountOf, goodsOf, type Parts, type PricedLine } from "./pricing.ts";
import { share } from "./pricing-share.ts";

export type UnitsValue = {
  readonly goods: number;
  readonly discount: number;
  /** Added to the price; taxes inside it are in `goods`. */
  readonly tax: number;
  /** `goods − discount + tax`: what was paid for these units. */
  readonly total: number;
};

/**
 * What was paid for some units of an ordered line, in minor units: to be given back when they are. Cents that do not divide go to certain
 * units, so that the line's units, however they are grouped, are worth exactly what was paid for the line.
 * @param before units of the line that were given back already: whoever goes on from there, ends at the line's own total
 * @throws RangeError for more units than the line has
 */
export function valueOfUnits(line: PricedLine & Parts, units: number, before = 0): UnitsValue {
  const { quantity, unitAmount } = line;
  if (!(units >= 0 && before >= 0 && units + before <= quantity))
    throw new RangeError(`${units} units after ${before} of a line of ${quantity}`);
  const part = (whole: number) => share(whole, before + units, quantity) - share(whole, before, quantity);
  const goods = unitAmount * units;
  const discount = part(discountOf(line));
  const tax = part(addedTaxOf(line));
  return { goods, discount, tax, total: goods - discount + tax };
}

/** What was paid for a whole line. */
export const payableOf = (line: PricedLine & Parts): number => goodsOf(line) - discountOf(line) + addedTaxOf(line);
