import { open, stat } from "node:fs/promises";
import { sleep } from "@souk/kernel";
import { roleToken } from "../access-tokens.ts";
import { commandClock } from "../clock.ts";
import type { Options, Run } from "../command.ts";
import { Failure, usageFailure } from "../failure.ts";
import { importProducts, type ProductReport } from "../import/import-products.ts";
import { importRetail, type RetailReport } from "../import/import-retail.ts";
import { columns } from "../import/online-retail.ts";
import { type Io, printJson } from "../io.ts";
import { progressOn } from "../progress.ts";
import { gatewayAddress } from "../running-shop.ts";
import { shopClient } from "../shop-client.ts";
import { homeOf } from "../state/home.ts";

export const summary = "Load products, or a whole retailer's history, from a file";
export const usage = `souk import FILE
souk import online-retail.csv --replay-orders

FILE is products as CSV or NDJSON, or sales in the layout of the UCI "Online Retail" data set (${columns.join(", ")}).
Of sales it makes products, opening stock and customers; --replay-orders then orders what every invoice sold, through the public API, at
the recorded prices, sends back and refunds what cancellations (invoices that begin with C) reverse, lists those that reverse nothing, and
compares revenue by day, country and product with a plain pass over the file. Every line is counted as what it is, nothing stops the run, and running it again changes nothing.`;
export const options = {
  "replay-orders": {
    type: "boolean",
    describe: "also place every sale of the file as an order, and return what was cancelled",
  },
} as const satisfies Options;
export const positionals = 1;

export const run: Run<typeof options> = async ({ options, positionals: [file] }, io) => {
  if (file === undefined) throw usageFailure("Which file?", "For example: souk import products.csv");
  const kind = await kindOf(file);
  if (options["replay-orders"] && kind !== "retail")
    throw usageFailure(`${file} has no sales to replay.`, "See: souk import --help");
  const home = homeOf(io.env);
  const pause = (ms: number) => sleep(commandClock, ms);
  const shop = shopClient(await gatewayAddress(home), pause);
  try {
    const progress = progressOn(io, commandClock.now);
    if (kind === "retail") {
      const deps = { shop, home, pause, now: commandClock.now, progress };
      const report = await importRetail(file, options["replay-orders"], deps);
      if (options.json) printJson(io, report);
      else show(io, report, options["replay-orders"]);
      return 0;
    }
    const mediaType = kind === "csv" ? "text/csv" : "application/x-ndjson";
    const token = await roleToken(shop, home, "merchandiser", commandClock.now)();
    const report = await importProducts(file, mediaType, { shop, progress, token });
    const { lines, created, updated, unchanged, rejected } = report;
    if (options.json)
      printJson(io, {
        ...report,
        products: created + updated + unchanged,
        orders: { accepted: 0, rejected: 0 },
        skipped: skippedOf(report),
      });
    else {
      io.out(`${lines} lines: ${created} created, ${updated} updated, ${unchanged} unchanged, ${rejected} rejected.`);
      for (const { line, reason } of report.failed) io.out(`  line ${line}: ${reason}`);
      if (rejected > report.failed.length) io.out(`  and ${rejected - report.failed.length} more`);
    }
    return 0;
  } finally {
    await shop.close();
  }
};

const skippedOf = ({ rejected }: ProductReport) => (rejected > 0 ? { invalid: rejected } : {});

async function kindOf(file: string): Promise<"retail" | "csv" | "ndjson"> {
  const head = await readHead(file);
  const first = head.replace(/^\ufeff/, "").trimStart();
  if (first.startsWith("{")) return "ndjson";
  const header = first.split(/\r?\n/, 1)[0] ?? "";
  if (columns.every((column) => header.includes(column))) return "retail";
  if (/\bsku\b/.test(header)) return "csv";
  throw new Failure(
    `${file} is neither products (CSV with a sku column, NDJSON) nor Online Retail sales.`,
    "See: souk import --help",
  );
}

async function readHead(file: string): Promise<string> {
  try {
    // A pipe is read once, and this is not the only look at it.
    if (!(await stat(file)).isFile()) throw new Failure(`${file} is no file.`, "Write it to one, and import that.");
    const opened = await open(file);
    const { buffer, bytesRead } = await opened.read(Buffer.alloc(4_096), 0, 4_096, 0);
    await opened.close();
    return buffer.subarray(0, bytesRead).toString();
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure(`${file} cannot be read.`, "Is the path right?", { cause });
  }
}

const maxShown = 10;

function show(io: Io, report: RetailReport, replayed: boolean): void {
  const pounds = (pence: number) => (pence / 100).toLocaleString("en", { minimumFractionDigits: 2 });
  const skipped = Object.entries(report.skipped);
  io.out(`${report.lines} lines: ${report.products} products, ${report.customers} customers`);
  for (const [reason, count] of skipped) io.out(`  skipped ${count}: ${reason.replaceAll("_", " ")}`);
  if (!replayed) return;
  io.out(`Orders: ${report.orders.accepted} accepted, ${report.orders.rejected} rejected`);
  for (const [reason, count] of Object.entries(report.rejections)) io.out(`  ${count} × ${reason}`);
  io.out(`Revenue: ${pounds(report.revenue.orders)} GBP in orders, ${pounds(report.revenue.file)} GBP in the file`);
  if (!report.returns) return;
  const { accepted, rejected, rejections, unmatched, net } = report.returns;
  io.out(
    `Returns: ${accepted} refunded, ${rejected} rejected, ${unmatched.length} cancellations that reverse nothing in the file`,
  );
  for (const [reason, count] of Object.entries(rejections)) io.out(`  ${count} × ${reason}`);
  for (const { invoice, sku, quantity, amount } of unmatched.slice(0, maxShown))
    io.out(`  ${invoice}: ${quantity} × ${sku}, ${pounds(amount)} GBP`);
  if (unmatched.length > maxShown) io.out(`  … and ${unmatched.length - maxShown} more (--json lists all)`);
  const { days, countries, products } = net.differing;
  io.out(`Less returns: ${pounds(net.shop)} GBP in the shop, ${pounds(net.file)} GBP in the file`);
  io.out(`  ${days} days, ${countries} countries and ${products} products differ`);
}
