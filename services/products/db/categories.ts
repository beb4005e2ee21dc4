import { json, type Sql } from "@souk/postgres";
import type { Category } from "../domain/category.ts";

type Listed = Category & { readonly products: number };

export const categoryTable = (sql: Sql) => ({
  /** Adds those that are not there yet. @returns the paths of all of them, by slug; a category keeps the name it was first given */
  async ensure(categories: readonly Category[]): Promise<Map<string, string>> {
    const slugs = categories.map(({ slug }) => slug);
    const known = await sql<{
      slug: string;
      path: string;
    }>`select slug, path from categories where slug = any (${slugs})`;
    const paths = new Map(known.map(({ slug, path }) => [slug, path]));
    const added = categories.filter(({ slug }) => !paths.has(slug));
    if (added.length > 0) {
      await sql`
        insert into categories (slug, name, path, parent)
        select slug, name, path, parent from json_to_recordset(${json(added)}) as r (slug text, name text, path text, parent text)
        on conflict do nothing`;
      for (const { slug, path } of added) if (!paths.has(slug)) paths.set(slug, path);
    }
    return paths;
  },

  /** In the order of their paths, so that each comes after its parent. */
  async page({ page, limit }: { page: number; limit: number }) {
    const [items, [count]] = await Promise.all([
      sql<Listed>`
        select c.slug, c.name, c.path, c.parent,
          (select count(*) from products p join categories d on d.slug = p.category
            where p.status = 'active' and (d.slug = c.slug or starts_with(d.path, c.path || ' > '))) as products
        from categories c order by c.path collate "C", c.slug limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`select count(*) as total from categories`,
    ]);
    return { items, total: count?.total ?? 0 };
  },
});
