import type { Instant } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";
import type { WholeProduct } from "@souk/products/contract";

/** What is learned from, and how far it has come. */
export type Live = {
  readonly generation: number;
  readonly products: number;
  readonly stock: number;
  readonly sales: number;
};
export type Line = { readonly sku: string; readonly quantity: number };
export type Sale = { readonly orderId: string; readonly at: Instant; readonly lines: readonly Line[] };
type StockLevel = { readonly sku: string; readonly available: number; readonly sequence: number };

export type ProjectedProduct = {
  readonly id: string;
  readonly revision: number;
  readonly active: boolean;
  readonly skus: readonly string[];
  /** Slugs, from the root down. */
  readonly categories: readonly string[];
  readonly inStock: boolean;
};
/** A sale that is learned, or taken back. */
export type ProjectedSale = Sale & { readonly revision: number; readonly cancelled: boolean };
/** How much there is of a SKU. */
type ProjectedStock = { readonly sku: string; readonly available: number; readonly revision: number };
/** What is shown of a product. */
export type ProjectedDocument = {
  readonly document: WholeProduct;
  /** Of each variant, in the document's order. */
  readonly available: readonly number[];
};
/** What is told goes into every generation that grows, or into one of them. Each keeps what is newer. */
export const projection = (tx: Tx | Sql) => ({
  putProducts: (products: readonly WholeProduct[], generation: number | null = null) =>
    tx`select put_products(${json(products)}, ${generation})`,
  putStock: (levels: readonly StockLevel[], generation: number | null = null) =>
    tx`select put_stock(${json(levels)}, ${generation})`,
  putSales: (sales: readonly Sale[], generation: number | null = null) =>
    tx`select put_sales(${json(sales)}, ${generation})`,
  cancelSale: (orderId: string) => tx`select cancel_sale(${orderId})`,
});

/** Undefined until the first one has been built. */
export async function livePurchases(sql: Sql): Promise<Live | undefined> {
  const [row] = await sql<Live>`
    select generation,
      coalesce((select max(revision) from products p where p.generation = g.generation), 0) as products,
      coalesce((select max(revision) from stock s where s.generation = g.generation), 0) as stock,
      greatest((select max(told) from sales s where s.generation = g.generation),
        (select max(cancelled) from sales s where s.generation = g.generation), 0) as sales
    from generations g where state = 'live'`;
  return row;
}

/** Of one generation. */
export const learned = (sql: Sql, generation: number) => ({
  /** In the order of their changes, those after `revision`; archived ones too. */
  productsSince: (revision: number, limit: number): Promise<ProjectedProduct[]> => sql<ProjectedProduct>`
    select product_id as id, revision, active, skus,
      array(select c ->> 'slug' from json_array_elements(document -> 'categories') c) as categories,
      exists (select from stock s where s.generation = p.generation and s.sku = any (p.skus) and s.available > 0) as "inStock"
    from products p
    where generation = ${generation} and revision > ${revision} order by revision limit ${limit}`,

  /** In the order of their changes, those after `revision`. */
  stockSince: (revision: number, limit: number): Promise<ProjectedStock[]> => sql<ProjectedStock>`
    select sku, available, revision from stock
    where generation = ${generation} and revision > ${revision} order by revision limit ${limit}`,

  /** In the order of orders, those that counted at `revision`; what was cancelled later is told by `salesSince`. */
  salesUntil: (revision: number, since: Instant, after: string | null, limit: number): Promise<Sale[]> => sql<Sale>`
    select order_id as "orderId", at, lines from sales
    where generation = ${generation} and told <= ${revision} and (cancelled is null or cancelled > ${revision}) and at > ${since}
      and (${after}::uuid is null or order_id > ${after})
    order by order_id limit ${limit}`,

  /** In their order, sales and cancellations after `revision`. */
  salesSince: (revision: number, limit: number): Promise<ProjectedSale[]> => sql<ProjectedSale>`
    (select order_id as "orderId", at, lines, told as revision, false as cancelled from sales
      where generation = ${generation} and told > ${revision} order by told limit ${limit})
    union all
    (select order_id, at, lines, cancelled, true from sales
      where generation = ${generation} and cancelled > ${revision} and at is not null order by cancelled limit ${limit})
    order by revision limit ${limit}`,

  /** Those that are there, in no order. */
  documents: (ids: readonly string[]): Promise<ProjectedDocument[]> => sql<ProjectedDocument>`
    select document,
      array(select coalesce(s.available, 0) from unnest(p.skus) with ordinality v (sku, n)
        left join stock s on s.generation = p.generation and s.sku = v.sku order by n) as available
    from products p where generation = ${generation} and product_id = any (${ids}::uuid[])`,
});
