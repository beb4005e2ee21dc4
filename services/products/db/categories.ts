import { json, type Sql, type Tx } from "@souk/postgres";
import type { AttributeDefinition, CategoryDocument } from "../contract/categories.ts";
import { type Definition, effective } from "../domain/attributes.ts";
import type { Category } from "../domain/category.ts";

type Listed = Category & { readonly products: number };
export type Place = Pick<Category, "slug" | "path">;

export const categoryTable = (sql: Sql) => ({
  /**
   * Finds categories by their path or the slug that it had, and adds those that are not there yet: one that was moved or renamed is found
   * by what it was called, too. @returns what each is now, by the slug that its reference makes
   */
  async ensure(categories: readonly Category[]): Promise<Map<string, Place>> {
    const slugs = categories.map(({ slug }) => slug);
    const paths = categories.map(({ path }) => path);
    const known = await sql<Place>`
      select slug, path from categories where slug = any (${slugs}) or path = any (${paths})`;
    const bySlug = new Map(known.map((place) => [place.slug, place]));
    const byPath = new Map(known.map((place) => [place.path, place]));
    const found = new Map<string, Place>();
    const added: Category[] = [];
    for (const category of categories) {
      const { slug, name, path, parent } = category;
      if (found.has(slug)) continue;
      const there = byPath.get(path) ?? bySlug.get(slug);
      if (there) {
        found.set(slug, there);
        continue;
      }
      const above = parent === null ? undefined : found.get(parent);
      const place = { slug, path: above ? `${above.path} > ${name}` : path };
      found.set(slug, place);
      added.push({ ...place, name, parent: above?.slug ?? null });
    }
    if (added.length > 0) {
      await sql`
        insert into categories (slug, name, path, parent)
        select slug, name, path, parent from json_to_recordset(${json(added)}) as r (slug text, name text, path text, parent text)
        on conflict do nothing`;
    }
    return found;
  },

  /** Each after its parent, siblings in their order. */
  async page({ page, limit }: { page: number; limit: number }) {
    const [items, [count]] = await Promise.all([
      sql<Listed>`
        with recursive tree as (
          select slug, name, path, parent, array[lpad(position::text, 6, '0') || name] as place from categories where parent is null
          union all
          select c.slug, c.name, c.path, c.parent, t.place || (lpad(c.position::text, 6, '0') || c.name)
          from categories c join tree t on c.parent = t.slug
        )
        select c.slug, c.name, c.path, c.parent,
          (select count(*) from products p join categories d on d.slug = p.category
            where p.status = 'active' and (d.slug = c.slug or starts_with(d.path, c.path || ' > '))) as products
        from tree c order by c.place collate "C", c.slug limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`select count(*) as total from categories`,
    ]);
    return { items, total: count?.total ?? 0 };
  },

  /** Undefined when there is none. */
  async find(slug: string): Promise<CategoryDocument | undefined> {
    type Row = Omit<CategoryDocument, "attributes" | "ancestors">;
    const [[row], lines] = await Promise.all([
      sql<Row>`
        select c.slug, c.name, c.path, c.parent, c.position,
          (select count(*) from products p join categories d on d.slug = p.category
            where p.status = 'active' and (d.slug = c.slug or starts_with(d.path, c.path || ' > '))) as products,
          coalesce((select json_agg(json_build_object('slug', slug, 'name', name) order by position, name, slug)
            from categories d where d.parent = c.slug), '[]') as children
        from categories c where slug = ${slug}`,
      lineages(sql, [slug]),
    ]);
    if (!row) return undefined;
    const { levels = [], definitions = [] } = lines.get(slug) ?? {};
    return { ...row, ancestors: levels.slice(0, -1), attributes: definitions.map(writable) };
  },

  async add({ slug, name, path, parent, position }: Category & { position: number }): Promise<void> {
    await sql`
      insert into categories (slug, name, path, parent, position) values (${slug}, ${name}, ${path}, ${parent}, ${position})`;
  },

  async row(slug: string): Promise<(Category & { readonly position: number }) | undefined> {
    const [row] = await sql<Category & { position: number }>`
      select slug, name, path, parent, position from categories where slug = ${slug}`;
    return row;
  },

  /** Returns whether another category has the path. */
  async isTaken(path: string, slug: string): Promise<boolean> {
    const rows = await sql`select from categories where path = ${path} and slug <> ${slug}`;
    return rows.length > 0;
  },

  /** In characters, of the category with this path and all below it. */
  async longestPath(path: string): Promise<number> {
    const [row] = await sql<{ length: number }>`
      select max(length(path)) as length from categories where path = ${path} or starts_with(path, ${`${path} > `})`;
    return row?.length ?? 0;
  },

  async setAttributes(slug: string, definitions: readonly Definition[]): Promise<void> {
    await sql`update categories set attributes = ${json(definitions)} where slug = ${slug}`;
  },

  /** Returns false when there are products or categories in it, or an active promotion is for it: then it stays. */
  async remove(slug: string): Promise<boolean> {
    const rows = await sql`
      delete from categories c where slug = ${slug}
        and not exists (select from categories where parent = c.slug) and not exists (select from products where category = c.slug)
        and not exists (select from promotions where status = 'active' and conditions->'categories' @> to_jsonb(c.slug))
      returning slug`;
    return rows.length === 1;
  },
});

/** Gives a category another place or name; the paths of all below it follow, and their products are to be told anew. */
export async function moveCategory(tx: Tx, before: Category, after: Category & { position: number }): Promise<void> {
  await tx`
    update categories set name = ${after.name}, parent = ${after.parent}, position = ${after.position} where slug = ${before.slug}`;
  if (after.path === before.path) return;
  await tx`
    update categories set path = ${after.path} || substr(path, length(${before.path}) + 1)
    where path = ${before.path} or starts_with(path, ${`${before.path} > `})`;
  await tellAnew(tx, after.path);
}

/** What products below a path say is not what others were told. */
export const tellAnew = (tx: Tx, path: string) => tx`
  insert into untold select product_id from products p join categories c on c.slug = p.category
  where c.path = ${path} or starts_with(c.path, ${`${path} > `}) order by product_id on conflict do nothing`;

/** As a contract's types have it. */
export const writable = ({ choices, ...definition }: Definition): AttributeDefinition => ({
  ...definition,
  ...(choices && { choices: [...choices] }),
});

export type Lineage = {
  /** From the root down to the category itself. */
  readonly levels: readonly { readonly slug: string; readonly name: string }[];
  /** What its products say of themselves: what holds for its ancestors, and what it says itself. */
  readonly definitions: readonly Definition[];
};

/** Where categories stand, by slug. */
export async function lineages(sql: Sql, slugs: readonly string[]): Promise<Map<string, Lineage>> {
  const rows = await sql<{ of: string; slug: string; name: string; definitions: readonly Definition[] | null }>`
    with recursive up as (
      select slug as below, slug, name, parent, attributes, 0 as distance from categories where slug = any (${slugs})
      union all
      select up.below, c.slug, c.name, c.parent, c.attributes, up.distance + 1 from categories c join up on c.slug = up.parent
    )
    select below as of, slug, name, attributes as definitions from up order by distance desc`;
  const found = new Map<string, { levels: { slug: string; name: string }[]; definitions: (readonly Definition[])[] }>();
  for (const { of, slug, name, definitions } of rows) {
    const line = found.get(of) ?? { levels: [], definitions: [] };
    found.set(of, line);
    line.levels.push({ slug, name });
    if (definitions) line.definitions.push(definitions);
  }
  return new Map(
    [...found].map(([slug, { levels, definitions }]) => [slug, { levels, definitions: effective(definitions) }]),
  );
}
