import { delimiterOf, parseRecord } from "./csv.ts";
import { recordsOf } from "./csv-records.ts";
import { linesOf } from "./lines.ts";
import { type Refused, textOf, UnusableLine } from "./record-text.ts";

/** The cells of a line by the name of their column; an empty cell is one that is left out. */
export type Row<Column extends string> = Partial<Record<Column, string>>;
export type TableRow<Column extends string> = { readonly number: number; readonly row: Row<Column> };

/**
 * The rows of a CSV file under its header, as they arrive. Columns come in any order; those that nobody asked for are ignored.
 * @param badHeader makes the error to throw when the header cannot be read or lacks required columns: then no line can be understood
 */
export async function* csvTable<Column extends string>(
  chunks: AsyncIterable<Buffer>,
  columns: readonly Column[],
  required: readonly Column[],
  badHeader: (missing: readonly string[], cause?: unknown) => Error,
): AsyncGenerator<TableRow<Column> | Refused> {
  const lines = linesOf(chunks);
  const { value: first, done } = await lines.next();
  if (done) return;
  let header: string;
  try {
    header = textOf(first).replace(/^\ufeff/, "");
  } catch (error) {
    if (!(error instanceof UnusableLine)) throw error;
    throw badHeader(required, error);
  }
  const delimiter = delimiterOf(header);
  const names = parseRecord(header, delimiter);
  const missing = required.filter((name) => !names.includes(name));
  if (!Array.isArray(names) || missing.length > 0) throw badHeader(missing);
  const places = columns.map((column) => [column, names.indexOf(column)] as const).filter(([, place]) => place >= 0);

  for await (const record of recordsOf(lines, delimiter)) {
    if ("reason" in record) {
      yield record;
      continue;
    }
    const { number, fields } = record;
    if (fields.length > names.length) {
      yield { number, reason: `The line has ${fields.length} fields, the header ${names.length}.` };
      continue;
    }
    const row: Row<Column> = {};
    for (const [column, place] of places) {
      const value = fields[place];
      if (value !== undefined && value !== "") row[column] = value;
    }
    yield { number, row };
  }
}
