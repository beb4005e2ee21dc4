import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { roleToken } from "../access-tokens.ts";
import type { Progress } from "../progress.ts";
import type { ShopClient } from "../shop-client.ts";
import type { Home } from "../state/home.ts";
import { readSecrets } from "../state/secrets.ts";
import { customerAccounts } from "./customers.ts";
import { counted } from "./import-products.ts";
import { openJournal } from "./journal.ts";
import { type Product, readOnlineRetail } from "./online-retail.ts";
import { replay } from "./replay.ts";

type Deps = {
  shop: ShopClient;
  home: Home;
  progress: Progress;
  pause: (ms: number) => Promise<void>;
  now: () => number;
};
export type RetailReport = {
  readonly lines: number;
  readonly products: number;
  readonly customers: number;
  readonly orders: { accepted: number; rejected: number };
  readonly rejections: Record<string, number>;
  readonly skipped: Readonly<Record<string, number>>;
  /** In pence: what the file's sales add up to, and the totals of the accepted orders. */
  readonly revenue: { readonly file: number; orders: number };
};

const atOnce = 4;

/** Products, opening stock, customers and, if wanted, every sale of an Online Retail file. Safe to repeat and to cut off. */
export async function importRetail(
  path: string,
  withOrders: boolean,
  { shop, home, progress, pause, now }: Deps,
): Promise<RetailReport> {
  const retail = await readOnlineRetail(createReadStream(path));
  const merchandiser = roleToken(shop, home, "merchandiser", now);
  const operator = roleToken(shop, home, "operator", now);
  const customers = customerAccounts(shop, (await readSecrets(home))?.admin.password ?? "", now);

  const products = [...retail.products.values()];
  const content = products.map((product) => `${JSON.stringify(asProduct(product))}\n`);
  const total = content.reduce((bytes, line) => bytes + Buffer.byteLength(line), 0);
  const token = await merchandiser();
  await progress.bytes("Products", total, (sent) =>
    shop.must("POST", "/v1/products/import", {
      upload: { mediaType: "application/x-ndjson", content: () => counted(Readable.from(content), sent) },
      token,
    }),
  );
  await progress.each("Opening stock", products, atOnce, async ({ sku, units }) => {
    await shop.must("POST", `/v1/inventory/${encodeURIComponent(sku)}/receipts`, {
      body: { quantity: openingStock(units) },
      idempotencyKey: `import-${createHash("sha256").update(`${sku} ${units}`).digest("hex").slice(0, 32)}`,
      token: await operator(),
    });
  });
  await progress.each("Customers", [...retail.customers], 2, (customer) => customers.ensure(customer));

  const report: RetailReport = {
    lines: retail.lines,
    products: products.length,
    customers: retail.customers.size,
    orders: { accepted: 0, rejected: 0 },
    rejections: {},
    skipped: retail.skipped,
    revenue: { file: retail.revenue, orders: 0 },
  };
  if (!withOrders) return report;

  const name = createHash("sha256").update(JSON.stringify(retail.invoices)).digest("hex").slice(0, 16);
  const journal = await openJournal(join(home.dir, "imports", `${name}.jsonl`));
  try {
    const place = replay({ shop, journal, customers, merchandiser, pause });
    await progress.each("Orders", retail.invoices, atOnce, async (invoice) => {
      for (const { outcome } of await place(invoice)) {
        if (outcome?.accepted) report.orders.accepted++;
        else report.orders.rejected++;
        report.revenue.orders += outcome?.amount ?? 0;
        if (outcome?.reason) report.rejections[outcome.reason] = (report.rejections[outcome.reason] ?? 0) + 1;
      }
    });
  } finally {
    await journal.close();
  }
  return report;
}

const openingStock = (unitsSold: number) => Math.max(10, unitsSold * 2);

const asProduct = ({ sku, title, unitAmount }: Product) => ({
  title,
  description: "",
  category: "Gifts",
  variants: [{ sku, title, price: { amount: unitAmount, currency: "GBP" } }],
});
