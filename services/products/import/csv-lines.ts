import { Body, Type } from "@souk/contract";
import { validator } from "@souk/contract/validation";
import { ProductInput, type TaxClass, VariantInput } from "../contract.ts";
import { categorySlug } from "../domain/category.ts";
import type { ImportLine } from "../domain/import-line.ts";
import { errors } from "../errors.ts";
import { delimiterOf, parseRecord } from "./csv.ts";
import { type CsvRecord, recordsOf } from "./csv-records.ts";
import { linesOf } from "./lines.ts";
import { fieldErrors, type ParsedLine, parsed, textOf, UnusableLine } from "./parsed-line.ts";
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
type Row = Partial<Record<(typeof columns)[number], string>>;

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
  const lines = linesOf(chunks);
  const { value: first, done } = await lines.next();
  if (done) return;
  let header: string;
  try {
    header = textOf(first).replace(/^\ufeff/, "");
  } catch (error) {
    if (!(error instanceof UnusableLine)) throw error;
    throw errors.ImportHeader({ missing: [...required] }, { cause: error });
  }
  const delimiter = delimiterOf(header);
  const names = parseRecord(header, delimiter);
  const missing = required.filter((name) => !names.includes(name));
  if (!Array.isArray(names) || missing.length > 0) throw errors.ImportHeader({ missing });

  for await (const record of recordsOf(lines, delimiter)) {
    if ("reason" in record) yield record;
    else yield parsed(record.number, () => parseVariant(rowOf(record, names), seen));
  }
}

/** An empty cell is one that is left out. */
function rowOf({ fields }: CsvRecord, names: readonly string[]): Row {
  if (fields.length > names.length)
    throw new UnusableLine(`The line has ${fields.length} fields, the header ${names.length}.`);
  const row: Row = {};
  for (const column of columns) {
    const value = fields[names.indexOf(column)];
    if (value !== undefined && value !== "") row[column] = value;
  }
  return row;
}

function parseVariant(row: Row, seen: Seen) {
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
    ...(category !== undefined && { categorySlug: categorySlug(category) }),
  };
  return { line, category };
}

function priceOf({ price = "", currency = "EUR" }: Row) {
  const digits = fractionDigits(currency);
  if (digits === undefined) throw new UnusableLine(`currency "${currency}" is not a code of three capital letters.`);
  const amount = minorUnits(price, digits);
  if (amount === undefined) throw new UnusableLine(`price "${price}" is not a decimal number such as 19.99.`);
  return { amount, currency };
}
