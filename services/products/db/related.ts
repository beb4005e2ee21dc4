import { json, type Sql, type Tx } from "@souk/postgres";

type Kind = "related" | "accessory" | "alternative";
type Row = {
  readonly id: string;
  readonly kind: Kind;
  readonly slug: string;
  readonly title: string;
  readonly status: "active" | "archived";
};
export type Link = { readonly id: string; readonly kind: Kind };

export const relatedTable = (sql: Sql) => ({
  /** In their order, without what is archived. */
  of: (productId: string): Promise<Row[]> =>
    sql<Row>`
      select p.product_id as id, r.kind, p.slug, p.title, p.status from related_products r join products p on p.product_id = r.related_id
      where r.product_id = ${productId} and p.status = 'active' order by r.position`,
});

export async function setRelated(tx: Tx, productId: string, links: readonly Link[]): Promise<void> {
  await tx`delete from related_products where product_id = ${productId}`;
  const rows = json(links.map((link, position) => ({ ...link, position })));
  await tx`
    insert into related_products (product_id, related_id, kind, position)
    select ${productId}, id, kind, position from json_to_recordset(${rows}) as r (id uuid, kind text, position integer)`;
}
