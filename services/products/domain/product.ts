import type { Money } from "@souk/kernel";
import { errors } from "../errors.ts";
import { equal } from "./equal.ts";
import { assertMatrix, type OptionSet } from "./options.ts";

export type TaxClass = "standard" | "reduced" | "zero";
export type AttributeValue = string | number | boolean | string[];

export type Variant = {
  readonly sku: string;
  readonly title: string;
  readonly options: Record<string, string>;
  readonly price: Money;
  readonly weightGrams: number;
  readonly taxClass: TaxClass;
  readonly image?: string;
};

/** A picture of it, as it is shown; which ones there are is kept apart. */
type Image = {
  readonly id: string;
  readonly url: string;
  readonly alt?: string;
  readonly width: number;
  readonly height: number;
};

export type Product = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  /** The path of names; `categorySlug` is what it is stored by. */
  readonly category: string;
  readonly categorySlug: string;
  readonly brand?: string;
  readonly attributes: Record<string, AttributeValue>;
  /** What the variants differ in; without it they may say what they like. */
  readonly options?: readonly OptionSet[];
  readonly images?: readonly Image[];
  readonly status: "active" | "archived";
  readonly variants: readonly Variant[];
  /** Counted from 1, without gaps. */
  readonly version: number;
};

/** A variant as it is given: what is left out has a default. */
export type VariantInput = Pick<Variant, "sku" | "title" | "price"> & Partial<Omit<Variant, "sku" | "title" | "price">>;

/** What a change may say of a product; what it leaves out stays as it is, and `brand: null` takes the brand away. */
export type Change = Partial<Omit<Product, "id" | "brand" | "variants" | "version">> & {
  readonly brand?: string | null;
  readonly variants?: readonly VariantInput[];
};

const complete = ({
  sku,
  title,
  price,
  options = {},
  weightGrams = 0,
  taxClass = "standard",
  image,
}: VariantInput): Variant => ({
  sku,
  title,
  options,
  price,
  weightGrams,
  taxClass,
  ...(image !== undefined && { image }),
});

type Draft = Change &
  Pick<Product, "id" | "slug" | "title" | "description" | "category" | "categorySlug"> & {
    readonly variants: readonly VariantInput[];
  };

/** A new product, on sale from its first version on. @throws ServiceError `SkuRepeated`, `OptionsInvalid` */
export function newProduct({ brand, attributes = {}, variants, status = "active", ...draft }: Draft): Product {
  return sound({
    ...draft,
    ...(brand != null && { brand }),
    attributes,
    status,
    variants: distinct(variants.map(complete)),
    version: 1,
  });
}

/** The next version; the product itself when the change says nothing new. @throws ServiceError `SkuRepeated`, `OptionsInvalid` */
export function change(product: Product, { brand, variants, ...rest }: Change): Product {
  const { brand: oldBrand, ...old } = product;
  const newBrand = brand === undefined ? oldBrand : (brand ?? undefined);
  const next: Product = {
    ...old,
    ...rest,
    ...(newBrand !== undefined && { brand: newBrand }),
    variants: variants ? distinct(variants.map(complete)) : product.variants,
  };
  return equal(next, product) ? product : sound({ ...next, version: product.version + 1 });
}

function sound(product: Product): Product {
  if (product.options) assertMatrix(product.options, product.variants);
  return product;
}

/** Adds a variant at the end, or replaces the one of its SKU where it stands. */
export function withVariant(variants: readonly Variant[], variant: VariantInput): readonly VariantInput[] {
  return variants.some(({ sku }) => sku === variant.sku)
    ? variants.map((old) => (old.sku === variant.sku ? variant : old))
    : [...variants, variant];
}

function distinct(variants: readonly Variant[]): readonly Variant[] {
  const seen = new Set<string>();
  for (const { sku } of variants) {
    if (seen.has(sku)) throw errors.SkuRepeated({ sku });
    seen.add(sku);
  }
  return variants;
}
