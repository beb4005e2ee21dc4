import type { Listed } from "./catalogue-index.ts";
import { folded } from "./words.ts";

/** How a category's products say one thing of themselves. */
export type AttributeDefinition = {
  readonly name: string;
  readonly label?: string;
  readonly type: "text" | "number" | "boolean" | "choice";
  readonly unit?: string;
  /** Whether shoppers may filter by it. */
  readonly facet?: boolean;
};

/** Longer ones are texts to read, and no address takes them. */
const longest = 120;

/** What shoppers may filter a product by besides what its variants differ in: those say more exactly what they say themselves. */
export function facetAttributes({ attributes, attributeDefinitions = [], variants }: Listed) {
  return attributeDefinitions.flatMap((definition) => {
    const { name, facet = false } = definition;
    if (!facet) return [];
    const same = folded(name);
    if (variants.some(({ options }) => Object.keys(options).some((option) => folded(option) === same))) return [];
    const values = textsOf(attributes[name]).filter(({ length }) => length > 0 && length <= longest);
    return values.length > 0 ? [{ definition, values }] : [];
  });
}

/** How a value is called that is chosen by its text. */
export function valueName(value: string, definition: AttributeDefinition | undefined): string {
  if (definition?.type === "boolean") return value === "true" ? "Yes" : value === "false" ? "No" : value;
  return definition?.unit === undefined ? value : `${value} ${definition.unit}`;
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((one) => typeof one === "string");
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? [String(value)] : [];
}
