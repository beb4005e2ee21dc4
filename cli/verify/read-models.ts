import type { Sql } from "@souk/postgres";
import { type Check, counted, type Problem, type View } from "./check.ts";
import { toldStock } from "./db/projections.ts";
import {
  countedSales,
  learnedSales,
  listedProducts,
  offTotals,
  type SaleRow,
  shownProducts,
  shownStock,
} from "./db/read-models.ts";
import { type DemandRow, demand } from "./db/stock.ts";
import { inOrder, merged } from "./merge.ts";

/** A service that keeps its own copy of the catalogue, the stock and the sales, folded from events. */
type ReadModel = {
  readonly service: string;
  readonly sales: (sql: Sql) => (after: string, limit: number) => Promise<SaleRow[]>;
  /** Whether what is never sent of an order counts: what people wanted together is learned from that as well. */
  readonly countsUnsent: boolean;
};
const models = {
  search: { service: "search", sales: countedSales, countsUnsent: false },
  recommendations: { service: "recommendations", sales: learnedSales, countsUnsent: true },
} as const satisfies Record<string, ReadModel>;

const sold: ReadonlySet<string> = new Set(["confirmed", "completed"]);
/** Whose cancellation is under way: sold still, and perhaps not for long. */
const undecided = "cancel_pending";

/** Undefined when a sale counts that is one, and no other. */
function miscounted(
  { service, countsUnsent }: ReadModel,
  key: string,
  sale: SaleRow | undefined,
  order: DemandRow | undefined,
): string | undefined {
  if (order?.lifecycle === undecided) return undefined;
  const isSold = order !== undefined && sold.has(order.lifecycle);
  if (sale && !isSold) return `${service} has order ${key} as sold, and it is ${order?.lifecycle ?? "unknown"}`;
  if (isSold && !sale) return `order ${key} is ${order.lifecycle} and ${service} does not know it`;
  if (!sale || !order) return undefined;
  const unsent = countsUnsent ? {} : (order.cancelled ?? {});
  const units = Object.fromEntries(Object.entries(order.units).map(([sku, n]) => [sku, n - (unsent[sku] ?? 0)]));
  const differs = Object.entries(units).some(([sku, n]) => sale.units?.[sku] !== n);
  return differs
    ? `order ${key} sold ${JSON.stringify(units)}, ${service} has ${JSON.stringify(sale.units)}`
    : undefined;
}

async function products({ database }: View, { service }: ReadModel) {
  const problems: Problem[] = [];
  let n = 0;
  for await (const { key, left, right } of merged(
    inOrder(shownProducts(database(service))),
    inOrder(listedProducts(database("products"))),
  )) {
    n++;
    const same =
      left && right && left.version === right.version && left.onSale === right.onSale && left.offers === right.offers;
    if (same) continue;
    const told = (row: typeof left) =>
      row ? `version ${row.version}${row.onSale ? "" : ", archived"} (${row.offers ?? "no variants"})` : "nothing";
    problems.push({ key, text: `${service} shows ${told(left)} of product ${key}, products has ${told(right)}` });
  }
  return { problems, figure: counted(n, "product") };
}

async function stock({ database }: View, { service }: ReadModel) {
  const problems: Problem[] = [];
  let n = 0;
  for await (const { key, left, right } of merged(
    inOrder(shownStock(database(service))),
    inOrder(toldStock(database("inventory"))),
  )) {
    n++;
    if (right && left?.available !== right.available)
      problems.push({
        key,
        text: `${service} shows ${left?.available ?? "an unknown number"} of ${key}, inventory has ${right.available}`,
      });
  }
  return { problems, figure: counted(n, "SKU") };
}

async function sales({ database }: View, model: ReadModel) {
  const problems: Problem[] = [];
  let n = 0;
  for await (const { key, left, right } of merged(
    inOrder(model.sales(database(model.service))),
    inOrder(demand(database("orders"))),
  )) {
    if (left) n++;
    const text = miscounted(model, key, left, right);
    if (text) problems.push({ key, text });
  }
  return { problems, figure: counted(n, "sale") };
}

export const readModelChecks: readonly Check[] = [
  { name: "what search shows is what products offers, at its price", look: (view) => products(view, models.search) },
  { name: "search's picture of the stock equals inventory's", look: (view) => stock(view, models.search) },
  {
    name: "search counts each sale once",
    async look(view) {
      const { problems, figure } = await sales(view, models.search);
      return { problems: [...problems, ...(await offTotals(view.database("search")))], figure };
    },
  },
  {
    name: "what is recommended is what products offers, at its price",
    look: (view) => products(view, models.recommendations),
  },
  {
    name: "recommendations' picture of the stock equals inventory's",
    look: (view) => stock(view, models.recommendations),
  },
  { name: "recommendations learn each sale once", look: (view) => sales(view, models.recommendations) },
];
