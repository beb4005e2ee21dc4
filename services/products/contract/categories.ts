import {
  anyone,
  Body,
  del,
  Empty,
  get,
  OneOf,
  Page,
  Paging,
  patch,
  post,
  put,
  type Static,
  Text,
  Type,
} from "@souk/contract";
import { merchandisers, Name, Slug } from "./words.ts";

/** What products of a category say of themselves, and how. */
export const AttributeDefinition = Body({
  name: Name,
  label: Type.Optional(Text(120)),
  type: OneOf("text", "number", "boolean", "choice"),
  choices: Type.Optional(
    Type.Array(Text(200), { minItems: 1, maxItems: 200, description: "of a choice, and of nothing else" }),
  ),
  unit: Type.Optional(Text(20)),
  required: Type.Optional(Type.Boolean({ description: "of products that are added or changed from now on" })),
  facet: Type.Optional(Type.Boolean({ description: "whether shoppers may filter by it" })),
});
export type AttributeDefinition = Static<typeof AttributeDefinition>;

const listed = {
  slug: Slug,
  name: Type.String(),
  path: Type.String(),
  parent: Type.Union([Slug, Type.Null()]),
  products: Type.Integer({ description: "active ones, those below it included" }),
};
const Category = Type.Object({
  ...listed,
  position: Type.Integer(),
  ancestors: Type.Array(Type.Object({ slug: Slug, name: Type.String() }), { description: "from the root down" }),
  children: Type.Array(Type.Object({ slug: Slug, name: Type.String() }), { description: "in their order" }),
  attributes: Type.Array(AttributeDefinition, { description: "those of its ancestors included" }),
});
export type CategoryDocument = Static<typeof Category>;

const CategoryName = Type.String({
  minLength: 1,
  maxLength: 120,
  pattern: "^[^\\u0000-\\u001f\\u007f>]*$",
  description: 'without ">", which separates the levels of a path',
});
const Position = Type.Integer({
  minimum: 0,
  maximum: 100_000,
  description: "lower comes first among its siblings, equal ones by name",
});
const BySlug = Body({ slug: Slug });

export const categoryEndpoints = {
  categories: get("/v1/categories", {
    summary: "List the categories, each after its parent",
    access: anyone,
    query: Body(Paging),
    returns: Page(Type.Object(listed)),
  }),
  category: get("/v1/categories/:slug", {
    summary: "Show a category: where it stands, what is below it, what its products say of themselves",
    access: anyone,
    params: BySlug,
    returns: Category,
  }),
  addCategory: post("/v1/categories", {
    summary: "Add a category",
    access: merchandisers,
    body: Body({ name: CategoryName, parent: Type.Optional(Slug), position: Type.Optional(Position) }),
    returns: Category,
    status: 201,
  }),
  changeCategory: patch("/v1/categories/:slug", {
    summary: "Rename a category, move it with all that is below it, or give it another place among its siblings",
    description: "Its slug stays. Products below it are told anew, within seconds.",
    access: merchandisers,
    params: BySlug,
    body: Body(
      {
        name: Type.Optional(CategoryName),
        parent: Type.Optional(Type.Union([Slug, Type.Null()], { description: "null makes it a root" })),
        position: Type.Optional(Position),
      },
      { minProperties: 1 },
    ),
    returns: Category,
  }),
  removeCategory: del("/v1/categories/:slug", {
    summary: "Remove a category that has neither products nor categories in it",
    access: merchandisers,
    params: BySlug,
    returns: Empty,
  }),
  putAttributes: put("/v1/categories/:slug/attributes", {
    summary: "Say what products of a category say of themselves",
    description:
      "Holds for the categories below it too, where one of the same name may say it differently. Products that are there stay as they are until they are changed.",
    access: merchandisers,
    params: BySlug,
    body: Body({ attributes: Type.Array(AttributeDefinition, { maxItems: 50 }) }),
    returns: Category,
  }),
};
