import { answer, type Handlers, page } from "@souk/http";
import { brandRoutes } from "./brand-routes.ts";
import { type CatalogueDeps, catalogue, factOf } from "./catalogue.ts";
import { categoryRoutes } from "./category-routes.ts";
import type { Product, products } from "./contract.ts";
import { type Lineage, lineages } from "./db/categories.ts";
import { productTable } from "./db/products.ts";
import { searchProducts } from "./db/search.ts";
import { errors } from "./errors.ts";
import { imageRoutes } from "./image-routes.ts";
import { importFile } from "./import/import-file.ts";
import type { UnknownGroups } from "./known-groups.ts";
import { promotionRoutes } from "./promotion-routes.ts";
import { relatedRoutes } from "./related-routes.ts";
import { taxRateRoutes } from "./tax-rate-routes.ts";

export const routes = (deps: CatalogueDeps & { unknownGroups: UnknownGroups }): Handlers<typeof products> => {
  const { db } = deps;
  const table = productTable(db);
  const write = catalogue(deps);

  return {
    async list({ query: { page: number = 1, limit = 20, ...filters } }) {
      const { items, total, facets } = await searchProducts(db, { ...filters, page: number, limit });
      return { ...page({ items, total, page: number, limit }, "/v1/products", filters), facets, degraded: ["search"] };
    },

    async byIdOrSlug({ params: { idOrSlug } }) {
      const product = await table.find(idOrSlug);
      if (!product) throw errors.NotFound({ idOrSlug });
      return product;
    },

    async create({ body }) {
      const product = await write.create(body);
      return answer(201, product, { location: `/v1/products/${product.id}` });
    },

    change: ({ params: { id }, body }) => write.change(id, body),
    archive: ({ params: { id } }) => write.change(id, { status: "archived" }),
    async history({ query: { after, limit = 500 } }) {
      const found = await table.after(after ?? null, limit);
      const lines = await lineages(db, [...new Set(found.map(({ categorySlug }) => categorySlug))]);
      const data = found.map((product) => toldOf(product, lines.get(product.categorySlug)));
      return { data, next: found.length === limit ? (found.at(-1)?.id ?? null) : null };
    },
    ...categoryRoutes(deps),
    ...brandRoutes(deps),
    ...imageRoutes(deps),
    ...relatedRoutes(deps),
    ...promotionRoutes(deps),
    ...taxRateRoutes(deps),
    importFile: ({ stream, mediaType }) => importFile(deps, stream, mediaType),
  };
};

/** Without what inventory has to say of it. */
const toldOf = ({ variants, brandSlug, ...product }: Product, line: Lineage | undefined) =>
  factOf(
    {
      ...product,
      brandSlug: brandSlug ?? null,
      variants: variants.map(({ available: _available, inStock: _inStock, ...variant }) => variant),
    },
    line,
  );
