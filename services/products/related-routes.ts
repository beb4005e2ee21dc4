import type { Handlers } from "@souk/http";
import type { Db } from "@souk/postgres";
import type { products } from "./contract.ts";
import { productTable, takeTurn } from "./db/products.ts";
import { relatedTable, setRelated } from "./db/related.ts";
import { errors } from "./errors.ts";

export const relatedRoutes = ({
  db,
}: {
  readonly db: Db;
}): Pick<Handlers<typeof products>, "related" | "putRelated"> => ({
  async related({ params: { id } }) {
    const [product] = await productTable(db).having({ ids: [id] });
    if (!product) throw errors.NotFound({ idOrSlug: id });
    return { products: await relatedTable(db).of(id) };
  },

  putRelated: ({ params: { id }, body }) =>
    db.tx(async (tx) => {
      await takeTurn(tx);
      const links = new Map(body.products.map(({ id, kind = "related" }) => [id, { id, kind }]));
      const found = new Set((await productTable(tx).having({ ids: [id, ...links.keys()] })).map((one) => one.id));
      if (!found.has(id)) throw errors.NotFound({ idOrSlug: id });
      for (const other of links.keys()) {
        if (other === id) throw errors.RelatedInvalid({ id, why: "it is the product itself" });
        if (!found.has(other)) throw errors.RelatedInvalid({ id: other, why: "there is no such product" });
      }
      await setRelated(tx, id, [...links.values()]);
      return { products: await relatedTable(tx).of(id) };
    }),
});
