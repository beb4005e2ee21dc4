import type { Sql } from "@souk/postgres";
import type { Product } from "../contract.ts";
import { categorySlug } from "../domain/category.ts";
import { prefixQuery } from "../domain/words.ts";
import { type DocumentRow, documentOf } from "./products.ts";

export type Search = {
  readonly q?: string;
  readonly category?: string;
  readonly brand?: string;
  /** Of any variant, minor units. */
  readonly minPrice?: number;
  readonly maxPrice?: number;
  readonly currency?: string;
  readonly inStock?: boolean;
  /** Default `relevance` with `q`, `newest` without. */
  readonly sort?: "relevance" | "newest" | "price" | "-price" | "title" | "-title";
  readonly page: number;
  readonly limit: number;
};
type Facet = { value: string; name: string; count: number };
type Found = { items: DocumentRow[]; total: number; category: Facet[]; brand: Facet[] };

/**
 * One statement: the matches, a page of them, and how they spread over categories and brands. A facet is counted without its own
 * filter, so that a shopper sees where else to look. Brands beyond the 50 most frequent are not listed.
 */
export async function searchProducts(
  sql: Sql,
  search: Search,
): Promise<{ items: Product[]; total: number; facets: { category: Facet[]; brand: Facet[] } }> {
  const {
    category,
    brand = null,
    minPrice = null,
    maxPrice = null,
    currency = null,
    inStock = null,
    page,
    limit,
  } = search;
  const words = search.q === undefined ? null : prefixQuery(search.q);
  const sort = search.sort ?? (search.q === undefined ? "newest" : "relevance");
  const slug = category === undefined ? null : categorySlug(category);
  const [found] = await sql<Found>`
    with wanted as (select to_tsquery('english', ${words}) as query),
    matches as materialized (
      select p.product_id, p.category, p.brand, p.title, p.created_at, v.lowest,
        case when ${words}::text is not null then ts_rank(p.words, wanted.query) end as rank,
        ${slug}::text is null or exists (
          select from categories c join categories top on top.slug = ${slug}
          where c.slug = p.category and (c.slug = top.slug or starts_with(c.path, top.path || ' > '))) as in_category,
        ${brand}::text is null or lower(p.brand) is not distinct from lower(${brand}) as of_brand
      from products p cross join wanted
        cross join lateral (
          select min(v.amount) as lowest,
            bool_or((${minPrice}::bigint is null or v.amount >= ${minPrice}) and (${maxPrice}::bigint is null or v.amount <= ${maxPrice})
              and (${currency}::text is null or v.currency = ${currency})) as priced,
            bool_or(coalesce(s.available, 0) > 0) as stocked
          from variants v left join stock s using (sku) where v.product_id = p.product_id) v
      where p.status = 'active' and (${words}::text is null or p.words @@ wanted.query)
        and v.priced and (${inStock}::boolean is null or v.stocked = ${inStock})
    ), hits as (
      select product_id, row_number() over (order by
          case when ${sort} = 'relevance' then rank end desc nulls last,
          case when ${sort} = 'price' then lowest end, case when ${sort} = '-price' then lowest end desc,
          case when ${sort} = 'title' then lower(title) end, case when ${sort} = '-title' then lower(title) end desc,
          created_at desc, product_id desc) as place
      from matches where in_category and of_brand
    ), shown as (
      select product_id, place from hits order by place limit ${limit} offset ${(page - 1) * limit}
    )
    select
      (select count(*) from hits) as total,
      coalesce((select json_agg(json_build_object('id', d.id, 'slug', d.slug, 'title', d.title, 'description', d.description,
          'category', d.category, 'categorySlug', d.category_slug, 'brand', d.brand, 'brandSlug', d.brand_slug, 'attributes', d.attributes,
          'options', d.options, 'images', d.images, 'status', d.status, 'variants', d.variants, 'version', d.version, 'createdAt', iso(d.created_at), 'updatedAt', iso(d.updated_at)) order by place)
        from shown join product_documents d on d.id = shown.product_id), '[]') as items,
      coalesce((select json_agg(json_build_object('value', slug, 'name', path, 'count', count) order by count desc, slug)
        from (select c.slug, c.path, count(*) from matches m join categories c on c.slug = m.category where of_brand group by c.slug) f), '[]') as category,
      coalesce((select json_agg(json_build_object('value', brand, 'name', brand, 'count', count) order by count desc, brand)
        from (select brand, count(*) from matches where in_category and brand is not null group by brand
          order by count(*) desc, brand limit 50) f), '[]') as brand`;
  if (!found) throw new Error("a search always answers, and did not");
  const { items, total, ...facets } = found;
  return { items: items.map(documentOf), total, facets };
}
