import {
  anyone,
  Body,
  Currency,
  defineContract,
  del,
  event,
  get,
  Id,
  OneOf,
  Page,
  Paging,
  Price,
  patch,
  post,
  Sku,
  type Static,
  service,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";

import { brands } from "./contract/brands.ts";
import { AttributeDefinition, categoryEndpoints } from "./contract/categories.ts";
import { Image, images } from "./contract/images.ts";
import { PromotionFact, promotions } from "./contract/promotions.ts";
import { related } from "./contract/related.ts";
import { TaxClass, TaxRateFact, taxRates } from "./contract/tax-rates.ts";
import { merchandisers, Name, Slug } from "./contract/words.ts";

export { TaxClass } from "./contract/tax-rates.ts";
export { type WholeProduct, wholeProduct } from "./contract/whole-product.ts";
export { errors } from "./errors.ts";

export const ProductStatus = OneOf("active", "archived");
const WeightGrams = Type.Integer({ minimum: 0, maximum: 1_000_000 });
const ImageUrl = Type.String({ pattern: '^https?://[^\\s"<>]{1,500}$', description: "where a picture of it is" });
const Options = Type.Record(Type.String({ pattern: "^[^\\u0000-\\u001f\\u007f]{1,60}$" }), Text(120), {
  maxProperties: 20,
  description: 'what tells the variants apart: { size: "M", colour: "blue" }',
});
/** What the variants differ in, and which values there are of it. */
const OptionSets = Type.Array(Body({ name: Name, values: Type.Array(Text(120), { minItems: 1, maxItems: 100 }) }), {
  maxItems: 5,
  description:
    "when given, each variant has exactly these options with one of their values each, and no two of a currency have the same",
});
/** A word, a number, yes or no, or several words: what a facet can be made of. */
const AttributeValue = Type.Union([Text(500), Type.Number(), Type.Boolean(), Type.Array(Text(200), { maxItems: 50 })]);
const Attributes = Type.Record(Type.String({ pattern: "^[^\\u0000-\\u001f\\u007f]{1,60}$" }), AttributeValue, {
  maxProperties: 50,
});

export const VariantInput = Body({
  sku: Sku,
  title: Text(200),
  options: Type.Optional(Options),
  price: Price,
  weightGrams: Type.Optional(WeightGrams),
  taxClass: Type.Optional(TaxClass),
  image: Type.Optional(ImageUrl),
});
const Variants = Type.Array(VariantInput, { minItems: 1, maxItems: 100 });
const inputs = {
  title: Text(200),
  description: Text(10_000, 0),
  category: Type.String({
    minLength: 1,
    maxLength: 200,
    pattern: "^[^\\u0000-\\u001f\\u007f]*$",
    description:
      'a category\'s path or slug; levels are separated by ">" ("Home > Kitchen"), and a new one is made on first use',
  }),
  brand: Type.Optional(Text(120)),
  attributes: Type.Optional(Attributes),
  options: Type.Optional(OptionSets),
  variants: Variants,
  slug: Type.Optional(Slug),
};
export const ProductInput = Body(inputs);
export type ProductInput = Static<typeof ProductInput>;

const ProductChange = Body(
  {
    title: Type.Optional(inputs.title),
    description: Type.Optional(inputs.description),
    category: Type.Optional(inputs.category),
    brand: Type.Optional(Type.Union([Text(120), Type.Null()], { description: "null removes it" })),
    attributes: inputs.attributes,
    options: inputs.options,
    variants: Type.Optional(Variants),
    slug: inputs.slug,
    status: Type.Optional(ProductStatus),
    version: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2_147_483_647,
        description: "the version the change was made on; refused with 409 when another came first",
      }),
    ),
  },
  { minProperties: 1 },
);
export type ProductChange = Static<typeof ProductChange>;

const Variant = Type.Object({
  sku: Sku,
  title: Type.String(),
  options: Options,
  price: Price,
  weightGrams: WeightGrams,
  taxClass: TaxClass,
  image: Type.Optional(Type.String()),
  available: Type.Integer({ minimum: 0, description: "for sale, as inventory last told; a moment old" }),
  inStock: Type.Boolean(),
});
/** As everybody sees it. */
export const Product = Type.Object({
  id: Id,
  slug: Slug,
  title: Type.String(),
  description: Type.String(),
  category: Type.String({ description: 'the path of names, "Home > Kitchen"' }),
  categorySlug: Slug,
  brand: Type.Optional(Type.String()),
  brandSlug: Type.Optional(Slug),
  attributes: Attributes,
  options: Type.Optional(OptionSets),
  images: Type.Optional(Type.Array(Image)),
  status: ProductStatus,
  variants: Type.Array(Variant),
  version: Type.Integer({ minimum: 1 }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Product = Static<typeof Product>;

const Facet = Type.Array(Type.Object({ value: Type.String(), name: Type.String(), count: Type.Integer() }));
const ProductList = Type.Object({
  ...Page(Product).properties,
  facets: Type.Object(
    { category: Facet, brand: Facet },
    { description: "counted over all matches, each without its own filter" },
  ),
  degraded: Type.Optional(Type.Array(Type.String(), { description: "whom this answer stands in for" })),
});

/** A product as the others are told of it, whole. */
const ProductFact = Type.Object({
  productId: Id,
  slug: Slug,
  title: Type.String(),
  description: Type.String(),
  status: ProductStatus,
  category: Type.String(),
  categorySlug: Slug,
  categories: Type.Optional(
    Type.Array(Type.Object({ slug: Slug, name: Type.String() }), {
      description: "the levels of `category`, from the root down",
    }),
  ),
  brand: Type.Optional(Type.String()),
  brandSlug: Type.Optional(Slug),
  attributes: Attributes,
  attributeDefinitions: Type.Optional(
    Type.Array(AttributeDefinition, {
      description:
        "how its category and those above it define attributes, when they do; what has `facet` is for shoppers to filter by",
    }),
  ),
  options: Type.Optional(OptionSets),
  images: Type.Optional(Type.Array(Image, { description: "the first is the one that lists show" })),
  variants: Type.Array(
    Type.Object({
      sku: Sku,
      title: Type.String(),
      options: Options,
      price: Price,
      weightGrams: WeightGrams,
      taxClass: TaxClass,
      image: Type.Optional(Type.String()),
    }),
  ),
  version: Type.Integer({ minimum: 1 }),
  createdAt: Type.Optional(Timestamp),
  updatedAt: Type.Optional(Timestamp),
});
export type ProductFact = Static<typeof ProductFact>;

const ImportReport = Type.Object({
  lines: Type.Integer({ description: "that held something; a CSV's header is none" }),
  created: Type.Integer({ description: "lines that made a product" }),
  updated: Type.Integer({ description: "lines that changed one" }),
  unchanged: Type.Integer({ description: "lines that said what was so already" }),
  rejected: Type.Integer({ description: "lines that could not be taken; the first of them stand in `failed`" }),
  failed: Type.Array(Type.Object({ line: Type.Integer({ description: "counted from 1" }), reason: Type.String() }), {
    maxItems: 1_000,
  }),
});
export type ImportReport = Static<typeof ImportReport>;

export const products = defineContract({
  name: "products",
  endpoints: {
    list: get("/v1/products", {
      summary: "List the catalogue while search is away",
      access: anyone,
      standIn: true,
      query: Body({
        q: Type.Optional(Text(200)),
        category: Type.Optional(
          Type.String({ minLength: 1, maxLength: 200, description: "slug or path; what lies below it included" }),
        ),
        brand: Type.Optional(Text(120)),
        minPrice: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: "minor units" })),
        maxPrice: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: "minor units" })),
        currency: Type.Optional(Currency),
        inStock: Type.Optional(Type.Boolean()),
        sort: Type.Optional(OneOf("relevance", "newest", "price", "-price", "title", "-title")),
        ...Paging,
      }),
      returns: ProductList,
    }),
    byIdOrSlug: get("/v1/products/:idOrSlug", {
      summary: "Show a product with its variants and what is available of them",
      access: anyone,
      params: Body({ idOrSlug: Type.String({ minLength: 1, maxLength: 200 }) }),
      returns: Product,
    }),
    ...categoryEndpoints,
    ...brands,
    ...images,
    ...related,
    create: post("/v1/products", {
      summary: "Add a product to the catalogue",
      access: merchandisers,
      body: ProductInput,
      returns: Product,
      status: 201,
    }),
    change: patch("/v1/products/:id", {
      summary: "Change what is named of a product; a list of variants replaces the former one",
      access: merchandisers,
      params: Body({ id: Id }),
      body: ProductChange,
      returns: Product,
    }),
    archive: del("/v1/products/:id", {
      summary: "Take a product off sale; it stays reachable for those who bought it",
      access: merchandisers,
      params: Body({ id: Id }),
      returns: Product,
    }),
    importFile: post("/v1/products/import", {
      summary: "Load products from a CSV or NDJSON file",
      description:
        "NDJSON: a product a line, shaped like the body of `POST /v1/products`. CSV: a variant a line under a header of `sku`, `title`, " +
        "`price` (decimal, `19.99`) and, if wanted, `description`, `category`, `brand`, `currency`, `weightGrams`, `taxClass`, `variant`, " +
        "`productSlug`. Safe to repeat: the same file changes nothing. A bad line is reported and never stops the rest.",
      access: merchandisers,
      upload: ["text/csv", "application/x-ndjson"],
      bodyLimit: 2 ** 30,
      returns: ImportReport,
    }),
    ...promotions,
    ...taxRates,
    history: get("/internal/products", {
      summary: "Tell of every product again, in the order of ids",
      description:
        "For projections that are built anew: each product as `product_changed` told it last. What changes meanwhile is told by events; " +
        "whichever has the higher version is right.",
      access: service("search", "recommendations"),
      criticality: "sheddable",
      timeoutMs: 10_000,
      query: Body({
        after: Type.Optional(Id),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 500 })),
      }),
      returns: Type.Object({
        data: Type.Array(ProductFact),
        next: Type.Union([Id, Type.Null()], { description: "where to go on; null at the end" }),
      }),
    }),
  },
  events: {
    promotionChanged: event(
      "products.promotion_changed.v1",
      "A promotion is now this; the whole of it is told, at every version.",
      PromotionFact,
    ),
    taxRateChanged: event(
      "products.tax_rate_changed.v1",
      "A tax rate is now this; the whole of it is told, at every version.",
      TaxRateFact,
    ),
    changed: event(
      "products.product_changed.v1",
      "A product is now this; the whole of it is told, at every version.",
      ProductFact,
    ),
    archived: event(
      "products.product_archived.v1",
      "A product was taken off sale.",
      Type.Object({ productId: Id, slug: Slug, skus: Type.Array(Sku), version: Type.Integer({ minimum: 1 }) }),
    ),
  },
});
