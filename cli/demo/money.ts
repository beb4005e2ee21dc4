/** Minor units, as the API has it. */
export type Price = { readonly amount: number; readonly currency: string };

/** `EUR 42.90`, whatever number of decimals the currency has. */
export const written = ({ amount, currency }: Price): string => {
  const format = new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "code" });
  const decimals = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** decimals).replaceAll("\u00a0", " ");
};
