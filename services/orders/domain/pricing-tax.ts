import { allocate } from "@souk/kernel";
import type { TaxRate } from "./pricing-rules.ts";
import { million, partsPerMillion, share } from "./pricing-share.ts";

export type Destination = { readonly country: string; readonly region?: string | undefined };

/** A tax on one part of an order, with its rate as it was. */
export type TaxPart = {
  readonly code: string;
  readonly name: string;
  readonly percent: number;
  readonly included: boolean;
  readonly amount: number;
};

/** The rates of a place, for each kind of thing. */
export type Taxation = {
  readonly ofClass: (taxClass: string) => readonly TaxRate[];
  readonly ofShipping: readonly TaxRate[];
};

/** `CA`, `us-ca` and `Ca ` are one region of the United States. */
const regionOf = (region: string, country: string) => region.trim().toUpperCase().replace(`${country}-`, "");

/** The rates that hold at `destination`: its region's beside its country's, or instead of them when they replace them. */
export function taxation(rates: readonly TaxRate[], destination: Destination): Taxation {
  const { country, region } = destination;
  const here = rates
    .filter(
      (rate) =>
        rate.country === country &&
        (rate.region === null ||
          (region !== undefined && regionOf(rate.region, country) === regionOf(region, country))),
    )
    .toSorted((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));
  const ofClass = (taxClass: string) => {
    const found = here.filter(({ taxClasses }) => taxClasses.includes(taxClass));
    const isReplaced = found.some(({ region, replaces }) => region !== null && replaces);
    return isReplaced ? found.filter(({ region }) => region !== null) : found;
  };
  const taxClasses = [...new Set(here.flatMap((rate) => rate.taxClasses))];
  const valid = new Set(taxClasses.flatMap(ofClass));
  return { ofClass, ofShipping: here.filter((rate) => rate.shipping && valid.has(rate)) };
}

/**
 * The taxes on what `value` minor units are paid for, each rounded by itself, halves up. Those inside the price are taken out of it
 * together, and shared among their rates by largest remainder; those on top are worked out of what is left.
 * @returns `exempted`: what of the price is tax that this shopper does not owe
 */
export function taxesOn(
  value: number,
  rates: readonly TaxRate[],
  groups: readonly string[],
): { taxes: TaxPart[]; exempted: number } {
  const isExempt = ({ exemptGroups }: TaxRate) => exemptGroups.some((group) => groups.includes(group));
  const inside = rates.filter(({ included }) => included);
  const weights = inside.map(({ percent }) => partsPerMillion(percent));
  const sum = weights.reduce((a, b) => a + b, 0);
  const net = share(value, million, million + sum);
  const parts = inside.length > 1 && sum > 0 ? allocate(value - net, weights) : [value - net];
  const taxes: TaxPart[] = [];
  let exempted = 0;
  for (const [index, rate] of inside.entries()) {
    const amount = parts[index] ?? 0;
    if (isExempt(rate)) exempted += amount;
    else taxes.push(partOf(rate, amount));
  }
  for (const rate of rates)
    if (!rate.included && !isExempt(rate)) taxes.push(partOf(rate, share(net, partsPerMillion(rate.percent), million)));
  return { taxes, exempted };
}

const partOf = ({ code, name, percent, included }: TaxRate, amount: number): TaxPart => ({
  code,
  name,
  percent,
  included,
  amount,
});
