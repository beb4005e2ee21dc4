import { type Handlers, page } from "@souk/http";
import type { Db } from "@souk/postgres";
import type { products } from "./contract.ts";
import { brandTable, putBrand } from "./db/brands.ts";
import { takeTurn } from "./db/products.ts";
import { errors } from "./errors.ts";

export const brandRoutes = ({
  db,
}: {
  readonly db: Db;
}): Pick<Handlers<typeof products>, "brands" | "brand" | "putBrand"> => {
  const table = brandTable(db);
  const shown = <B extends { readonly website: string | null }>({ website, ...brand }: B) => ({
    ...brand,
    ...(website !== null && { website }),
  });
  const read = async (slug: string, from = table) => {
    const found = await from.find(slug);
    if (!found) throw errors.BrandNotFound({ slug });
    return shown(found);
  };

  return {
    async brands({ query: { page: number = 1, limit = 20 } }) {
      const { items, total } = await table.page({ page: number, limit });
      return page({ items: items.map(shown), total, page: number, limit }, "/v1/brands");
    },

    brand: ({ params: { slug } }) => read(slug),

    putBrand: ({ params: { slug }, body }) =>
      db.tx(async (tx) => {
        await takeTurn(tx);
        if (await brandTable(tx).isTaken(body.name, slug)) throw errors.BrandTaken({ name: body.name });
        await putBrand(tx, slug, body);
        return read(slug, brandTable(tx));
      }),
  };
};
