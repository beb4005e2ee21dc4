import type { Money } from "@souk/kernel";
import { errors } from "../errors.ts";

/** What the variants differ in, and which values there are of it. */
export type OptionSet = { readonly name: string; readonly values: readonly string[] };
type Variant = { readonly sku: string; readonly options: Readonly<Record<string, string>>; readonly price: Money };

/**
 * Each variant is one point of the matrix that the sets span, and no two of a currency are the same. Variants need not fill it.
 * @throws ServiceError `OptionsInvalid`
 */
export function assertMatrix(sets: readonly OptionSet[], variants: readonly Variant[]): void {
  const names = sets.map(({ name }) => name);
  refuseTwice(names, (name) => `the option ${name} is named twice`);
  for (const { name, values } of sets) refuseTwice(values, (value) => `${name} has the value ${value} twice`);
  const taken = new Map<string, string>();
  for (const { sku, options, price } of variants) {
    const extra = Object.keys(options).find((name) => !names.includes(name));
    if (extra !== undefined)
      throw errors.OptionsInvalid({ why: `${sku} has the option ${extra}, which the product has not` });
    for (const { name, values } of sets) {
      const value = options[name];
      if (value === undefined) throw errors.OptionsInvalid({ why: `${sku} does not say its ${name}` });
      if (!values.includes(value))
        throw errors.OptionsInvalid({ why: `${sku} has the ${name} ${value}, which is none of ${values.join(", ")}` });
    }
    const combination = JSON.stringify([price.currency, ...names.map((name) => options[name])]);
    const other = taken.get(combination);
    if (other !== undefined)
      throw errors.OptionsInvalid({ why: `${other} and ${sku} have the same options in ${price.currency}` });
    taken.set(combination, sku);
  }
}

function refuseTwice(words: readonly string[], why: (word: string) => string): void {
  const seen = new Set<string>();
  for (const word of words) {
    if (seen.has(word)) throw errors.OptionsInvalid({ why: why(word) });
    seen.add(word);
  }
}
