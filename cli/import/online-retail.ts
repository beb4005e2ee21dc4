import type { Readable } from "node:stream";
import { parse } from "csv-parse";
import type { Cancellation } from "./cancellations.ts";

/** The columns of the UCI "Online Retail" data set (D. Chen, 2015). */
export const columns = [
  "InvoiceNo",
  "StockCode",
  "Description",
  "Quantity",
  "InvoiceDate",
  "UnitPrice",
  "CustomerID",
  "Country",
] as const;

/** Why a line is no sale of a product. */
export type Reason =
  | "malformed"
  | "cancellation"
  | "adjustment"
  | "not_a_product"
  | "quantity_not_positive"
  | "price_not_positive";

/** A thing that was sold. Prices are pounds in the file and pence here; dates sort as text. */
export type Sale = { readonly sku: string; readonly quantity: number; readonly unitAmount: number };
export type Invoice = {
  readonly number: string;
  readonly at: string;
  readonly customer: string | undefined;
  readonly country: string;
  readonly sales: Sale[];
};
export type Product = {
  readonly sku: string;
  title: string;
  titleAt: string;
  unitAmount: number;
  priceAt: string;
  units: number;
};

export type Retail = {
  readonly lines: number;
  readonly products: ReadonlyMap<string, Product>;
  readonly customers: ReadonlySet<string>;
  /** In the order of their dates. */
  readonly invoices: readonly Invoice[];
  /** Lines that take something back, of products at a price. They are counted in `skipped` as well. */
  readonly cancellations: readonly Cancellation[];
  readonly skipped: Readonly<Partial<Record<Reason, number>>>;
  /** What a plain pass over the lines that are sales adds up to, in pence. */
  readonly revenue: number;
};

/** Five digits and perhaps a letter or two are a product; POST, DOT, M, D, C2, BANK CHARGES and their like are not. */
const productCode = /^\d{5}[A-Za-z]{0,3}$/;
const currencyPlaces = 100;

type Line = {
  sku: string;
  title: string;
  quantity: number;
  at: string;
  unitAmount: number;
  invoice: string;
  customer: string;
  country: string;
};

/** @returns the reason when the line is no sale */
export function readLine(record: Readonly<Record<string, string | undefined>>): Line | Reason {
  const [invoice = "", sku = "", title = "", quantityText = "", date = "", price = "", customer = "", country = ""] =
    columns.map((name) => record[name]?.trim());
  const quantity = Number(quantityText);
  const pounds = Number(price);
  const at = sortableDate(date);
  if (!invoice || !sku || !at || price === "" || !Number.isInteger(quantity) || !Number.isFinite(pounds))
    return "malformed";
  if (/^C/i.test(invoice)) return "cancellation";
  if (/^A/i.test(invoice)) return "adjustment";
  if (!productCode.test(sku)) return "not_a_product";
  if (quantity <= 0) return "quantity_not_positive";
  const unitAmount = Math.round(pounds * currencyPlaces);
  if (unitAmount <= 0) return "price_not_positive";
  return { sku, title, quantity, at, unitAmount, invoice, customer, country };
}

/** What a line that is a cancellation takes back; undefined when that is no product, or nothing. */
function readCancellation(record: Readonly<Record<string, string | undefined>>): Cancellation | undefined {
  const invoice = record["InvoiceNo"]?.trim() ?? "";
  const taken = readLine({ ...record, InvoiceNo: invoice.slice(1), Quantity: String(-Number(record["Quantity"])) });
  if (typeof taken === "string") return undefined;
  const { at, customer, country, sku, quantity, unitAmount } = taken;
  return { invoice, at, customer: customer || undefined, country, sku, quantity, unitAmount };
}

/** "12-01-2010 08:26" and "12/1/2010 8:26" (month first, as in the file) → "2010-12-01 08:26". */
function sortableDate(text: string): string | undefined {
  const [, month = "", day = "", year = "", hour = "", minute = ""] =
    /^(\d{1,2})[-/](\d{1,2})[-/](\d{4}) (\d{1,2}):(\d{2})/.exec(text) ?? [];
  if (!month) return /^\d{4}-\d{2}-\d{2}/.test(text) ? text : undefined;
  const two = (n: string) => n.padStart(2, "0");
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${minute}`;
}

/** Reads the whole file; what is kept grows with its products and sales, not with its lines that are none. */
export async function readOnlineRetail(file: Readable): Promise<Retail> {
  const products = new Map<string, Product>();
  const customers = new Set<string>();
  const invoices = new Map<string, Invoice>();
  const cancellations: Cancellation[] = [];
  const skipped: Partial<Record<Reason, number>> = {};
  let lines = 0;
  let revenue = 0;
  const malformed = (count: number): undefined => {
    lines += count;
    skipped.malformed = (skipped.malformed ?? 0) + count;
  };
  const records = parse({
    ...{ columns: true, bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true },
    // A quote that is opened and never closed: the lines that it swallowed are told of as such, and stop nothing.
    skip_records_with_error: true,
    raw: true,
    on_skip: (_, raw) => malformed(breaksIn(raw ?? "") + 1),
  });
  // A file that cannot be read to its end ends the records, too.
  file.once("error", (error) => records.destroy(error));
  for await (const { record, raw } of file.pipe(records)) {
    // No field of this layout has two lines: here a stray quote has made one record of several.
    const breaks = breaksIn(raw);
    if (breaks > 0) {
      malformed(breaks + 1);
      continue;
    }
    lines++;
    const line = readLine(record);
    if (typeof line === "string") {
      skipped[line] = (skipped[line] ?? 0) + 1;
      const cancellation = line === "cancellation" ? readCancellation(record) : undefined;
      if (cancellation) cancellations.push(cancellation);
      continue;
    }
    revenue += line.quantity * line.unitAmount;
    note(products, line);
    if (line.customer) customers.add(line.customer);
    const { invoice: number, at, country } = line;
    const invoice = invoices.get(number) ?? { number, at, customer: line.customer || undefined, country, sales: [] };
    invoices.set(number, invoice);
    invoice.sales.push({ sku: line.sku, quantity: line.quantity, unitAmount: line.unitAmount });
  }
  const inOrder = [...invoices.values()].sort((a, b) =>
    a.at === b.at ? (a.number < b.number ? -1 : 1) : a.at < b.at ? -1 : 1,
  );
  return { lines, products, customers, invoices: inOrder, cancellations, skipped, revenue };
}

/** Line ends inside a record, whose last line's own end may be in it, and empty lines before it. */
const breaksIn = (raw: string): number => raw.trim().split("\n").length - 1;

/** The latest description and price win; an empty description says nothing. */
function note(products: Map<string, Product>, { sku, title, at, unitAmount, quantity }: Line): void {
  const known = products.get(sku);
  if (!known) {
    products.set(sku, { sku, title: title || sku, titleAt: title ? at : "", unitAmount, priceAt: at, units: quantity });
    return;
  }
  known.units += quantity;
  if (title && at >= known.titleAt) Object.assign(known, { title, titleAt: at });
  if (at >= known.priceAt) Object.assign(known, { unitAmount, priceAt: at });
}

/**
 * An invoice as carts, which hold a SKU once and at one price: lines of the same SKU and price are added up, and each further price
 * of a SKU goes into a cart of its own.
 */
export function cartsOf({ sales }: Invoice): Sale[][] {
  const bySku = new Map<string, Map<number, number>>();
  for (const { sku, unitAmount, quantity } of sales) {
    const prices = bySku.get(sku) ?? new Map<number, number>();
    bySku.set(sku, prices.set(unitAmount, (prices.get(unitAmount) ?? 0) + quantity));
  }
  const carts: Sale[][] = [];
  for (const [sku, prices] of bySku) {
    for (const [i, [unitAmount, quantity]] of [...prices].entries()) {
      const cart = carts[i] ?? [];
      carts[i] = cart;
      cart.push({ sku, quantity, unitAmount });
    }
  }
  return carts;
}
