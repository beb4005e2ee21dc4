import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { roleToken } from "../access-tokens.ts";
import type { Progress } from "../progress.ts";
import type { ShopClient } from "../shop-client.ts";
import type { Home } from "../state/home.ts";
import { readSecrets } from "../state/secrets.ts";
import { cartKey, matchCancellations, type Reversal } from "./cancellations.ts";
import { collect } from "./collect.ts";
import { customerAccounts } from "./customers.ts";
import { counted } from "./import-products.ts";
import { type Journal, openJournal } from "./journal.ts";
import { cartsOf, type Product, type Retail, readOnlineRetail } from "./online-retail.ts";
import { replay } from "./replay.ts";
import { book, differences, noRevenue, type Revenue, revenueOfFile, total } from "./revenue.ts";
import { reverse } from "./reverse.ts";

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
  /** Only when orders were replayed. */
  returns?: Returns;
};
export type Returns = {
  /** Cancellations of one order by one invoice: taken back and refunded, or not, and why. */
  accepted: number;
  rejected: number;
  readonly rejections: Record<string, number>;
  /** Lines of the file that reverse nothing in it, wholly or in part. */
  readonly unmatched: readonly { invoice: string; sku: string; quantity: number; amount: number }[];
  /** In pence, sales less what came back: by a plain pass over the file, and in the shop; and how many days, countries and products differ. */
  readonly net: { readonly file: number; shop: number; differing: ReturnType<typeof differences> };
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
  const bytes = content.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  const token = await merchandiser();
  await progress.bytes("Products", bytes, (sent) =>
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
    const orderIds: string[] = [];
    await progress.each("Orders", retail.invoices, atOnce, async (invoice) => {
      for (const { outcome } of await place(invoice)) {
        if (outcome?.orderId !== undefined) orderIds.push(outcome.orderId);
        if (outcome?.accepted) report.orders.accepted++;
        else report.orders.rejected++;
        report.revenue.orders += outcome?.amount ?? 0;
        if (outcome?.reason) report.rejections[outcome.reason] = (report.rejections[outcome.reason] ?? 0) + 1;
      }
    });
    await progress.each("Picking up", orderIds, atOnce, collect({ shop, operator, pause }));
    report.returns = await takeBack(retail, journal, { shop, operator, pause, progress });
  } finally {
    await journal.close();
  }
  return report;
}

type TakingBack = Pick<Deps, "shop" | "pause" | "progress"> & { operator: () => Promise<string> };

/** Returns what the file's cancellations reverse, and compares what the shop sold with what the file says. */
async function takeBack(retail: Retail, journal: Journal, deps: TakingBack): Promise<Returns> {
  const { shop, operator, progress } = deps;
  const { reversals, unmatched } = matchCancellations(retail.invoices, retail.cancellations);
  const net = noRevenue();
  const carts = retail.invoices.flatMap((invoice) =>
    cartsOf(invoice).map((_, i) => ({ invoice, orderId: journal.find(cartKey(invoice.number, i))?.outcome?.orderId })),
  );
  await progress.each("Comparing", carts, atOnce, async ({ invoice: { at, country }, orderId }) => {
    if (orderId === undefined) return;
    const { lines } = await shop.must<{ lines: { sku: string; total: { amount: number } }[] }>(
      "GET",
      `/v1/orders/${orderId}`,
      { token: await operator() },
    );
    for (const { sku, total } of lines) book(net, { at, country, sku, amount: total.amount });
  });

  const returns: Returns = {
    ...{ accepted: 0, rejected: 0, rejections: {} },
    unmatched: unmatched.map(({ invoice, sku, quantity, unitAmount }) => ({
      ...{ invoice, sku, quantity, amount: quantity * unitAmount },
    })),
    net: { file: total(revenueOfFile(retail.invoices, reversals)), shop: 0, differing: differences(net, net) },
  };
  const back = reverse({ ...deps, journal });
  const byOrder = [...Map.groupBy(reversals, ({ cart }) => cart)];
  await progress.each("Returns", byOrder, atOnce, async ([cart, ofOrder]) => {
    for (const [, together] of Map.groupBy(ofOrder, ({ cancellation }) => cancellation.invoice)) {
      const { value, reason } = await back(cart, together);
      if (reason === undefined) returns.accepted++;
      else {
        returns.rejected++;
        returns.rejections[reason] = (returns.rejections[reason] ?? 0) + 1;
      }
      bookReturn(net, together, value);
    }
  });
  returns.net.shop = total(net);
  returns.net.differing = differences(revenueOfFile(retail.invoices, reversals), net);
  return returns;
}

/** What the shop gave back, on the day and for the products of the cancellation: in the parts that the file says, if it is as much. */
function bookReturn(net: Revenue, reversals: readonly Reversal[], value: number): void {
  let left = value;
  for (const [i, { sale, cancellation, quantity }] of reversals.entries()) {
    const amount = i === reversals.length - 1 ? left : Math.min(left, quantity * cancellation.unitAmount);
    left -= amount;
    book(net, { at: cancellation.at, country: sale.country, sku: cancellation.sku, amount: -amount });
  }
}

const openingStock = (unitsSold: number) => Math.max(10, unitsSold * 2);

const asProduct = ({ sku, title, unitAmount }: Product) => ({
  title,
  description: "",
  category: "Gifts",
  variants: [{ sku, title, price: { amount: unitAmount, currency: "GBP" } }],
});
