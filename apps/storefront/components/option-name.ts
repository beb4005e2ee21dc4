import type { Facets } from "../api/search.ts";
import type { Words } from "../i18n/index.tsx";

/** What sellers call an option or an attribute, in the reader's language where we have the word. */
export function optionName({ t, has }: Words, name: string, label = name): string {
  const key = `attribute.${name}`;
  return has(key) ? t(key) : label;
}

const isYesOrNo = (value: string) => value === "true" || value === "false";

/** @param name as the seller calls it */
export const optionValueName = ({ t }: Words, value: string, name = value): string =>
  isYesOrNo(value) ? t(value === "true" ? "yes" : "no") : name;

/** What somebody has chosen, said where nothing stands above it. @param option `size:M` */
export function chosenName(words: Words, option: string, facets: Facets | undefined): string {
  const at = option.indexOf(":");
  const [name, value] = [option.slice(0, at), option.slice(at + 1)];
  const facet = facets?.options?.find((one) => one.name === name);
  const chosen = optionValueName(words, value, facet?.values.find((one) => one.value === value)?.name);
  return isYesOrNo(value) ? `${optionName(words, name, facet?.label)}: ${chosen}` : chosen;
}
