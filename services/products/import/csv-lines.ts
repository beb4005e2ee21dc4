import { Body, Type } from "@souk/contract";
import { validator } from "@souk/contract/validation";
import { csvTable, fieldErrors, type Row, UnusableLine } from "@souk/http/records";
import { ProductInput, type TaxClass, VariantInput } from "../contract.ts";
import type { ImportLine } from "../domain/import-line.ts";
import { errors } from "../errors.ts";
import { levelsOf, type ParsedLine, parsed } from "./parsed-line.ts";
import { fractionDigits, minorUnits } from "./price.ts";
import type { Seen } from "./seen.ts";

const columns = [
  "sku",
  "title",
  "price",
  "description",
  "category",
  "brand",
  "currency",
  "weightGrams",
  "taxClass",
  "variant",
  "productSlug",
] as const;
const required = ["sku", "title", "price"] as const;
type Variant = Row<(typeof columns)[number]>;

const { title, description, category, brand, slug } = ProductInput.properties;
const check = validator(
  Body({
    title,
    description: Type.Optional(description),
    category: Type.Optional(category),
    brand,
    slug,
    variant: VariantInput,
  }),
);

/**
 * A variant a line, under a header. @throws ServiceError `ImportHeader` when there is none: then no line can be understood
 */
export async function* csvLines(chunks: AsyncIterable<Buffer>, seen: Seen): AsyncGenerator<ParsedLine> {
  const badHeader = (missing: readonly string[], cause?: unknown) => errors.ImportHeader({ missing }, { cause });
  for await (const line of csvTable(chunks, columns, required, badHeader)) {
    if ("reason" in line) yield line;
    else yield parsed(line.number, () => parseVariant(line.row, seen));
  }
}

function parseVariant(row: Variant, seen: Seen) {
  const { sku = "", title = "", description, category, brand, weightGrams, taxClass, productSlug: slug } = row;
  const variant = {
    sku,
    title: row.variant ?? title,
    price: priceOf(row),
    ...(weightGrams !== undefined && { weightGrams: Number(weightGrams) }),
    // as: the check below refuses any other word
    ...(taxClass !== undefined && { taxClass: taxClass as TaxClass }),
  };
  const fields = { title, ...(description !== undefined && { description }), ...(brand !== undefined && { brand }) };
  const given = { ...(category !== undefined && { category }), ...(slug !== undefined && { slug }) };
  const wrong = check({ ...fields, ...given, variant });
  if (wrong.length > 0) throw new UnusableLine(`${fieldErrors(wrong)}.`);
  if (!seen.add(sku)) throw new UnusableLine(`SKU ${sku} stood on an earlier line; the first counts.`);
  const leads = slug === undefined || seen.add(`/${slug}`);
  const line: ImportLine = {
    kind: "variant",
    leads,
    fields,
    variant,
    ...(slug !== undefined && { slug }),
    ...placed(category),
  };
  return { line, category };
}

function placed(category: string | undefined) {
  const slug = category === undefined ? undefined : levelsOf(category).at(-1)?.slug;
  return slug === undefined ? {} : { categorySlug: slug };
}

function priceOf({ price = "", currency = "EUR" }: Variant) {
  const digits = fractionDigits(currency);
  if (digits === undefined) throw new UnusableLine(`currency "${currency}" is not a code of three capital letters.`);
  const amount = minorUnits(price, digits);
  if (amount === undefined) throw new UnusableLine(`price "${price}" is not a decimal number such as 19.99.`);
  return { amount, currency };
}
