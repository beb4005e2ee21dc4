import type { Instant } from "@souk/kernel";
import { json, type Sql } from "@souk/postgres";
import type { Promotion } from "../domain/promotion.ts";

export type StoredPromotion = Promotion & { readonly createdAt: Instant; readonly updatedAt: Instant };

export type Named = { readonly skus: readonly string[]; readonly categories: readonly string[] };

export const promotionTable = (sql: Sql) => ({
  /** Undefined when there is no such promotion. */
  async find(id: string): Promise<StoredPromotion | undefined> {
    const [row] = await sql<StoredPromotion>`
      select promotion_id as id, name, code, effect, conditions, limits, status, version, created_at as "createdAt", updated_at as "updatedAt"
      from promotions where promotion_id = ${id}`;
    return row;
  },

  /** The active one that has the code; undefined when it is free. */
  async having(code: string): Promise<string | undefined> {
    const [row] = await sql<{ id: string }>`
      select promotion_id as id from promotions where code = ${code} and status = 'active'`;
    return row?.id;
  },

  /** Of what a promotion names, what the catalogue has not. Archived products' SKUs are known. */
  async unknown({ skus, categories }: Named): Promise<Named> {
    const [row] = await sql<Named>`
      select
        (select coalesce(array_agg(sku), '{}') from unnest(${skus}::text[]) sku where not exists (select from variants v where v.sku = sku.sku)) as skus,
        (select coalesce(array_agg(slug), '{}') from unnest(${categories}::text[]) slug
          where not exists (select from categories c where c.slug = slug.slug)) as categories`;
    return row ?? { skus: [], categories: [] };
  },

  async save(promotion: Promotion, at: Instant): Promise<StoredPromotion> {
    const { id, name, code, effect, conditions, limits, status, version } = promotion;
    const [row] = await sql<{ createdAt: Instant }>`
      insert into promotions (promotion_id, name, code, effect, conditions, limits, status, version, created_at, updated_at)
      values (${id}, ${name}, ${code}, ${json(effect)}, ${json(conditions)}, ${json(limits)}, ${status}, ${version}, ${at}, ${at})
      on conflict (promotion_id) do update set name = excluded.name, code = excluded.code, effect = excluded.effect,
        conditions = excluded.conditions, limits = excluded.limits, status = excluded.status, version = excluded.version,
        updated_at = excluded.updated_at
      returning created_at as "createdAt"`;
    return { ...promotion, createdAt: row?.createdAt ?? at, updatedAt: at };
  },

  /** Newest first. */
  async page(filter: { status?: string | undefined; code?: string | undefined; page: number; limit: number }) {
    const { status = null, code = null, page, limit } = filter;
    const [items, [count]] = await Promise.all([
      sql<StoredPromotion>`
        select promotion_id as id, name, code, effect, conditions, limits, status, version, created_at as "createdAt", updated_at as "updatedAt"
        from promotions
        where (${status}::text is null or status = ${status}) and (${code}::text is null or code = ${code})
        order by created_at desc, promotion_id desc limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from promotions
        where (${status}::text is null or status = ${status}) and (${code}::text is null or code = ${code})`,
    ]);
    return { items, total: count?.total ?? 0 };
  },
});
