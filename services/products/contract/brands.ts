import { anyone, Body, get, Page, Paging, put, type Static, Text, Type } from "@souk/contract";
import { merchandisers, Slug } from "./words.ts";

const Brand = Type.Object({
  slug: Slug,
  name: Type.String(),
  description: Type.String(),
  website: Type.Optional(Type.String()),
  products: Type.Integer({ description: "active ones" }),
});
export type Brand = Static<typeof Brand>;

export const brands = {
  brands: get("/v1/brands", {
    summary: "List the brands, by name",
    access: anyone,
    query: Body(Paging),
    returns: Page(Brand),
  }),
  brand: get("/v1/brands/:slug", {
    summary: "Show a brand; its products are at `GET /v1/products?brand=`",
    access: anyone,
    params: Body({ slug: Slug }),
    returns: Brand,
  }),
  putBrand: put("/v1/brands/:slug", {
    summary: "Describe a brand, or rename it; a new one is added",
    description:
      "A brand is there from its first product on. Products of one that is renamed are told anew, within seconds.",
    access: merchandisers,
    params: Body({ slug: Slug }),
    body: Body({
      name: Text(120),
      description: Type.Optional(Text(5_000, 0)),
      website: Type.Optional(Type.String({ pattern: '^https?://[^\\s"<>]{1,500}$' })),
    }),
    returns: Brand,
  }),
};
