import type { Product, Variant } from "../api/search.ts";

/** What of a product is sold in a currency; all of it when nothing is, so that it can be shown that it is not. */
export function variantsIn({ variants }: Product, currency: string): readonly [Variant, ...Variant[]] {
  const sold = variants.filter(({ price }) => price.currency === currency);
  const [first, ...rest] = sold.length > 0 ? sold : variants;
  if (!first) throw new Error("a product has at least one variant");
  return [first, ...rest];
}

export type OptionGroup = { readonly name: string; readonly values: readonly string[] };

/** What a shopper can choose, in the order in which the variants bring it up. */
export function optionGroups(variants: readonly Variant[]): readonly OptionGroup[] {
  const groups = new Map<string, string[]>();
  for (const { options } of variants)
    for (const [name, value] of Object.entries(options)) {
      const values = groups.get(name) ?? [];
      if (!values.includes(value)) values.push(value);
      groups.set(name, values);
    }
  return [...groups].map(([name, values]) => ({ name, values }));
}

/** The variant for another choice of one option: with the other options as they are if there is such a one, else any, best in stock. */
export function variantWith(
  variants: readonly Variant[],
  current: Variant,
  name: string,
  value: string,
): Variant | undefined {
  const matches = variants.filter(({ options }) => options[name] === value);
  const shared = ({ options }: Variant) =>
    Object.entries(current.options).filter(([key, chosen]) => key !== name && options[key] === chosen).length;
  return matches.toSorted((a, b) => shared(b) - shared(a) || Number(b.inStock) - Number(a.inStock))[0];
}
