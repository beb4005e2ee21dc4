import { errors } from "../errors.ts";
import { assertAttributes, type Definition } from "./attributes.ts";
import { categorySlug } from "./category.ts";
import { type Change, change, newProduct, type Product, type VariantInput, withVariant } from "./product.ts";
import { reservedSlugs, slugCandidates } from "./slug.ts";

/** What one line of a file says. What it leaves out stays as it is, or has its default in a new product. */
export type ImportLine = {
  readonly slug?: string;
  /** Of a category that exists. */
  readonly categorySlug?: string;
} & (
  | {
      /** All of a product, every variant of it included. */
      readonly kind: "product";
      readonly fields: Pick<Product, "title" | "description"> &
        Partial<Pick<Product, "brand" | "attributes" | "options">>;
      readonly variants: readonly VariantInput[];
    }
  | {
      /** One variant, and the product around it. */
      readonly kind: "variant";
      /** The first line about this product: its `fields` count. Further lines only add variants; without a slug every line leads. */
      readonly leads: boolean;
      readonly fields: Pick<Product, "title"> & Partial<Pick<Product, "description" | "brand">>;
      readonly variant: VariantInput;
    }
);

/** A category as it is now, and what its products say of themselves. */
type Shelved = { readonly slug: string; readonly path: string; readonly definitions: readonly Definition[] };

/** Where a new product goes whose line names no category. */
export const defaultCategory = "Other";

/**
 * The products a batch of lines speaks of, as they are and as the lines make them. A slug that a batch frees stays taken until the next
 * one, so that the batch can be written in any order.
 */
export class Shelf {
  readonly #stored: ReadonlyMap<string, Product>;
  readonly #byId = new Map<string, Product>();
  readonly #bySku = new Map<string, Product>();
  readonly #bySlug = new Map<string, Product>();
  readonly #slugs: Set<string>;
  readonly #categories: ReadonlyMap<string, Shelved>;

  /**
   * @param products all that have a SKU or slug of the lines  @param slugs those that are taken, of the ones the lines may want
   * @param categories by the slug that their reference makes
   */
  constructor(products: readonly Product[], slugs: ReadonlySet<string>, categories: ReadonlyMap<string, Shelved>) {
    this.#stored = new Map(products.map((product) => [product.id, product]));
    this.#slugs = new Set(slugs);
    this.#categories = categories;
    for (const product of products) this.#put(product);
  }

  /** Each at the version after the one it was found at, however many lines changed it. */
  changed(): Product[] {
    return [...this.#byId.values()]
      .filter((product) => product !== this.#stored.get(product.id))
      .map((product) => ({ ...product, version: (this.#stored.get(product.id)?.version ?? 0) + 1 }));
  }

  /** @throws ServiceError what makes the line impossible; then it has changed nothing */
  apply(line: ImportLine, newId: () => string): "created" | "updated" | "unchanged" {
    const before = line.kind === "product" ? this.#productOf(line) : this.#productAround(line);
    const after = before ? change(before, this.#changeOf(line, before)) : this.#create(line, newId());
    if (after === before) return "unchanged";
    if (line.kind === "product" || !before) assertAttributes(this.#definitionsOf(after), after.attributes);
    this.#put(after);
    return before ? "updated" : "created";
  }

  #productOf({ slug, variants }: ImportLine & { kind: "product" }): Product | undefined {
    const owners = variants.map(({ sku }) => this.#bySku.get(sku)).filter((owner) => owner !== undefined);
    const product = (slug === undefined ? undefined : this.#bySlug.get(slug)) ?? owners[0];
    for (const { sku } of variants) {
      const owner = this.#bySku.get(sku);
      if (owner && owner !== product) throw errors.SkuTaken({ sku, product: owner.slug });
    }
    return product;
  }

  #productAround({ slug, variant: { sku } }: ImportLine & { kind: "variant" }): Product | undefined {
    const owner = this.#bySku.get(sku);
    if (slug === undefined) return owner;
    const product = this.#bySlug.get(slug);
    if (owner && owner !== product) throw errors.SkuTaken({ sku, product: owner.slug });
    return product;
  }

  #changeOf(line: ImportLine, before: Product): Change {
    const fields = { ...line.fields, ...this.#categoryOf(line.categorySlug) };
    if (line.kind === "variant") {
      const { slug, leads, variant } = line;
      const old = before.variants.find(({ sku }) => sku === variant.sku);
      // What the file has no column for stays as it is.
      const variants = withVariant(before.variants, { ...old, ...variant });
      // A line without a slug knows only its own variant: where there are others, the product is not its to rename.
      const alone = before.variants.length === 1 && old !== undefined;
      return leads && (slug !== undefined || alone) ? { ...fields, variants } : { variants };
    }
    const { slug = before.slug, variants } = line;
    return { ...fields, variants, slug: slug === before.slug ? slug : this.#free(slug) };
  }

  #create(line: ImportLine, id: string): Product {
    const variants = line.kind === "product" ? line.variants : [line.variant];
    const { title } = line.fields;
    const slug =
      line.slug === undefined
        ? (slugCandidates({ id, title, sku: variants[0]?.sku ?? "" }).find((slug) => this.#isFree(slug)) ?? id)
        : this.#free(line.slug);
    const category = this.#categoryOf(line.categorySlug ?? categorySlug(defaultCategory));
    return newProduct({ description: "", ...line.fields, ...category, id, slug, variants });
  }

  #categoryOf(slug: string): Pick<Product, "category" | "categorySlug">;
  #categoryOf(slug: string | undefined): Partial<Pick<Product, "category" | "categorySlug">>;
  #categoryOf(slug: string | undefined) {
    if (slug === undefined) return {};
    const { slug: categorySlug = slug, path: category = slug } = this.#categories.get(slug) ?? {};
    return { categorySlug, category };
  }

  #definitionsOf = ({ categorySlug }: Product) =>
    [...this.#categories.values()].find(({ slug }) => slug === categorySlug)?.definitions ?? [];

  #isFree = (slug: string) => !this.#slugs.has(slug) && !reservedSlugs.has(slug);

  #free(slug: string): string {
    if (!this.#isFree(slug)) throw errors.SlugTaken({ slug });
    return slug;
  }

  #put(product: Product): void {
    for (const { sku } of this.#byId.get(product.id)?.variants ?? []) this.#bySku.delete(sku);
    this.#byId.set(product.id, product);
    this.#bySlug.set(product.slug, product);
    this.#slugs.add(product.slug);
    for (const { sku } of product.variants) this.#bySku.set(sku, product);
  }
}
