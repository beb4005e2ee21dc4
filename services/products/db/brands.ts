import { json, type Sql, type Tx } from "@souk/postgres";
import { slugify } from "../domain/slug.ts";

type Row = {
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly website: string | null;
  readonly products: number;
};

export const brandTable = (sql: Sql) => ({
  /**
   * Finds brands by their name or by the slug that it makes, and adds those that are not there yet.
   * @returns what each is called, by the name that was given: as it was called first, or renamed to since
   */
  async ensure(names: readonly string[]): Promise<Map<string, string>> {
    const wanted = new Map(
      names.map((name) => [name, slugify(name)]).filter(([, slug]) => slug !== "") as [string, string][],
    );
    if (wanted.size === 0) return new Map();
    const known = await sql<{ slug: string; name: string }>`
      select slug, name from brands where slug = any (${[...wanted.values()]}) or name = any (${[...wanted.keys()]})`;
    const bySlug = new Map(known.map(({ slug, name }) => [slug, name]));
    const byName = new Set(known.map(({ name }) => name));
    const added: { slug: string; name: string }[] = [];
    for (const [name, slug] of wanted) {
      if (byName.has(name) || bySlug.has(slug)) continue;
      bySlug.set(slug, name);
      added.push({ slug, name });
    }
    if (added.length > 0)
      await sql`
        insert into brands (slug, name) select slug, name from json_to_recordset(${json(added)}) as r (slug text, name text)
        on conflict do nothing`;
    return new Map([...wanted].map(([name, slug]) => [name, byName.has(name) ? name : (bySlug.get(slug) ?? name)]));
  },

  /** Returns whether another brand is called that. */
  async isTaken(name: string, slug: string): Promise<boolean> {
    const rows = await sql`select from brands where name = ${name} and slug <> ${slug}`;
    return rows.length > 0;
  },

  async page({ page, limit }: { page: number; limit: number }) {
    const [items, [count]] = await Promise.all([
      sql<Row>`
        select slug, name, description, website,
          (select count(*) from products p where p.brand_slug = b.slug and p.status = 'active') as products
        from brands b order by lower(name), slug limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`select count(*) as total from brands`,
    ]);
    return { items, total: count?.total ?? 0 };
  },

  async find(slug: string): Promise<Row | undefined> {
    const [row] = await sql<Row>`
      select slug, name, description, website,
        (select count(*) from products p where p.brand_slug = b.slug and p.status = 'active') as products
      from brands b where slug = ${slug}`;
    return row;
  },
});

/** Adds a brand or describes it anew. What its products are called changes with it, and is told. */
export async function putBrand(
  tx: Tx,
  slug: string,
  {
    name,
    description = "",
    website = null,
  }: { name: string; description?: string | undefined; website?: string | null | undefined },
): Promise<void> {
  await tx`
    insert into brands (slug, name, description, website) values (${slug}, ${name}, ${description}, ${website})
    on conflict (slug) do update set name = excluded.name, description = excluded.description, website = excluded.website`;
  await tx`
    with renamed as (update products set brand = ${name} where brand_slug = ${slug} and brand <> ${name} returning product_id)
    insert into untold select product_id from renamed on conflict do nothing`;
}
