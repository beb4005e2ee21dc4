import type { Instant } from "@souk/kernel";
import { json, type Sql } from "@souk/postgres";
import type { TaxRate } from "../domain/tax-rate.ts";

export type StoredTaxRate = TaxRate & { readonly createdAt: Instant; readonly updatedAt: Instant };

export const taxRateTable = (sql: Sql) => ({
  /** Undefined when there is no such rate. */
  async find(id: string): Promise<StoredTaxRate | undefined> {
    const [row] = await sql<StoredTaxRate>`
      select tax_rate_id as id, code, name, country, region, percent::float8 as percent, tax_classes as "taxClasses", included, shipping,
        replaces, exempt_groups as "exemptGroups", status, version, created_at as "createdAt", updated_at as "updatedAt"
      from tax_rates where tax_rate_id = ${id}`;
    return row;
  },

  /** The active one that has the code; undefined when it is free. */
  async having(code: string): Promise<string | undefined> {
    const [row] = await sql<{ id: string }>`
      select tax_rate_id as id from tax_rates where code = ${code} and status = 'active'`;
    return row?.id;
  },

  async save(rate: TaxRate, at: Instant): Promise<StoredTaxRate> {
    const { id, code, name, country, region, percent, taxClasses, included, shipping, replaces, exemptGroups } = rate;
    const [row] = await sql<{ createdAt: Instant }>`
      insert into tax_rates (tax_rate_id, code, name, country, region, percent, tax_classes, included, shipping, replaces, exempt_groups,
        status, version, created_at, updated_at)
      values (${id}, ${code}, ${name}, ${country}, ${region}, ${percent}::float8, ${json(taxClasses)}, ${included}, ${shipping}, ${replaces},
        ${json(exemptGroups)}, ${rate.status}, ${rate.version}, ${at}, ${at})
      on conflict (tax_rate_id) do update set name = excluded.name, percent = excluded.percent, tax_classes = excluded.tax_classes,
        included = excluded.included, shipping = excluded.shipping, replaces = excluded.replaces, exempt_groups = excluded.exempt_groups,
        status = excluded.status, version = excluded.version, updated_at = excluded.updated_at
      returning created_at as "createdAt"`;
    return { ...rate, createdAt: row?.createdAt ?? at, updatedAt: at };
  },

  /** By country, its own rates before its regions'. */
  async page(filter: { country?: string | undefined; status?: string | undefined; page: number; limit: number }) {
    const { country = null, status = null, page, limit } = filter;
    const [items, [count]] = await Promise.all([
      sql<StoredTaxRate>`
        select tax_rate_id as id, code, name, country, region, percent::float8 as percent, tax_classes as "taxClasses", included, shipping,
          replaces, exempt_groups as "exemptGroups", status, version, created_at as "createdAt", updated_at as "updatedAt"
        from tax_rates
        where (${country}::text is null or country = ${country}) and (${status}::text is null or status = ${status})
        order by country, region nulls first, code, tax_rate_id limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from tax_rates
        where (${country}::text is null or country = ${country}) and (${status}::text is null or status = ${status})`,
    ]);
    return { items, total: count?.total ?? 0 };
  },
});
