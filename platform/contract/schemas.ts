import Type, { type Static, type TSchema } from "typebox";

export type { Static, TSchema };
export { Type };

/** Closed: unknown members are refused with 422 in a request. Use for everything a stranger sends. */
export const Body = <const P extends Type.TProperties>(properties: P, options: Type.TObjectOptions = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options });

/** One of some words. */
export const OneOf = <const T extends readonly string[]>(...words: T) =>
  Type.Union(words.map((word) => Type.Literal(word))) as unknown as Type.TUnsafe<T[number]>;

export const Id = Type.String({ format: "uuid" });
export const Timestamp = Type.String({ format: "date-time" });
export const Currency = Type.String({ pattern: "^[A-Z]{3}$", description: "ISO 4217" });
/** Amounts stay exact up to 2^53 − 1 minor units. */
export const Amount = Type.Integer({
  minimum: -Number.MAX_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "minor units",
});
export const MoneySchema = Body(
  { amount: Amount, currency: Currency },
  { description: "An amount in minor units (cents)" },
);
/** What something costs: never negative, and small enough that a cart of it cannot overflow. */
export const Price = Body({ amount: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }), currency: Currency });
/** Printable, no leading or trailing space, so that two that look alike are alike. */
export const Sku = Type.String({
  pattern: "^[A-Za-z0-9]([A-Za-z0-9._ -]{0,62}[A-Za-z0-9._-])?$",
  description: "stock keeping unit",
});
/** Text from a person: no control characters (PostgreSQL cannot hold NUL), no lone surrogates. */
export const Text = (maxLength: number, minLength = 1) =>
  Type.String({ minLength, maxLength, pattern: "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$" });
export const Email = Type.String({ format: "email", maxLength: 254 });
export const Country = Type.String({ pattern: "^[A-Z]{2}$", description: "ISO 3166-1 alpha-2" });
export const Empty = Type.Object({});

export const Paging = {
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 1 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
};

const Link = Type.Optional(Type.String());
/** The one shape of every list: `{ data, pagination, _links }`. */
export const Page = <T extends TSchema>(item: T) =>
  Type.Object({
    data: Type.Array(item),
    pagination: Type.Object({
      page: Type.Integer(),
      limit: Type.Integer(),
      total: Type.Integer(),
      pages: Type.Integer(),
    }),
    _links: Type.Object({ self: Link, next: Link, prev: Link, first: Link, last: Link }),
  });

/** How far a projection is that is built anew from what these histories tell. */
export const ProjectionBuild = <const H extends readonly string[]>(...histories: H) =>
  Type.Object({
    state: OneOf("idle", "building"),
    live: Type.Optional(Type.Integer({ description: "the generation that is shown" })),
    building: Type.Optional(Type.Integer({ description: "the one that is being built beside it" })),
    histories: Type.Array(
      Type.Object({
        history: OneOf(...histories),
        told: Type.Integer({ description: "so far" }),
        done: Type.Boolean(),
      }),
      { description: "what the generation that is being built, else the live one, was built from" },
    ),
  });
