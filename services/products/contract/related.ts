import { anyone, Body, get, Id, OneOf, put, Type } from "@souk/contract";
import { merchandisers, Slug } from "./words.ts";

const Kind = OneOf("related", "accessory", "alternative");
const Related = Type.Object({
  products: Type.Array(
    Type.Object({ id: Id, kind: Kind, slug: Slug, title: Type.String(), status: OneOf("active", "archived") }),
  ),
});

export const related = {
  related: get("/v1/products/:id/related", {
    summary: "List what was linked to a product by hand, in its order; what is archived is left out",
    access: anyone,
    params: Body({ id: Id }),
    returns: Related,
  }),
  putRelated: put("/v1/products/:id/related", {
    summary: "Link products to a product; the list replaces the former one",
    access: merchandisers,
    params: Body({ id: Id }),
    body: Body({ products: Type.Array(Body({ id: Id, kind: Type.Optional(Kind) }), { maxItems: 50 }) }),
    returns: Related,
  }),
};
