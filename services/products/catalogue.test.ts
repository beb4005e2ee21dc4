import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { eventually, startForTest } from "@souk/testing";
import { type ProductInput, products } from "./contract.ts";
import definition from "./service.ts";

const { call, send, published, origin } = await startForTest(definition, new URL("./", import.meta.url));
const merchandiser: Principal = {
  kind: "user",
  id: "019d0000-0000-7000-8000-000000000001",
  roles: ["merchandiser"],
  sessionId: "s",
};
const as = merchandiser;
const variant = (sku: string, more: object = {}) => ({
  sku,
  title: sku,
  price: { amount: 1_000, currency: "EUR" },
  ...more,
});
const create = (body: Partial<ProductInput> & Pick<ProductInput, "title" | "variants">) =>
  call("create", { body: { description: "", category: "Odds", ...body } }, { as });
const factsOf = async (id: string) =>
  (await published(products.events.changed)).filter(({ subject }) => subject === id).map(({ data }) => data);
const category = (slug: string) => call("category", { params: { slug } });
const change = (slug: string, body: { name?: string; parent?: string | null; position?: number }) =>
  call("changeCategory", { params: { slug }, body }, { as });

test("variants differ in what the product says that they differ in", async () => {
  const options = [
    { name: "size", values: ["S", "M"] },
    { name: "colour", values: ["red"] },
  ];
  const shirt = await create({
    title: "Shirt",
    options,
    variants: [variant("SHIRT-S", { options: { size: "S", colour: "red" } })],
  });
  assert.deepEqual(shirt.options, options);
  assert.deepEqual((await factsOf(shirt.id)).at(-1)?.options, options);
  const add = (sku: string, size: string) =>
    call(
      "change",
      {
        params: { id: shirt.id },
        body: { variants: [...shirt.variants.map(bare), variant(sku, { options: { size, colour: "red" } })] },
      },
      { as },
    );
  await assert.rejects(add("SHIRT-S2", "S"), { code: "products.options_invalid", status: 422 });
  await assert.rejects(add("SHIRT-XL", "XL"), { code: "products.options_invalid" });
  assert.equal((await add("SHIRT-M", "M")).variants.length, 2);
});
const bare = ({
  sku,
  title,
  price,
  options,
}: {
  sku: string;
  title: string;
  price: { amount: number; currency: string };
  options: Record<string, string>;
}) => ({ sku, title, price, options });

test("a category that is moved takes everything below it along, and its products are told anew", async () => {
  const pan = await create({ title: "Pan", category: "House > Cooking > Pans", variants: [variant("PAN")] });
  await create({ title: "Spade", category: "Outside", variants: [variant("SPADE")] });
  await change("house-cooking", { parent: "outside", name: "Outdoor cooking" });
  const moved = await category("house-cooking-pans");
  assert.equal(moved.path, "Outside > Outdoor cooking > Pans");
  assert.deepEqual(
    moved.ancestors.map(({ slug }) => slug),
    ["outside", "house-cooking"],
  );
  assert.equal((await category("outside")).products, 2, "those below it included");
  assert.equal((await call("byIdOrSlug", { params: { idOrSlug: pan.id } })).category, moved.path);
  await eventually("the product told anew", async () => (await factsOf(pan.id)).length === 2);
  const told = (await factsOf(pan.id)).at(-1);
  assert.deepEqual([told?.version, told?.category, told?.categorySlug], [2, moved.path, "house-cooking-pans"]);
  assert.deepEqual(
    told?.categories?.map(({ slug, name }) => [slug, name]),
    [
      ["outside", "Outside"],
      ["house-cooking", "Outdoor cooking"],
      ["house-cooking-pans", "Pans"],
    ],
  );
  for (const reference of ["House > Cooking > Pans", "Outside > Outdoor cooking > Pans", "house-cooking-pans"]) {
    const sku = `POT-${reference.length}`;
    const pot = await create({ title: sku, category: reference, variants: [variant(sku)] });
    assert.equal(pot.categorySlug, "house-cooking-pans", `by what it was called, and is: ${reference}`);
  }
  const found = await call("list", { query: { category: "outside", limit: 100 } });
  assert.equal(found.pagination.total, 5);
});

test("a category is never below itself, and two are never at one path", async () => {
  await call("addCategory", { body: { name: "A" } }, { as });
  await call("addCategory", { body: { name: "B", parent: "a" } }, { as });
  const c = await call("addCategory", { body: { name: "C", parent: "a-b" } }, { as });
  assert.equal(c.path, "A > B > C");
  for (const parent of ["a", "a-b", "a-b-c"])
    await assert.rejects(change("a", { parent }), { code: "products.category_cycle", status: 409 });
  await call("addCategory", { body: { name: "B" } }, { as });
  await assert.rejects(change("a-b", { parent: null }), { code: "products.category_taken" });
  await assert.rejects(call("addCategory", { body: { name: "B", parent: "a" } }, { as }), {
    code: "products.category_taken",
  });
  await assert.rejects(call("addCategory", { body: { name: "X", parent: "nowhere" } }, { as }), { status: 404 });
  await assert.rejects(call("removeCategory", { params: { slug: "a" } }, { as }), { code: "products.category_in_use" });
  await call("removeCategory", { params: { slug: "a-b-c" } }, { as });
  await assert.rejects(category("a-b-c"), { code: "products.category_not_found" });
});

test("siblings stand in the order that they were given", async () => {
  await call("addCategory", { body: { name: "Shelf" } }, { as });
  for (const [position, name] of [
    [2, "Last"],
    [1, "Zebra"],
    [1, "Apple"],
  ] as const)
    await call("addCategory", { body: { name, parent: "shelf", position } }, { as });
  const children = async () => (await category("shelf")).children.map(({ name }) => name);
  assert.deepEqual(await children(), ["Apple", "Zebra", "Last"]);
  await change("shelf-last", { position: 0 });
  assert.deepEqual(await children(), ["Last", "Apple", "Zebra"]);
  const { data } = await call("categories", { query: { limit: 100 } });
  const listed = data.map(({ slug }) => slug).filter((slug) => slug.startsWith("shelf"));
  assert.deepEqual(listed, ["shelf", "shelf-last", "shelf-apple", "shelf-zebra"]);
});

test("products say of themselves what their category asks for", async () => {
  await call("addCategory", { body: { name: "Cups" } }, { as });
  await call("addCategory", { body: { name: "Mugs", parent: "cups" } }, { as });
  const define = (
    slug: string,
    attributes: {
      name: string;
      type: "text" | "number" | "boolean" | "choice";
      choices?: string[];
      required?: boolean;
      facet?: boolean;
    }[],
  ) => call("putAttributes", { params: { slug }, body: { attributes } }, { as });
  await define("cups", [{ name: "capacity", type: "number", required: true, facet: true }]);
  await define("cups-mugs", [{ name: "handle", type: "choice", choices: ["left", "right"] }]);
  const mug = (sku: string, attributes: Record<string, string | number>) =>
    create({ title: sku, category: "Cups > Mugs", attributes, variants: [variant(sku)] });
  await assert.rejects(mug("MUG-1", { handle: "left" }), { code: "products.attributes_invalid", status: 422 });
  await assert.rejects(mug("MUG-2", { capacity: 3, handle: "both" }), { code: "products.attributes_invalid" });
  await assert.rejects(mug("MUG-3", { capacity: "3" }), { code: "products.attributes_invalid" });
  const { id } = await mug("MUG-4", { capacity: 3, handle: "left", free: "text" });
  assert.deepEqual((await factsOf(id)).at(-1)?.attributeDefinitions, [
    { name: "capacity", type: "number", required: true, facet: true },
    { name: "handle", type: "choice", choices: ["left", "right"] },
  ]);
  const file = [
    {
      title: "m5",
      category: "Cups > Mugs",
      description: "",
      attributes: { capacity: "x" },
      variants: [variant("MUG-5")],
    },
    {
      title: "m6",
      category: "Cups > Mugs",
      description: "",
      attributes: { capacity: 6 },
      variants: [variant("MUG-6")],
    },
  ];
  const content = file.map((line) => JSON.stringify(line)).join("\n");
  const report = await call("importFile", {}, { as, upload: { mediaType: "application/x-ndjson", content } });
  assert.deepEqual([report.created, report.rejected, report.failed[0]?.line], [1, 1, 1]);
});

test("a brand is one, however it is written, and its products follow when it is renamed", async () => {
  const first = await create({ title: "Vase", brand: "Alto Norte", variants: [variant("VASE")] });
  const second = await create({ title: "Vase two", brand: "ALTO norte", variants: [variant("VASE-2")] });
  assert.deepEqual([first.brand, second.brand, second.brandSlug], ["Alto Norte", "Alto Norte", "alto-norte"]);
  assert.deepEqual(await call("brand", { params: { slug: "alto-norte" } }), {
    slug: "alto-norte",
    name: "Alto Norte",
    description: "",
    products: 2,
  });
  const put = (slug: string, name: string) =>
    call("putBrand", { params: { slug }, body: { name, description: "Since 1890." } }, { as });
  await put("alto-norte", "Norte");
  await eventually("the product told anew", async () => (await factsOf(first.id)).at(-1)?.brand === "Norte");
  const third = await create({ title: "Vase three", brand: "alto norte", variants: [variant("VASE-3")] });
  assert.deepEqual([third.brand, third.brandSlug], ["Norte", "alto-norte"]);
  await create({ title: "Other", brand: "Sur", variants: [variant("SUR")] });
  await assert.rejects(put("sur", "Norte"), { code: "products.brand_taken" });
  const { data } = await call("brands", { query: {} });
  assert.deepEqual(
    data.map(({ name }) => name),
    ["Norte", "Sur"],
  );
});

const png = (side: number) => {
  const bytes = Buffer.alloc(40, side);
  bytes.write("89504e470d0a1a0a0000000d49484452", "hex");
  bytes.writeUInt32BE(side, 16);
  bytes.writeUInt32BE(side + 1, 20);
  return bytes;
};

test("a picture is shown under what it is, may be kept for ever, and goes when nobody shows it", async () => {
  const { id } = await create({ title: "Pictured", variants: [variant("PICTURED")] });
  const add = (content: Buffer, mediaType = "image/png", alt?: string) =>
    call(
      "addImage",
      { params: { id }, query: { ...(alt !== undefined && { alt }) } },
      { as, upload: { mediaType, content } },
    );
  await add(png(10), "image/png", "From the side");
  const { images } = await add(png(20));
  assert.deepEqual(
    images.map(({ width, height, alt }) => [width, height, alt]),
    [
      [10, 11, "From the side"],
      [20, 21, undefined],
    ],
  );
  const [first, second] = images;
  assert.ok(first && second);
  const shown = await fetch(`${origin}${first.url}`);
  assert.deepEqual(Buffer.from(await shown.arrayBuffer()), png(10));
  assert.equal(shown.headers.get("content-type"), "image/png");
  assert.match(shown.headers.get("cache-control") ?? "", /max-age=31536000, immutable/);
  assert.equal(shown.headers.get("x-content-type-options"), "nosniff");
  const again = await fetch(`${origin}${first.url}`, { headers: { "if-none-match": shown.headers.get("etag") ?? "" } });
  assert.equal(again.status, 304);
  const turned = await call(
    "orderImages",
    { params: { id }, body: { images: [{ id: second.id }, { id: first.id }] } },
    { as },
  );
  assert.deepEqual(
    turned.images.map((one) => one.id),
    [second.id, first.id],
  );
  assert.deepEqual(
    (await factsOf(id)).at(-1)?.images?.map((one) => one.id),
    [second.id, first.id],
  );
  await call("change", { params: { id }, body: { title: "Pictured still" } }, { as });
  assert.equal((await call("byIdOrSlug", { params: { idOrSlug: id } })).images?.length, 2);
  await call("removeImage", { params: { id, imageId: first.id } }, { as });
  assert.equal((await fetch(`${origin}${first.url}`)).status, 404);
  const { version } = await call("byIdOrSlug", { params: { idOrSlug: id } });
  assert.equal(version, 6, "each change of its pictures is a version");
});

test("what is no picture, or not the one it says, or an SVG, is refused", async () => {
  const { id } = await create({ title: "Unpictured", variants: [variant("UNPICTURED")] });
  const add = (content: Buffer | string, mediaType: string) =>
    send("addImage", { params: { id }, query: {} }, { as, upload: { mediaType, content } });
  const statusOf = async (content: Buffer | string, mediaType: string) => (await add(content, mediaType)).status;
  assert.equal(await statusOf("<svg onload='alert(1)'/>", "image/svg+xml"), 415);
  assert.equal(await statusOf("<svg onload='alert(1)'/>", "image/png"), 422);
  assert.equal(await statusOf(png(10), "image/jpeg"), 422);
  assert.equal(await statusOf(png(9_000), "image/png"), 422);
  assert.equal(await statusOf(Buffer.alloc(6 * 2 ** 20), "image/png"), 413);
  assert.equal((await call("byIdOrSlug", { params: { idOrSlug: id } })).images, undefined);
});

test("related products are those that were linked, in their order, without what is archived", async () => {
  const [kettle, cup, tray] = await Promise.all(
    ["Kettle", "Cup", "Tray"].map((title) => create({ title, variants: [variant(`REL-${title}`)] })),
  );
  assert.ok(kettle && cup && tray);
  const link = (ids: readonly string[]) =>
    call(
      "putRelated",
      { params: { id: kettle.id }, body: { products: ids.map((id) => ({ id, kind: "accessory" as const })) } },
      { as },
    );
  await link([tray.id, cup.id]);
  const related = async () => (await call("related", { params: { id: kettle.id } })).products.map(({ title }) => title);
  assert.deepEqual(await related(), ["Tray", "Cup"]);
  await call("archive", { params: { id: tray.id } }, { as });
  assert.deepEqual(await related(), ["Cup"]);
  await assert.rejects(link([kettle.id]), { code: "products.related_invalid" });
  await assert.rejects(link(["019d0000-0000-7000-8000-00000000dead"]), { code: "products.related_invalid" });
  const archived = await call("byIdOrSlug", { params: { idOrSlug: "tray" } });
  assert.equal(archived.status, "archived", "who bought it can still look at it");
});
