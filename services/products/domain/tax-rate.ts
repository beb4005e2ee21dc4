import { errors } from "../errors.ts";
import { equal } from "./equal.ts";
import { isPercentage } from "./percentage.ts";
import type { TaxClass } from "./product.ts";

export type TaxRate = {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly country: string;
  /** Null: the whole country. */
  readonly region: string | null;
  readonly percent: number;
  readonly taxClasses: TaxClass[];
  readonly included: boolean;
  readonly shipping: boolean;
  readonly replaces: boolean;
  readonly exemptGroups: string[];
  readonly status: "active" | "archived";
  /** Counted from 1, without gaps. */
  readonly version: number;
};

type Draft = Pick<TaxRate, "id" | "code" | "name" | "country" | "percent"> &
  Partial<Omit<TaxRate, "region" | "status" | "version">> & { readonly region?: string };
/** What a change leaves out stays as it is. */
export type TaxRateChange = Partial<Omit<TaxRate, "id" | "code" | "country" | "region" | "version">>;

/**
 * Shipping is taxed as standard things are, unless it says otherwise: a second rate for reduced things must not come on top of it.
 * @throws ServiceError `TaxRateInvalid`
 */
export const newTaxRate = ({
  region,
  taxClasses = ["standard"],
  included = true,
  shipping = taxClasses.includes("standard"),
  replaces = false,
  exemptGroups = [],
  ...draft
}: Draft): TaxRate =>
  checked({
    ...draft,
    region: region ?? null,
    taxClasses,
    included,
    shipping,
    replaces,
    exemptGroups,
    status: "active",
    version: 1,
  });

/** The next version; the rate itself when the change says nothing new. @throws ServiceError `TaxRateInvalid` */
export function changeTaxRate(rate: TaxRate, change: TaxRateChange): TaxRate {
  const next = checked({ ...rate, ...change });
  return equal(next, rate) ? rate : { ...next, version: rate.version + 1 };
}

function checked(rate: TaxRate): TaxRate {
  if (!isPercentage(rate.percent))
    throw errors.TaxRateInvalid([{ field: "/percent", message: "has more than four decimals" }]);
  if (rate.replaces && rate.region === null)
    throw errors.TaxRateInvalid([
      { field: "/replaces", message: "only a region's rate can take the place of its country's" },
    ]);
  return rate;
}
