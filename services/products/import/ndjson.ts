import { validator } from "@souk/contract/validation";
import { ProductInput } from "../contract.ts";
import { categorySlug } from "../domain/category.ts";
import { type FileLine, linesOf } from "./lines.ts";
import { fieldErrors, type ParsedLine, parsed, textOf, UnusableLine } from "./parsed-line.ts";
import type { Seen } from "./seen.ts";

const check = validator(ProductInput);

/** A product a line; empty lines are none. */
export async function* ndjsonLines(chunks: AsyncIterable<Buffer>, seen: Seen): AsyncGenerator<ParsedLine> {
  for await (const line of linesOf(chunks)) {
    if (line.bytes && line.bytes.toString("latin1").trim() === "") continue;
    yield parsed(line.number, () => parseProduct(line, seen));
  }
}

function parseProduct(file: FileLine, seen: Seen) {
  const { slug, category, variants, ...fields } = productIn(textOf(file));
  if (slug !== undefined && !seen.add(`/${slug}`))
    throw new UnusableLine(`The slug ${slug} stood on an earlier line; the first counts.`);
  for (const { sku } of variants) {
    if (!seen.add(sku))
      throw new UnusableLine(`SKU ${sku} stood on an earlier line, or twice on this one; the first counts.`);
  }
  const line = {
    kind: "product",
    fields,
    variants,
    categorySlug: categorySlug(category),
    ...(slug !== undefined && { slug }),
  } as const;
  return { line, category };
}

function productIn(text: string): ProductInput {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UnusableLine(`The line is not JSON: ${error.message}.`);
  }
  const errors = check(value);
  if (errors.length > 0) throw new UnusableLine(`${fieldErrors(errors)}.`);
  if (!isWellFormed(value)) throw new UnusableLine("The line has half of a surrogate pair (\\ud800 to \\udfff) in it.");
  return value as ProductInput; // as: just checked against its schema
}

/** PostgreSQL cannot hold half a character; an escape can write one. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, member]) => key.isWellFormed() && isWellFormed(member));
}
