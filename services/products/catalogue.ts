import type { Instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db, Tx } from "@souk/postgres";
import {
  type Product as Document,
  type ProductChange,
  type ProductFact,
  type ProductInput,
  products,
} from "./contract.ts";
import { brandTable } from "./db/brands.ts";
import { categoryTable, type Lineage, lineages, writable } from "./db/categories.ts";
import { productTable, type Saved, takeTurn } from "./db/products.ts";
import { assertAttributes } from "./domain/attributes.ts";
import { categoryLevels, categorySlug } from "./domain/category.ts";
import { change, newProduct, type Product } from "./domain/product.ts";
import { reservedSlugs, slugCandidates } from "./domain/slug.ts";
import { errors } from "./errors.ts";

export type CatalogueDeps = {
  readonly db: Db;
  readonly publish: Publish;
  readonly now: () => Instant;
  readonly newId: () => string;
};

/** Writes products one at a time. Each change commits with the event that tells of it. */
export const catalogue = ({ db, publish, now, newId }: CatalogueDeps) => ({
  /** @throws ServiceError `SkuTaken`, `SlugTaken`, `SkuRepeated`, `CategoryNameless`, `OptionsInvalid`, `AttributesInvalid` */
  create: (input: ProductInput): Promise<Document> =>
    db.tx(async (tx) => {
      await takeTurn(tx);
      const id = newId();
      const { slug, category, brand, ...rest } = input;
      await assertFree(tx, id, input);
      const product = newProduct({
        ...rest,
        ...(brand !== undefined && { brand: await calledAs(tx, brand) }),
        ...(await placeIn(tx, category)),
        id,
        slug: slug ?? (await firstFree(tx, id, input)),
      });
      await assertFits(tx, product);
      await save(tx, publish, [product], now());
      return read(tx, id);
    }),

  /** @throws ServiceError the same, `NotFound` and `VersionConflict` */
  change: (id: string, { version, category, brand, ...rest }: ProductChange): Promise<Document> =>
    db.tx(async (tx) => {
      await takeTurn(tx);
      const [before] = await productTable(tx).having({ ids: [id] });
      if (!before) throw errors.NotFound({ idOrSlug: id });
      if (version !== undefined && version !== before.version)
        throw errors.VersionConflict({ id, expected: version, actual: before.version });
      await assertFree(tx, id, rest);
      const place = category === undefined ? {} : await placeIn(tx, category);
      const called = brand === undefined ? {} : { brand: brand && (await calledAs(tx, brand)) };
      const after = change(before, { ...rest, ...called, ...place });
      if (after !== before) {
        if (rest.attributes !== undefined || category !== undefined) await assertFits(tx, after);
        await save(tx, publish, [after], now());
        if (after.status === "archived" && before.status !== "archived") await tellArchived(tx, publish, after);
      }
      return read(tx, id);
    }),
});

/** Writes products and tells of them. */
export async function save(tx: Tx, publish: Publish, changed: readonly Product[], at: Instant): Promise<void> {
  const [saved, lines] = await Promise.all([
    productTable(tx).save(changed, at),
    lineages(tx, [...new Set(changed.map(({ categorySlug }) => categorySlug))]),
  ]);
  await Promise.all(
    changed.map((product) =>
      publish(tx, products.events.changed, {
        subject: product.id,
        sequence: product.version,
        data: factOf(
          { ...product, createdAt: at, brandSlug: null, ...saved.get(product.id), updatedAt: at },
          lines.get(product.categorySlug),
        ),
      }),
    ),
  );
}

/** A product as the others are told of it. @param line of its category */
export function factOf(
  { id, variants, options, images, brandSlug, ...product }: Product & Saved & { updatedAt: Instant },
  line: Lineage | undefined,
): ProductFact {
  const { levels = [], definitions = [] } = line ?? {};
  return {
    ...product,
    productId: id,
    categories: [...levels],
    ...(brandSlug !== null && { brandSlug }),
    ...(definitions.length > 0 && { attributeDefinitions: definitions.map(writable) }),
    ...(options && { options: options.map(({ name, values }) => ({ name, values: [...values] })) }),
    ...(images && { images: [...images] }),
    variants: [...variants],
  };
}

const tellArchived = (tx: Tx, publish: Publish, { id, slug, version, variants }: Product) =>
  publish(tx, products.events.archived, {
    subject: id,
    sequence: version,
    data: { productId: id, slug, version, skus: variants.map(({ sku }) => sku) },
  });

async function read(tx: Tx, id: string): Promise<Document> {
  const document = await productTable(tx).find(id);
  if (!document) throw new Error("a product is gone within the transaction that wrote it");
  return document;
}

/** @throws ServiceError when another product has the slug or one of the SKUs */
async function assertFree(
  tx: Tx,
  id: string,
  { slug, variants = [] }: Pick<ProductChange, "slug" | "variants">,
): Promise<void> {
  if (slug !== undefined && reservedSlugs.has(slug)) throw errors.SlugTaken({ slug });
  const skus = variants.map(({ sku }) => sku);
  const others = await productTable(tx).having({ skus, slugs: slug === undefined ? [] : [slug] });
  for (const other of others.filter((other) => other.id !== id)) {
    const taken = other.variants.find(({ sku }) => skus.includes(sku));
    if (taken) throw errors.SkuTaken({ sku: taken.sku, product: other.slug });
    if (slug !== undefined) throw errors.SlugTaken({ slug });
  }
}

async function firstFree(tx: Tx, id: string, { title, variants }: ProductInput): Promise<string> {
  const candidates = slugCandidates({ id, title, sku: variants[0]?.sku ?? "" });
  const taken = await productTable(tx).slugsTaken(candidates);
  return candidates.find((slug) => !taken.has(slug) && !reservedSlugs.has(slug)) ?? id;
}

async function placeIn(tx: Tx, reference: string): Promise<Pick<Product, "category" | "categorySlug">> {
  const levels = categoryLevels(reference);
  const slug = categorySlug(reference);
  const place = (await categoryTable(tx).ensure(levels)).get(slug);
  return { categorySlug: place?.slug ?? slug, category: place?.path ?? slug };
}

/** A brand keeps the name that it was first given. */
const calledAs = async (tx: Tx, brand: string): Promise<string> =>
  (await brandTable(tx).ensure([brand])).get(brand) ?? brand;

/** @throws ServiceError `AttributesInvalid` when it does not say of itself what its category asks for */
async function assertFits(tx: Tx, { categorySlug, attributes }: Product): Promise<void> {
  assertAttributes((await lineages(tx, [categorySlug])).get(categorySlug)?.definitions ?? [], attributes);
}
