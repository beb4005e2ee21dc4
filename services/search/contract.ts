import {
  anyone,
  Body,
  Currency,
  defineContract,
  del,
  Empty,
  get,
  Id,
  OneOf,
  Page,
  Paging,
  Price,
  ProjectionBuild,
  post,
  put,
  role,
  type Static,
  service,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";

import { Product } from "@souk/products/contract";

export { errors } from "./errors.ts";

const merchandisers = role("merchandiser", "admin");
const operator = service("operator");

const Minor = Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: "minor units" });
const Several = (maxLength: number, description: string) =>
  Type.Optional(Type.Array(Text(maxLength), { minItems: 1, maxItems: 20, description }));

const Range = Type.Array(Type.Integer(), { minItems: 2, maxItems: 2 });
const Highlight = Type.Object({
  field: OneOf("title", "description"),
  text: Type.String({ description: "plain text: the title, or a piece of the description" }),
  ranges: Type.Array(Range, {
    description: "where in `text` the words stand that were looked for: begin and end, in UTF-16 units",
  }),
});

/** A product as `GET /v1/products/{idOrSlug}` shows it, with what a list needs besides. */
export const Hit = Type.Object({
  ...Product.properties,
  inStock: Type.Boolean({ description: "any variant is" }),
  priceRange: Type.Object({ min: Price, max: Price }, { description: "of its variants in the currency that is shown" }),
  highlights: Type.Optional(Type.Array(Highlight)),
});

const value = { value: Type.String(), name: Type.String(), count: Type.Integer() };
const Values = Type.Array(Type.Object(value));
const Facets = Type.Object(
  {
    category: Type.Array(Type.Object({ ...value, parent: Type.Union([Type.String(), Type.Null()]) }), {
      description: "`value` is a slug and `name` a path; what lies below is counted too",
    }),
    brand: Values,
    price: Type.Object({
      currency: Type.String({ description: "the one asked for, else the one most is sold in" }),
      ranges: Type.Array(
        Type.Object({ min: Type.Integer(), max: Type.Optional(Type.Integer()), count: Type.Integer() }),
        { description: "both ends included: what `minPrice` and `maxPrice` take" },
      ),
    }),
    options: Type.Array(
      Type.Object({
        name: Type.String(),
        label: Type.Optional(Type.String({ description: "of an attribute that has one" })),
        values: Values,
      }),
      { description: "what variants differ in, and the attributes that are defined with `facet`" },
    ),
    availability: Values,
  },
  { description: "how many products each choice would show; each facet is counted without its own filter" },
);

const Suggestion = Type.Object({
  kind: OneOf("query", "category", "brand", "product"),
  text: Type.String(),
  slug: Type.Optional(Type.String({ description: "of a category or a product" })),
  id: Type.Optional(Id),
  image: Type.Optional(Type.String()),
});
export type Suggestion = Static<typeof Suggestion>;

const Phrase = Text(100);
const Synonym = Type.Object({
  phrase: Type.String({ description: "folded: lower case, without accents" }),
  means: Type.Array(Type.String()),
  bothWays: Type.Boolean({ description: "whether whoever looks for one of `means` finds the phrase too" }),
  updatedAt: Timestamp,
});

const Build = ProjectionBuild("products", "stock", "sales");

export const search = defineContract({
  name: "search",
  endpoints: {
    list: get("/v1/products", {
      summary: "Search the catalogue",
      description:
        "Finds words in any form, mistyped ones too, and the last word while it is being typed. Values of one filter are alternatives; one " +
        "variant must meet all that is said of variants. While search is away the catalogue's own list answers, simpler: `degraded` then says so.",
      access: anyone,
      query: Body({
        q: Type.Optional(Text(200)),
        category: Several(200, "slugs or paths; what lies below is included"),
        brand: Several(120, "whole names, in any case"),
        option: Type.Optional(
          Type.Array(Type.String({ pattern: "^[^:\\u0000-\\u001f]{1,60}:[^\\u0000-\\u001f]{1,120}$" }), {
            maxItems: 20,
            description: "`size:M`; an attribute that is defined with `facet` just so: `lining:fleece`",
          }),
        ),
        minPrice: Type.Optional(Minor),
        maxPrice: Type.Optional(Minor),
        currency: Type.Optional(Currency),
        inStock: Type.Optional(Type.Boolean()),
        sort: Type.Optional(OneOf("relevance", "newest", "bestselling", "price", "-price", "title", "-title")),
        ...Paging,
      }),
      returns: Type.Object({
        ...Page(Hit).properties,
        facets: Facets,
        corrections: Type.Optional(
          Type.Array(Type.Object({ from: Type.String(), to: Type.String() }), {
            description: "words that were taken for mistyped",
          }),
        ),
        degraded: Type.Optional(
          Type.Array(Type.String(), { description: "what is away, and was answered for by others" }),
        ),
      }),
    }),
    suggest: get("/v1/products/suggest", {
      summary: "Suggest what somebody who is typing may be looking for",
      access: anyone,
      query: Body({
        q: Text(200),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, default: 8 })),
      }),
      returns: Type.Object({ data: Type.Array(Suggestion) }),
    }),
    synonyms: get("/v1/search/synonyms", {
      summary: "List what shoppers mean by which words",
      access: merchandisers,
      query: Body(Paging),
      returns: Page(Synonym),
    }),
    putSynonym: put("/v1/search/synonyms/:phrase", {
      summary: "Say what shoppers mean by a word or a phrase",
      description: "Whoever looks for the phrase also finds what it means; the other way round too with `bothWays`.",
      access: merchandisers,
      params: Body({ phrase: Phrase }),
      body: Body({
        means: Type.Array(Phrase, { minItems: 1, maxItems: 20 }),
        bothWays: Type.Optional(Type.Boolean({ default: false })),
      }),
      returns: Synonym,
    }),
    deleteSynonym: del("/v1/search/synonyms/:phrase", {
      summary: "Forget what a word or a phrase means",
      access: merchandisers,
      params: Body({ phrase: Phrase }),
      returns: Empty,
    }),

    rebuild: post("/internal/search/rebuild", {
      summary: "Build the projection anew beside the live one, which it then replaces",
      access: operator,
      idempotency: "natural",
      returns: Build,
      status: 202,
    }),
    build: get("/internal/search/rebuild", {
      summary: "Say how far a rebuild has come",
      access: operator,
      returns: Build,
    }),
  },
  events: {},
});
