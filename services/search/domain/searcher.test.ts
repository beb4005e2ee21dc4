import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Figures, Listed } from "./catalogue-index.ts";
import { type Question, Searcher } from "./searcher.ts";
import { stemEnglish } from "./stem-english.ts";
import { synonymsOf } from "./synonyms.ts";
import { folded } from "./words.ts";

const everything: Question = {
  ...{ q: undefined, categories: [], brands: [], options: new Map(), currency: undefined, inStock: undefined },
  ...{ minPrice: undefined, maxPrice: undefined, sort: "newest", from: 0, to: 100 },
};
type Draft = Partial<Omit<Listed, "categories" | "variants">> & {
  readonly title: string;
  /** `Home > Kitchen` */
  readonly category?: string;
  /** By SKU: amount, how many there are, options. */
  readonly variants?: readonly (readonly [
    amount: number,
    available?: number,
    options?: Record<string, string>,
    currency?: string,
  ])[];
  readonly popularity?: number;
};
let made = 0;
function product({
  title,
  category = "Home",
  variants = [[1_000]],
  popularity = 0,
  ...rest
}: Draft): [Listed, Figures] {
  const id = rest.id ?? `p${String(++made).padStart(6, "0")}`;
  const names = category.split(" > ");
  const listed: Listed = {
    id,
    title,
    description: "",
    attributes: {},
    createdAt: made,
    ...rest,
    categories: names.map((name, i) => ({
      name,
      slug: names
        .slice(0, i + 1)
        .join("-")
        .toLowerCase(),
    })),
    variants: variants.map(([amount, , options = {}, currency = "EUR"], i) => ({
      ...{ sku: `${id}-${i}`, title, options },
      price: { amount, currency },
    })),
  };
  return [listed, { available: variants.map(([, available = 1]) => available), popularity }];
}
/** Long after whatever was counted before. */
let later = 0;
const muchLater = () => (later += 10_000);
function shopOf(...drafts: Draft[]) {
  const searcher = new Searcher(stemEnglish);
  for (const draft of drafts) searcher.index.put(...product(draft));
  const titles = (question: Partial<Question>) => {
    const { products } = searcher.search({ ...everything, ...question }, muchLater());
    return products.map((number) => searcher.index.titles[number]);
  };
  const facets = (question: Partial<Question> = {}) =>
    searcher.search({ ...everything, ...question }, muchLater()).facets;
  return { searcher, titles, facets };
}

const { titles, facets, searcher } = shopOf(
  {
    title: "Blue mugs",
    category: "Home > Kitchen",
    brand: "Ember",
    description: "A pair for tea.",
    variants: [
      [1_000, 0],
      [2_000, 0],
    ],
  },
  { title: "Tea pot", category: "Home > Kitchen", brand: "Halden", description: "Pours well.", variants: [[3_000]] },
  { title: "Wool blanket", brand: "Loom", description: "Blue stripes on grey.", variants: [[9_000, 0]] },
  { title: "Garden chair", category: "Outside", brand: "Ember", variants: [[5_000, 0]] },
);

test("a word finds what it stands in, in any form, mistyped or begun, titles first", () => {
  assert.deepEqual(titles({ q: "mug", sort: "relevance" }), ["blue mugs"]);
  assert.deepEqual(titles({ q: "blue", sort: "relevance" }), ["blue mugs", "wool blanket"]);
  assert.deepEqual(titles({ q: "blue te", sort: "relevance" }), ["blue mugs"]);
  assert.deepEqual(titles({ q: "blankte" }), ["wool blanket"]);
  assert.deepEqual(titles({ q: "blan" }), ["wool blanket"]);
  assert.deepEqual(titles({ q: "ember chair" }), ["garden chair"], "the brand and the title together");
  assert.deepEqual(titles({ q: "spaceship" }), []);
  assert.deepEqual(titles({ q: "!!" }), []);
  assert.deepEqual(titles({ q: "the" }), []);
  assert.deepEqual(searcher.search({ ...everything, q: "blankte" }, 0).corrections, [
    { from: "blankte", to: "blanket" },
  ]);
});

test("a category holds what lies below it, and is known by slug and by path", () => {
  assert.deepEqual(titles({ categories: ["home"], sort: "title" }), ["blue mugs", "tea pot", "wool blanket"]);
  assert.deepEqual(titles({ categories: ["home > KITCHEN"], sort: "-title" }), ["tea pot", "blue mugs"]);
  assert.deepEqual(titles({ categories: ["nowhere"] }), []);
  assert.deepEqual(titles({ categories: ["nowhere", "outside"] }), ["garden chair"]);
});

test("a price range is met by one variant, not by two together", () => {
  assert.deepEqual(titles({ minPrice: 1_500, maxPrice: 3_000, sort: "price" }), ["blue mugs", "tea pot"]);
  assert.deepEqual(titles({ minPrice: 1_200, maxPrice: 1_800 }), []);
  assert.deepEqual(titles({ currency: "USD" }), []);
});

test("one variant must have the size, the price and the stock that were asked for", () => {
  const shop = shopOf(
    {
      title: "Shirt",
      variants: [
        [1_000, 0, { size: "S" }],
        [2_000, 5, { size: "M" }],
      ],
    },
    { title: "Coat", variants: [[9_000, 1, { size: "S", colour: "blue" }]] },
  );
  const small = new Map([["Size", ["s"]]]);
  assert.deepEqual(shop.titles({ options: small, sort: "title" }), ["coat", "shirt"]);
  assert.deepEqual(shop.titles({ options: small, inStock: true }), ["coat"]);
  assert.deepEqual(shop.titles({ options: small, maxPrice: 2_000 }), ["shirt"]);
  assert.deepEqual(
    shop.titles({
      options: new Map([
        ["size", ["s"]],
        ["colour", ["blue"]],
      ]),
    }),
    ["coat"],
  );
  assert.deepEqual(shop.titles({ inStock: false }), [], "each has something left");
});

const lining = { name: "lining", label: "Lining", type: "choice", facet: true } as const;
const capacity = { name: "capacity", type: "number", unit: "ml", facet: true } as const;
const waterproof = { name: "waterproof", type: "boolean", facet: true } as const;
const note = { name: "note", type: "text" } as const;

test("an attribute that is defined as a facet is filtered by and counted like an option, and no other is", () => {
  const attributeDefinitions = [lining, capacity, waterproof, note];
  const shop = shopOf(
    {
      title: "Rain jacket",
      attributeDefinitions,
      attributes: { lining: ["fleece", "wool"], waterproof: true, note: "warm", other: "x" },
      variants: [
        [1_000, 1, { size: "S" }],
        [2_000, 0, { size: "M" }],
      ],
    },
    { title: "Fleece vest", attributeDefinitions, attributes: { lining: "fleece", waterproof: false, capacity: 300 } },
    { title: "Undefined", attributes: { lining: "fleece" } },
    { title: "Essay", attributeDefinitions, attributes: { lining: "long ".repeat(40) } },
  );
  const chosen = (...options: [string, string[]][]) => ({ options: new Map(options), sort: "title" as const });
  assert.deepEqual(shop.titles(chosen(["Lining", ["FLEECE"]])), ["fleece vest", "rain jacket"]);
  assert.deepEqual(shop.titles(chosen(["lining", ["wool", "none"]])), ["rain jacket"]);
  assert.deepEqual(shop.titles(chosen(["capacity", ["300"]])), ["fleece vest"]);
  assert.deepEqual(shop.titles(chosen(["note", ["warm"]])), []);
  assert.deepEqual(shop.titles({ ...chosen(["lining", ["wool"]], ["size", ["M"]]), inStock: true }), []);
  assert.deepEqual(shop.titles({ ...chosen(["lining", ["wool"]], ["size", ["S"]]), inStock: true }), ["rain jacket"]);
  const { options } = shop.facets(chosen(["lining", ["wool"]]));
  assert.deepEqual(options[0], {
    name: "lining",
    label: "Lining",
    values: [
      { value: "fleece", name: "fleece", count: 2 },
      { value: "wool", name: "wool", count: 1 },
    ],
  });
  assert.deepEqual(
    options.slice(1).map(({ name, values }) => [name, ...values.map(({ name: value }) => value)]),
    [
      ["size", "M", "S"],
      ["waterproof", "Yes"],
    ],
  );
  assert.deepEqual(shop.facets().options.find(({ name }) => name === "capacity")?.values, [
    { value: "300", name: "300 ml", count: 1 },
  ]);
});

test("what variants say of themselves, their product does not say for them", () => {
  const shop = shopOf({
    title: "Jacket",
    attributeDefinitions: [{ name: "Colour", type: "text", facet: true }],
    attributes: { Colour: "blue" },
    variants: [[1_000, 1, { colour: "red" }], [1_000]],
  });
  assert.deepEqual(shop.titles({ options: new Map([["colour", ["blue"]]]) }), []);
  assert.deepEqual(shop.facets().options, [{ name: "colour", values: [{ value: "red", name: "red", count: 1 }] }]);
});

test("an attribute that is no facet any more, or another value, is found no longer", () => {
  const shop = shopOf({ title: "Stays" });
  const draft = { title: "Jacket", attributeDefinitions: [lining], attributes: { lining: "wool" } };
  const [listed, figures] = product(draft);
  const { index } = shop.searcher;
  const values = () => shop.facets().options.flatMap((option) => option.values.map(({ value }) => value));
  index.put(listed, figures);
  assert.deepEqual(values(), ["wool"]);
  index.put({ ...listed, attributes: { lining: "fleece" } }, figures);
  assert.deepEqual(values(), ["fleece"]);
  assert.deepEqual(shop.titles({ options: new Map([["lining", ["wool"]]]) }), []);
  index.put({ ...listed, attributeDefinitions: [{ ...lining, facet: false }] }, figures);
  assert.deepEqual(values(), []);
  assert.deepEqual(shop.titles({ options: new Map([["lining", ["wool"]]]) }), []);
});

test("a facet is counted without its own filter, and with all the others", () => {
  const { category, brand } = facets({ categories: ["home-kitchen"], brands: ["ember"] });
  assert.deepEqual(brand, [
    { value: "Ember", name: "Ember", count: 1 },
    { value: "Halden", name: "Halden", count: 1 },
  ]);
  assert.deepEqual(category, [
    { value: "home", name: "Home", count: 1, parent: null },
    { value: "home-kitchen", name: "Home > Kitchen", count: 1, parent: "home" },
    { value: "outside", name: "Outside", count: 1, parent: null },
  ]);
});

test("what cannot be had sinks, and what sells rises", () => {
  const shop = shopOf(
    { title: "Red lamp", variants: [[1, 0]] },
    { title: "Green lamp", variants: [[1, 5]] },
    { title: "Blue lamp", variants: [[1, 5]], popularity: 50 },
  );
  assert.deepEqual(shop.titles({ q: "lamp", sort: "relevance" }), ["blue lamp", "green lamp", "red lamp"]);
  assert.equal(shop.titles({ sort: "bestselling" })[0], "blue lamp");
});

test("what shoppers mean is found by their own words", () => {
  const shop = shopOf({ title: "Sofa" }, { title: "Tea pot" }, { title: "Couch cover" });
  shop.searcher.synonyms = synonymsOf(
    [
      { phrase: "couch", means: ["sofa"], bothWays: false },
      { phrase: "tea kettle", means: ["pot"], bothWays: true },
    ],
    stemEnglish,
  );
  assert.deepEqual(shop.titles({ q: "couches", sort: "relevance" }).toSorted(), ["couch cover", "sofa"]);
  assert.deepEqual(shop.titles({ q: "sofa" }), ["sofa"]);
  assert.deepEqual(shop.titles({ q: "tea kettles" }), ["tea pot"]);
});

test("a product that is replaced or removed leaves nothing behind", () => {
  const shop = shopOf({ title: "Stays" });
  const [listed, figures] = product({
    title: "Old name",
    brand: "Before",
    category: "There",
    variants: [[1, 1, { size: "S" }]],
  });
  shop.searcher.index.put(listed, figures);
  shop.searcher.index.put(...product({ id: listed.id, title: "New name", brand: "After", variants: [[7], [8], [9]] }));
  assert.deepEqual(shop.titles({ q: "old" }), []);
  assert.deepEqual(shop.titles({ brands: ["before"] }), []);
  assert.deepEqual(shop.titles({ categories: ["there"] }), []);
  assert.deepEqual(shop.titles({ options: new Map([["size", ["S"]]]) }), []);
  assert.deepEqual(shop.titles({ q: "new", minPrice: 9 }), ["new name"]);
  shop.searcher.index.remove(listed.id);
  shop.searcher.index.remove(listed.id);
  assert.deepEqual(shop.titles({}), ["stays"]);
  assert.equal(shop.facets().brand.length, 0);
});

test("counts that are asked for again are a second old at most, hits never", () => {
  const shop = shopOf({ title: "One", brand: "Ember" });
  const at = muchLater();
  const look = (when: number) => {
    const { total, facets } = shop.searcher.search(everything, when);
    return [total, facets.brand[0]?.count];
  };
  for (const _ of ["once", "again"]) assert.deepEqual(look(at), [1, 1]);
  shop.searcher.index.put(...product({ title: "Two", brand: "Ember" }));
  assert.deepEqual(look(at + 999), [2, 1]);
  assert.deepEqual(look(at + 1_000), [2, 2]);
  assert.deepEqual(look(at + 5_000), [2, 2], "as long as nothing changes it is not counted again");
});

// The whole of it against the plainest way to say it.
const words = ["red", "blue", "mug", "pot", "tea", "lamp"] as const;
const draft: fc.Arbitrary<Draft> = fc.record({
  title: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }).map((all) => all.join(" ")),
  category: fc.constantFrom("A", "A > B", "A > C", "D"),
  brand: fc.constantFrom("Ember", "Loom"),
  attributes: fc.dictionary(fc.constantFrom("colour", "lining"), fc.constantFrom("S", "M")),
  attributeDefinitions: fc.subarray([
    { ...lining, label: "" },
    { ...lining, name: "colour" },
  ]),
  variants: fc.array(
    fc.tuple(
      fc.integer({ min: 1, max: 5_000 }),
      fc.nat(2),
      fc.dictionary(fc.constantFrom("size", "colour"), fc.constantFrom("S", "M")),
      fc.constantFrom("EUR", "USD"),
    ),
    { minLength: 1, maxLength: 4 },
  ),
});
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const choice = fc.record({
  q: optional(fc.constantFrom(...words)),
  categories: fc.subarray(["a", "a-b", "d"]),
  brands: fc.subarray(["ember", "loom"]),
  options: fc.constantFrom<Question["options"][]>(
    new Map(),
    new Map([["size", ["S"]]]),
    new Map([
      ["size", ["S", "M"]],
      ["colour", ["M"]],
    ]),
    new Map([["lining", ["S"]]]),
    new Map([
      ["lining", ["M"]],
      ["colour", ["S"]],
    ]),
  ),
  minPrice: optional(fc.integer({ min: 1, max: 3_000 })),
  maxPrice: optional(fc.integer({ min: 1_000, max: 5_000 })),
  currency: optional(fc.constantFrom("EUR", "USD")),
  inStock: optional(fc.boolean()),
});
type Known = readonly [Listed, Figures];

/** What a product says of itself that is filtered by. */
function itself({ attributes, attributeDefinitions = [], variants }: Listed, name: string): string {
  const isFacet = attributeDefinitions.some((definition) => definition.name === name);
  return isFacet && variants.every(({ options }) => options[name] === undefined) ? String(attributes[name]) : "";
}

function isMet([listed, { available }]: Known, asked: Omit<Question, "sort" | "from" | "to">): boolean {
  const { q, categories, brands, options, minPrice = 0, maxPrice = Infinity, currency, inStock } = asked;
  if (q !== undefined && !folded(listed.title).split(" ").includes(q)) return false;
  if (categories.length > 0 && !listed.categories.some(({ slug }) => categories.includes(slug))) return false;
  if (brands.length > 0 && !brands.includes(folded(listed.brand ?? ""))) return false;
  const meeting = listed.variants.flatMap(({ price, options: its }, i) => {
    const hasOptions = [...options].every(([name, values]) => values.includes(its[name] ?? itself(listed, name)));
    const isPriced =
      price.amount >= minPrice && price.amount <= maxPrice && (currency ?? price.currency) === price.currency;
    return hasOptions && isPriced ? [(available[i] ?? 0) > 0] : [];
  });
  if (inStock === false && available.some((units) => units > 0)) return false;
  return inStock === true ? meeting.includes(true) : meeting.length > 0;
}

test("hits and facets are what looking at each product would find", () => {
  fc.assert(
    fc.property(fc.array(draft, { maxLength: 30 }), choice, (drafts, asked) => {
      const known = drafts.map(product);
      const shop = new Searcher(stemEnglish);
      for (const [listed, figures] of known) shop.index.put(listed, figures);
      const { products, total, facets } = shop.search({ ...everything, ...asked }, 0);
      const hits = (question: Parameters<typeof isMet>[1]) => known.filter((one) => isMet(one, question));
      assert.deepEqual(
        products.map((number) => shop.index.ids[number]).toSorted(),
        hits(asked)
          .map(([{ id }]) => id)
          .toSorted(),
      );
      assert.equal(total, hits(asked).length);
      for (const { value, count } of facets.brand)
        assert.equal(count, hits({ ...asked, brands: [folded(value)] }).length, `brand ${value}`);
      for (const { value, count } of facets.category)
        assert.equal(count, hits({ ...asked, categories: [value] }).length, `category ${value}`);
      for (const { name, values } of facets.options)
        for (const { value, count } of values) {
          const options = new Map(asked.options).set(name, [value]);
          assert.equal(count, hits({ ...asked, options }).length, `${name} ${value}`);
        }
      for (const { min, max, count } of facets.price.ranges) {
        const range = { ...asked, minPrice: min, maxPrice: max, currency: facets.price.currency };
        assert.equal(count, hits(range).length, `from ${min}`);
      }
      for (const { value, count } of facets.availability)
        assert.equal(count, hits({ ...asked, inStock: value === "in_stock" }).length, value);
    }),
    { seed: 20_300_101, numRuns: 500 },
  );
});

test("pages part the matches without a rest, in every order", () => {
  fc.assert(
    fc.property(
      fc.array(draft, { minLength: 1, maxLength: 40 }),
      fc.constantFrom("relevance", "newest", "bestselling", "price", "-price", "title", "-title"),
      fc.integer({ min: 1, max: 7 }),
      (drafts, sort, size) => {
        const shop = shopOf(...drafts);
        const all = shop.titles({ sort, to: 1_000 });
        const pages = Array.from({ length: Math.ceil(all.length / size) }, (_, page) =>
          shop.titles({ sort, from: page * size, to: (page + 1) * size }),
        );
        assert.deepEqual(pages.flat(), all);
      },
    ),
    { seed: 20_300_101, numRuns: 100 },
  );
});
