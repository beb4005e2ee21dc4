import { validator } from "@souk/contract/validation";
import { fieldErrors, jsonLines, UnusableLine } from "@souk/http/records";
import { ProductInput } from "../contract.ts";
import { categorySlug } from "../domain/category.ts";
import { type ParsedLine, parsed } from "./parsed-line.ts";
import type { Seen } from "./seen.ts";

const check = validator(ProductInput);

/** A product a line; empty lines are none. */
export async function* ndjsonLines(chunks: AsyncIterable<Buffer>, seen: Seen): AsyncGenerator<ParsedLine> {
  for await (const line of jsonLines(chunks)) {
    if ("reason" in line) yield line;
    else yield parsed(line.number, () => parseProduct(line.value, seen));
  }
}

function parseProduct(value: unknown, seen: Seen) {
  const { slug, category, variants, ...fields } = productIn(value);
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

function productIn(value: unknown): ProductInput {
  const errors = check(value);
  if (errors.length > 0) throw new UnusableLine(`${fieldErrors(errors)}.`);
  return value as ProductInput; // as: just checked against its schema
}
