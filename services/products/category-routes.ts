import { answer, type Handlers, page } from "@souk/http";
import type { Db, Tx } from "@souk/postgres";
import type { products } from "./contract.ts";
import { categoryTable, moveCategory, tellAnew } from "./db/categories.ts";
import { takeTurn } from "./db/products.ts";
import { assertDefinitions } from "./domain/attributes.ts";
import { type Category, categoryLevels } from "./domain/category.ts";
import { errors } from "./errors.ts";

type Names = "categories" | "category" | "addCategory" | "changeCategory" | "removeCategory" | "putAttributes";

/** As long as a product's reference to it may be. */
const pathLimit = 200;

/** Changes take turns with everything else that writes the catalogue: what is looked up still holds when it is written. */
export const categoryRoutes = ({ db }: { readonly db: Db }): Pick<Handlers<typeof products>, Names> => {
  const table = categoryTable(db);
  const change = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    db.tx(async (tx) => {
      await takeTurn(tx);
      return work(tx);
    });

  return {
    async categories({ query: { page: number = 1, limit = 20 } }) {
      const { items, total } = await table.page({ page: number, limit });
      return page({ items, total, page: number, limit }, "/v1/categories");
    },

    category: ({ params: { slug } }) => read(db, slug),

    async addCategory({ body: { name, parent = null, position = 0 } }) {
      const added = await change(async (tx) => {
        const own = categoryTable(tx);
        const above = parent === null ? undefined : await rowOf(tx, parent);
        const path = pathBelow(above, name);
        const slug = categoryLevels(path).at(-1)?.slug ?? "";
        if ((await own.row(slug)) || (await own.isTaken(path, slug))) throw errors.CategoryTaken({ category: path });
        await own.add({ slug, name: name.trim(), path, parent, position });
        return read(tx, slug);
      });
      return answer(201, added, { location: `/v1/categories/${added.slug}` });
    },

    changeCategory: ({ params: { slug }, body }) =>
      change(async (tx) => {
        const before = await rowOf(tx, slug);
        const { name = before.name, parent = before.parent, position = before.position } = body;
        const above = parent === null ? undefined : await rowOf(tx, parent);
        if (above && isWithin(above.path, before.path)) throw errors.CategoryCycle({ slug, parent: above.slug });
        const path = pathBelow(above, name);
        if (await categoryTable(tx).isTaken(path, slug)) throw errors.CategoryTaken({ category: path });
        await assertPathsFit(tx, before, path);
        await moveCategory(tx, before, { ...before, name: name.trim(), parent, path, position });
        return read(tx, slug);
      }),

    removeCategory: ({ params: { slug } }) =>
      change(async (tx) => {
        await rowOf(tx, slug);
        if (!(await categoryTable(tx).remove(slug))) throw errors.CategoryInUse({ slug });
        return {};
      }),

    putAttributes: ({ params: { slug }, body: { attributes } }) =>
      change(async (tx) => {
        assertDefinitions(attributes);
        const { path } = await rowOf(tx, slug);
        await categoryTable(tx).setAttributes(slug, attributes);
        await tellAnew(tx, path);
        return read(tx, slug);
      }),
  };
};

/** @throws ServiceError `CategoryNameless`, `CategoryTooLong` */
function pathBelow(above: Category | undefined, name: string): string {
  const path = categoryLevels(above ? `${above.path} > ${name}` : name).at(-1)?.path ?? "";
  if (path.length > pathLimit) throw errors.CategoryTooLong({ limit: pathLimit });
  return path;
}

const isWithin = (path: string, above: string) => path === above || path.startsWith(`${above} > `);

async function assertPathsFit(tx: Tx, before: Category, path: string): Promise<void> {
  const longest = await categoryTable(tx).longestPath(before.path);
  if (longest - before.path.length + path.length > pathLimit) throw errors.CategoryTooLong({ limit: pathLimit });
}

async function rowOf(tx: Tx, slug: string) {
  const found = await categoryTable(tx).row(slug);
  if (!found) throw errors.CategoryNotFound({ slug });
  return found;
}

async function read(sql: Db | Tx, slug: string) {
  const found = await categoryTable(sql).find(slug);
  if (!found) throw errors.CategoryNotFound({ slug });
  return found;
}
