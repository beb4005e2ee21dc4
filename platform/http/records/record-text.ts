import { isUtf8 } from "node:buffer";
import type { FileLine } from "./lines.ts";

/** Why a line could not be taken, in a sentence. */
export type Refused = { readonly number: number; readonly reason: string };

/** Says what is wrong with a line in a sentence. */
export class UnusableLine extends Error {
  override readonly name = "UnusableLine";
}

/** @throws UnusableLine a sentence for the report */
export function textOf({ bytes }: FileLine): string {
  if (!bytes) throw new UnusableLine("The line is longer than 256 KiB.");
  if (!isUtf8(bytes)) throw new UnusableLine("The line is not UTF-8.");
  const text = bytes.toString("utf8");
  if (text.includes("\0")) throw new UnusableLine("The line has the character NUL in it.");
  return text;
}

/** `/variants/0/price/amount` and `must be at least 0` → a sentence. */
export const fieldErrors = (errors: readonly { field: string; message: string }[]): string =>
  errors
    .slice(0, 5)
    .map(({ field, message }) => `${field.slice(1) || "the line"} ${message}`)
    .join("; ");
