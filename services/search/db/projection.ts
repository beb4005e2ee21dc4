import type { Instant } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";
import type { WholeProduct } from "@souk/products/contract";

/** What is shown, and how far it has come. */
export type Live = { readonly generation: number; readonly revision: number; readonly synonyms: number };
/** A product with what changes more often. `document` is null when it has not changed since. */
export type ProjectedProduct = {
  readonly id: string;
  readonly revision: number;
  readonly active: boolean;
  readonly document: WholeProduct | null;
  /** Of each variant, in the document's order. */
  readonly available: readonly number[];
  readonly popularity: number;
};
type Sale = {
  readonly orderId: string;
  readonly at: Instant;
  readonly lines: readonly { sku: string; quantity: number }[];
};
/** What of an order is not sold after all. */
type Unsold = { readonly orderId: string; readonly cancelled: Sale["lines"] };
type StockLevel = { readonly sku: string; readonly available: number; readonly sequence: number };

/** What is told goes into every generation that grows, or into one of them. Each keeps what is newer. */
export const projection = (tx: Tx | Sql) => ({
  putProducts: (products: readonly WholeProduct[], generation: number | null = null) =>
    tx`select put_products(${json(products)}, ${generation})`,
  putStock: (levels: readonly StockLevel[], generation: number | null = null) =>
    tx`select put_stock(${json(levels)}, ${generation})`,
  putSales: (sales: readonly Sale[], generation: number | null = null) =>
    tx`select put_sales(${json(sales)}, ${generation})`,
  reduceSales: (unsold: readonly Unsold[], generation: number | null = null) =>
    tx`select reduce_sales(${json(unsold)}, ${generation})`,
  cancelSale: (orderId: string) => tx`select cancel_sale(${orderId})`,

  /** @returns how many orders were added to what sells, or taken off it again */
  async countSales(atMost: number): Promise<number> {
    const [row] = await tx<{ counted: number }>`select count_sales(${atMost}) as counted`;
    return row?.counted ?? 0;
  },
});

/** Undefined until the first one has been built. */
export async function liveCatalogue(sql: Sql): Promise<Live | undefined> {
  const [row] = await sql<Live>`
    select generation,
      greatest((select max(revision) from products p where p.generation = g.generation),
        (select max(revision) from figures f where f.generation = g.generation), 0) as revision,
      (select revision from synonyms_revision) as synonyms
    from generations g where state = 'live'`;
  return row;
}

export const projectedProducts = (sql: Sql, generation: number) => ({
  /** In the order of ids, those after `after` that are on sale. */
  page: (after: string, limit: number): Promise<ProjectedProduct[]> => sql<ProjectedProduct>`
    select product_id as id, p.revision, p.active, p.document,
      array(select coalesce(s.available, 0) from unnest(p.skus) with ordinality v (sku, n)
        left join stock s on s.generation = p.generation and s.sku = v.sku order by n) as available,
      (select coalesce(sum(weight), 0) from sold s where s.generation = p.generation and s.sku = any (p.skus)) as popularity
    from products p
    where p.generation = ${generation} and product_id > ${after} and p.active
    order by product_id limit ${limit}`,

  /** In the order of their changes, those after `revision`; twice when both the document and its figures have changed. */
  changedSince: (revision: number, limit: number): Promise<ProjectedProduct[]> => sql<ProjectedProduct>`
    select product_id as id, c.revision, p.active, case when c.told then p.document end as document,
      array(select coalesce(s.available, 0) from unnest(p.skus) with ordinality v (sku, n)
        left join stock s on s.generation = p.generation and s.sku = v.sku order by n) as available,
      (select coalesce(sum(weight), 0) from sold s where s.generation = p.generation and s.sku = any (p.skus)) as popularity
    from (
        (select product_id, revision, true as told from products
          where generation = ${generation} and revision > ${revision} order by revision limit ${limit})
        union all
        (select product_id, revision, false from figures
          where generation = ${generation} and revision > ${revision} order by revision limit ${limit})
        order by revision limit ${limit}
      ) c join products p using (product_id)
    where p.generation = ${generation} order by c.revision`,

  async documents(ids: readonly string[]): Promise<Map<string, WholeProduct>> {
    const rows = await sql<{ id: string; document: WholeProduct }>`
      select product_id as id, document from products where generation = ${generation} and product_id = any (${ids}::uuid[])`;
    return new Map(rows.map(({ id, document }) => [id, document]));
  },

  /** The product on sale that has this SKU, in whatever case it was typed. */
  async withSku(sku: string): Promise<string | undefined> {
    const [row] = await sql<{ id: string }>`
      select product_id as id from variants v join products p using (generation, product_id)
      where v.generation = ${generation} and upper(v.sku) = upper(${sku}) and p.active limit 1`;
    return row?.id;
  },
});
