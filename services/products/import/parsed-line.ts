import { type Refused, UnusableLine } from "@souk/http/records";
import { ServiceError } from "@souk/kernel";
import { type Category, categoryLevels } from "../domain/category.ts";
import type { ImportLine } from "../domain/import-line.ts";

/** A line that can be tried, with the categories that must be there first, or why it cannot. */
export type ParsedLine =
  | { readonly number: number; readonly line: ImportLine; readonly categories: readonly Category[] }
  | Refused;

/** Turns what `parse` throws about the line into a refusal of that line. */
export function parsed(number: number, parse: () => { line: ImportLine; category: string | undefined }): ParsedLine {
  try {
    const { line, category } = parse();
    return { number, line, categories: category === undefined ? [] : levelsOf(category) };
  } catch (error) {
    if (error instanceof UnusableLine || error instanceof ServiceError) return { number, reason: error.message };
    throw error;
  }
}

const levels = new Map<string, readonly Category[]>();
const remembered = 1_000;

/**
 * The categories that a reference names, from the root down: looked up, since a file names few and one of them on each line.
 * @throws ServiceError `CategoryNameless`
 */
export function levelsOf(reference: string): readonly Category[] {
  const known = levels.get(reference);
  if (known) return known;
  const found = categoryLevels(reference);
  if (levels.size === remembered) levels.clear();
  levels.set(reference, found);
  return found;
}
