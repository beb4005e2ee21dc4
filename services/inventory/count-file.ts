import { Body, Sku, Timestamp, Type } from "@souk/contract";
import { validator } from "@souk/contract/validation";
import { csvTable, fieldErrors, jsonLines, type Refused } from "@souk/http/records";
import { type Instant, instant } from "@souk/kernel";
import type { CountReport } from "./contract/stock-takes.ts";
import type { Count } from "./db/stock-takes.ts";
import { errors } from "./errors.ts";

const batchSize = 500;
/** As many failures as a person reads; the rest are counted only. */
const maxFailed = 1_000;

const check = validator(
  Body({
    sku: Sku,
    quantity: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
    countedAt: Type.Optional(Timestamp),
  }),
);
type Counted = { readonly sku: string; readonly quantity: number; readonly countedAt?: string };
type Line = { readonly number: number; readonly count: Count };

/** The counts of a file as they arrive, in batches of distinct SKUs, in the order of the file; and what became of each line. */
export async function importCounts(
  chunks: AsyncIterable<Buffer>,
  mediaType: string,
  note: (batch: readonly Count[]) => Promise<ReadonlySet<string>>,
  isPossible: (countedAt: Instant) => boolean,
): Promise<CountReport> {
  const report: { -readonly [K in keyof CountReport]: CountReport[K] } = {
    lines: 0,
    counted: 0,
    unchanged: 0,
    rejected: 0,
    failed: [],
  };
  const refuse = ({ number, reason }: Refused) => {
    report.rejected++;
    if (report.failed.length < maxFailed) report.failed.push({ line: number, reason });
  };
  let batch = new Map<string, Line>();
  const flush = async () => {
    if (batch.size === 0) return;
    const counts = [...batch.values()].map(({ count }) => count);
    batch = new Map();
    const news = await note(counts);
    for (const { sku } of counts) report[news.has(sku) ? "counted" : "unchanged"]++;
  };

  for await (const line of mediaType === "text/csv" ? rowsOf(chunks) : jsonLines(chunks)) {
    report.lines++;
    const read = "reason" in line ? line : countIn(line.number, line.value, isPossible);
    if ("reason" in read) {
      refuse(read);
      continue;
    }
    // The same SKU again: the later line counts, after the earlier one.
    if (batch.has(read.count.sku) || batch.size === batchSize) await flush();
    batch.set(read.count.sku, read);
  }
  await flush();
  return report;
}

async function* rowsOf(chunks: AsyncIterable<Buffer>) {
  const badHeader = (missing: readonly string[], cause?: unknown) => errors.CountsHeader({ missing }, { cause });
  for await (const line of csvTable(chunks, ["sku", "quantity", "countedAt"], ["sku", "quantity"], badHeader)) {
    if ("reason" in line) yield line;
    else {
      const { quantity, ...row } = line.row;
      yield { number: line.number, value: { ...row, quantity: quantity === undefined ? undefined : Number(quantity) } };
    }
  }
}

function countIn(number: number, value: unknown, isPossible: (at: Instant) => boolean): Line | Refused {
  const wrong = check(value);
  if (wrong.length > 0) return { number, reason: `${fieldErrors(wrong)}.` };
  const { sku, quantity, countedAt } = value as Counted; // as: just checked against its schema
  const epochMs = countedAt === undefined ? undefined : Date.parse(countedAt);
  if (epochMs !== undefined && Number.isNaN(epochMs)) return { number, reason: `countedAt ${countedAt} is no moment.` };
  const at = epochMs === undefined ? null : instant(epochMs);
  if (at !== null && !isPossible(at))
    return { number, reason: `countedAt ${countedAt} is before the stock-take began, or has not come yet.` };
  return { number, count: { sku, quantity, countedAt: at } };
}
