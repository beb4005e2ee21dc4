import { type Instant, nilUuid } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";
import type { Product as Document } from "../contract.ts";
import type { Product } from "../domain/product.ts";

/**
 * Everything that writes the catalogue takes turns, each until the end of its transaction: products are written rarely, and what a
 * writer looks up (is this SKU free, is this slug, is there such a category) then still holds when it writes.
 */
export async function takeTurn(tx: Tx): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('catalogue', 0))`;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Optional = "brand" | "brandSlug" | "options" | "images";
export type DocumentRow = Omit<Document, Optional> & { readonly [K in Optional]: NonNullable<Document[K]> | null };

/** As it is answered: what is absent is absent, not null. */
export const documentOf = ({ brand, brandSlug, options, images, ...document }: DocumentRow): Document => ({
  ...document,
  ...(brand !== null && { brand }),
  ...(brandSlug !== null && { brandSlug }),
  ...(options !== null && { options }),
  ...(images !== null && { images }),
});

/** `brandSlug` null: it has no brand, or one whose name has no letter or digit. */
export type Saved = { readonly createdAt: Instant; readonly brandSlug: string | null };

export const productTable = (sql: Sql) => ({
  /** Undefined when there is no such product. Archived ones are found. */
  async find(idOrSlug: string): Promise<Document | undefined> {
    const [row] = await sql<DocumentRow>`
      select id, slug, title, description, category, category_slug as "categorySlug", brand, brand_slug as "brandSlug", attributes, options, images,
        status, variants, version,
        created_at as "createdAt", updated_at as "updatedAt"
      from product_documents
      where id = coalesce((select product_id from products where slug = ${idOrSlug}), ${uuid.test(idOrSlug) ? idOrSlug : null}::uuid)`;
    return row && documentOf(row);
  },

  /** Those that have one of the ids, slugs or SKUs. */
  async having(keys: {
    ids?: readonly string[];
    slugs?: readonly string[];
    skus?: readonly string[];
  }): Promise<Product[]> {
    const { ids = [], slugs = [], skus = [] } = keys;
    const rows = await sql<DocumentRow>`
      select id, slug, title, description, category, category_slug as "categorySlug", brand, brand_slug as "brandSlug", attributes, options, images,
        status, variants, version
      from product_documents
      where id in (
        select product_id from products where product_id = any (${ids}::uuid[])
        union select product_id from products where slug = any (${slugs})
        union select product_id from variants where sku = any (${skus}))`;
    return rows.map(productOf);
  },

  /** Which of the slugs belong to a product. */
  async slugsTaken(slugs: readonly string[]): Promise<Set<string>> {
    const rows = await sql<{ slug: string }>`select slug from products where slug = any (${slugs})`;
    return new Set(rows.map(({ slug }) => slug));
  },

  /**
   * Writes products whole, new or not; the variants they no longer have are deleted. Their SKUs and slugs must be free.
   * @returns when each was created and under what address its brand is, by id
   */
  async save(products: readonly Product[], at: Instant): Promise<ReadonlyMap<string, Saved>> {
    const rows = json(
      products.map(({ images: _images, ...product }) => ({
        ...product,
        skuWords: skuWords(product),
      })),
    );
    const variants = json(
      products.flatMap(({ id, variants }) =>
        variants.map(({ price, ...variant }, position) => ({ ...variant, ...price, productId: id, position })),
      ),
    );
    const [saved] = await Promise.all([
      sql<Saved & { id: string }>`
        insert into products (product_id, slug, title, description, category, brand, brand_slug, attributes, options, status, version,
          created_at, updated_at, words)
        select id, slug, title, description, "categorySlug", brand,
          (select b.slug from brands b where b.name = r.brand), attributes, options, status, version, ${at}, ${at},
          setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('simple', "skuWords"), 'A')
            || setweight(to_tsvector('english', coalesce(brand, '')), 'B') || to_tsvector('english', description)
        from json_to_recordset(${rows}) as r (id uuid, slug text, title text, description text, "categorySlug" text, brand text,
          attributes jsonb, options jsonb, status text, version integer, "skuWords" text)
        on conflict (product_id) do update set slug = excluded.slug, title = excluded.title, description = excluded.description,
          category = excluded.category, brand = excluded.brand, brand_slug = excluded.brand_slug, attributes = excluded.attributes,
          options = excluded.options, status = excluded.status,
          version = excluded.version, updated_at = excluded.updated_at, words = excluded.words
        returning product_id as id, created_at as "createdAt", brand_slug as "brandSlug"`,
      sql`
        delete from variants v
        where v.product_id in (select id from json_to_recordset(${rows}) as r (id uuid))
          and v.sku not in (select sku from json_to_recordset(${variants}) as r (sku text))`,
      sql`
        insert into variants (sku, product_id, position, title, options, amount, currency, weight_grams, tax_class, image)
        select sku, "productId", position, title, options, amount, currency, "weightGrams", "taxClass", image
        from json_to_recordset(${variants}) as r (sku text, "productId" uuid, position integer, title text, options jsonb, amount bigint,
          currency text, "weightGrams" integer, "taxClass" text, image text)
        on conflict (sku) do update set product_id = excluded.product_id, position = excluded.position, title = excluded.title,
          options = excluded.options, amount = excluded.amount, currency = excluded.currency, weight_grams = excluded.weight_grams,
          tax_class = excluded.tax_class, image = excluded.image`,
    ]);
    return new Map(saved.map(({ id, ...known }) => [id, known]));
  },

  async isAnyUntold(): Promise<boolean> {
    const [row] = await sql<{ any: boolean }>`select exists (select from untold) as any`;
    return row?.any ?? false;
  },

  /** Takes up to `limit` products that are to be told anew; call it in the transaction that tells them. */
  async takeUntold(limit: number): Promise<string[]> {
    const rows = await sql<{ id: string }>`
      delete from untold where product_id in (select product_id from untold order by product_id limit ${limit}) returning product_id as id`;
    return rows.map(({ id }) => id);
  },

  /** In the order of ids, those after `after`; archived ones too. */
  async after(after: string | null, limit: number): Promise<Document[]> {
    const rows = await sql<DocumentRow>`
      select id, slug, title, description, category, category_slug as "categorySlug", brand, brand_slug as "brandSlug", attributes, options, images,
        status, variants, version,
        created_at as "createdAt", updated_at as "updatedAt"
      from product_documents
      where id > ${after ?? nilUuid} order by id limit ${limit}`;
    return rows.map(documentOf);
  },
});

/** A SKU's parts, to be found by any of them: `TEE-01/M` → `TEE 01 M`. */
const skuWords = ({ variants }: Product) => variants.map(({ sku }) => sku.replace(/[^A-Za-z0-9]+/g, " ")).join(" ");

function productOf(document: DocumentRow): Product {
  const {
    brand,
    brandSlug: _slug,
    options,
    images,
    variants,
    createdAt: _created,
    updatedAt: _updated,
    ...row
  } = document;
  return {
    ...row,
    ...(brand !== null && { brand }),
    ...(options !== null && { options }),
    ...(images !== null && { images }),
    variants: variants.map(({ available: _available, inStock: _inStock, ...variant }) => variant),
  };
}
