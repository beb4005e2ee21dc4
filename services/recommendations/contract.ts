import {
  anyone,
  Body,
  defineContract,
  get,
  Id,
  OneOf,
  Price,
  ProjectionBuild,
  post,
  service,
  Text,
  Type,
} from "@souk/contract";
import { Product } from "@souk/products/contract";

export { errors } from "./errors.ts";

const operator = service("operator");

const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 10 }));
const Recommended = Type.Object({
  ...Product.properties,
  inStock: Type.Boolean({ description: "any variant is" }),
  priceRange: Type.Object({ min: Price, max: Price }, { description: "of its variants in the first one's currency" }),
  reason: OneOf("bought_together", "category", "trending"),
});
const Recommendations = Type.Object({ data: Type.Array(Recommended, { description: "best first" }) });

const Build = ProjectionBuild("products", "stock", "sales");

export const recommendations = defineContract({
  name: "recommendations",
  endpoints: {
    forProduct: get("/v1/products/:id/recommendations", {
      summary: "Show what is bought together with a product",
      description:
        "Learned from each order as it is confirmed. Where too few have bought the product, what sells in its category follows, and then " +
        "what sells at all; `reason` says which it is. Only what is on sale and in stock.",
      access: anyone,
      criticality: "sheddable",
      params: Body({ id: Id }),
      query: Body({ limit: Limit }),
      returns: Recommendations,
    }),
    forCart: get("/v1/recommendations", {
      summary: "Show what goes with several products, or without any what sells these days",
      access: anyone,
      criticality: "sheddable",
      query: Body({
        product: Type.Optional(
          Type.Array(Id, {
            maxItems: 30,
            description: "in the order in which they were put into the cart; none of them comes back",
          }),
        ),
        category: Type.Optional(Text(200)),
        limit: Limit,
      }),
      returns: Recommendations,
    }),

    rebuild: post("/internal/recommendations/rebuild", {
      summary: "Learn anew beside what is known, which it then replaces",
      access: operator,
      idempotency: "natural",
      returns: Build,
      status: 202,
    }),
    build: get("/internal/recommendations/rebuild", {
      summary: "Say how far a rebuild has come",
      access: operator,
      returns: Build,
    }),
  },
  events: {},
});
