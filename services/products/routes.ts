import { answer, type Handlers, page } from "@souk/http";
import { type CatalogueDeps, catalogue, factOf } from "./catalogue.ts";
import type { Product, products } from "./contract.ts";
import { categoryTable } from "./db/categories.ts";
import { productTable } from "./db/products.ts";
import { searchProducts } from "./db/search.ts";
import { errors } from "./errors.ts";
import { importFile } from "./import/import-file.ts";
import { promotionRoutes } from "./promotion-routes.ts";
import { taxRateRoutes } from "./tax-rate-routes.ts";

export const routes = (deps: CatalogueDeps): Handlers<typeof products> => {
  const { db } = deps;
  const table = productTable(db);
  const categories = categoryTable(db);
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

    async categories({ query: { page: number = 1, limit = 20 } }) {
      const { items, total } = await categories.page({ page: number, limit });
      return page({ items, total, page: number, limit }, "/v1/categories");
    },

    async create({ body }) {
      const product = await write.create(body);
      return answer(201, product, { location: `/v1/products/${product.id}` });
    },

    change: ({ params: { id }, body }) => write.change(id, body),
    archive: ({ params: { id } }) => write.change(id, { status: "archived" }),
    async history({ query: { after, limit = 500 } }) {
      const found = await table.after(after ?? null, limit);
      return { data: found.map(toldOf), next: found.length === limit ? (found.at(-1)?.id ?? null) : null };
    },
    ...promotionRoutes(deps),
    ...taxRateRoutes(deps),
    importFile: ({ stream, mediaType }) => importFile(deps, stream, mediaType),
  };
};

/** Without what inventory has to say of it. */
const toldOf = ({ variants, ...product }: Product) =>
  factOf({
    ...product,
    variants: variants.map(({ available: _available, inStock: _inStock, ...variant }) => variant),
  });
