import { isUtf8 } from "node:buffer";
import { ServiceError } from "@souk/kernel";
import { type Category, categoryLevels } from "../domain/category.ts";
import type { ImportLine } from "../domain/import-line.ts";
import type { FileLine } from "./lines.ts";

/** A line that can be tried, with the categories that must be there first, or why it cannot. */
export type ParsedLine =
  | { readonly number: number; readonly line: ImportLine; readonly categories: readonly Category[] }
  | Refused;
export type Refused = { readonly number: number; readonly reason: string };

/** @throws Error a sentence for the report */
export function textOf({ bytes }: FileLine): string {
  if (!bytes) throw new UnusableLine("The line is longer than 256 KiB.");
  if (!isUtf8(bytes)) throw new UnusableLine("The line is not UTF-8.");
  const text = bytes.toString("utf8");
  if (text.includes("\0")) throw new UnusableLine("The line has the character NUL in it.");
  return text;
}

/** Says what is wrong with a line in a sentence. */
export class UnusableLine extends Error {
  override readonly name = "UnusableLine";
}

/** Turns what `parse` throws about the line into a refusal of that line. */
export function parsed(number: number, parse: () => { line: ImportLine; category: string | undefined }): ParsedLine {
  try {
    const { line, category } = parse();
    return { number, line, categories: category === undefined ? [] : categoryLevels(category) };
  } catch (error) {
    if (error instanceof UnusableLine || error instanceof ServiceError) return { number, reason: error.message };
    throw error;
  }
}

/** `/variants/0/price/amount` and `must be at least 0` → a sentence. */
export const fieldErrors = (errors: readonly { field: string; message: string }[]): string =>
  errors
    .slice(0, 5)
    .map(({ field, message }) => `${field.slice(1) || "the line"} ${message}`)
    .join("; ");
