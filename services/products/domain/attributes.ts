import { errors } from "../errors.ts";
import type { AttributeValue } from "./product.ts";

/** How products of a category say one thing of themselves. */
export type Definition = {
  readonly name: string;
  readonly label?: string;
  readonly type: "text" | "number" | "boolean" | "choice";
  /** Of a choice. */
  readonly choices?: readonly string[];
  readonly unit?: string;
  readonly required?: boolean;
  readonly facet?: boolean;
};

/** @throws ServiceError `AttributesInvalid` for definitions that contradict themselves */
export function assertDefinitions(definitions: readonly Definition[]): void {
  const names = new Set<string>();
  for (const { name, type, choices } of definitions) {
    if (names.has(name)) throw errors.AttributesInvalid({ why: `${name} is defined twice` });
    names.add(name);
    if ((type === "choice") !== (choices !== undefined))
      throw errors.AttributesInvalid({ why: `${name} needs choices if it is a choice, and only then` });
  }
}

/** Those nearest to the product win. @param levels from the root down */
export function effective(levels: readonly (readonly Definition[])[]): Definition[] {
  const byName = new Map<string, Definition>();
  for (const definition of levels.flat()) byName.set(definition.name, definition);
  return [...byName.values()];
}

/** What nobody defined may be anything. @throws ServiceError `AttributesInvalid` */
export function assertAttributes(
  definitions: readonly Definition[],
  attributes: Readonly<Record<string, AttributeValue>>,
): void {
  for (const definition of definitions) {
    const { name, required = false } = definition;
    const value = attributes[name];
    if (value === undefined) {
      if (required) throw errors.AttributesInvalid({ why: `${name} is missing` });
      continue;
    }
    const why = mistakeIn(definition, value);
    if (why !== undefined) throw errors.AttributesInvalid({ why: `${name} must be ${why}` });
  }
}

function mistakeIn({ type, choices = [] }: Definition, value: AttributeValue): string | undefined {
  switch (type) {
    case "number":
    case "boolean":
      return typeof value === type ? undefined : type === "number" ? "a number" : "true or false";
    case "text":
      return isWords(value) ? undefined : "text";
    case "choice":
      return isWords(value) && [value].flat().every((one) => choices.includes(one))
        ? undefined
        : `one or more of ${choices.join(", ")}`;
  }
}

const isWords = (value: AttributeValue): value is string | string[] =>
  typeof value === "string" || Array.isArray(value);
