import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { inventory } from "@souk/inventory/contract";
import { startForTest } from "@souk/testing";
import { type ImportReport, type ProductInput, products } from "./contract.ts";
import definition from "./service.ts";

const { call, send, published, deliver, origin } = await startForTest(definition, new URL("./", import.meta.url));
const merchandiser: Principal = {
  kind: "user",
  id: "019d0000-0000-7000-8000-000000000001",
  roles: ["merchandiser"],
  sessionId: "s",
};
const as = merchandiser;
const variant = (sku: string, amount = 1_000) => ({ sku, title: sku, price: { amount, currency: "EUR" } });
const create = (body: Partial<ProductInput> & Pick<ProductInput, "title" | "variants">) =>
  call("create", { body: { description: "", category: "Odds", ...body } }, { as });
const toldOf = async (id: string) => (await published()).filter(({ subject }) => subject === id);

test("a product that is added is there under its id and its slug, and the others are told all of it", async () => {
  const { status, headers, body } = await send(
    "create",
    {
      body: {
        title: "Blue mug",
        description: "Holds tea.",
        category: "Home > Kitchen",
        brand: "Ember",
        attributes: { capacityMl: 300, dishwasher: true, colours: ["blue"] },
        variants: [{ ...variant("MUG-S", 1_200), options: { size: "S" }, weightGrams: 250, taxClass: "reduced" }],
      },
    },
    { as },
  );
  assert.equal(status, 201);
  const created = await call("byIdOrSlug", { params: { idOrSlug: "blue-mug" } });
  assert.deepEqual(body, created);
  assert.equal(headers.get("location"), `/v1/products/${created.id}`);
  assert.deepEqual(await call("byIdOrSlug", { params: { idOrSlug: created.id } }), created);
  const { createdAt, updatedAt, id, ...rest } = created;
  const told = {
    slug: "blue-mug",
    title: "Blue mug",
    description: "Holds tea.",
    category: "Home > Kitchen",
    categorySlug: "home-kitchen",
    brand: "Ember",
    brandSlug: "ember",
    attributes: { capacityMl: 300, dishwasher: true, colours: ["blue"] },
    status: "active",
    version: 1,
  };
  const sold = { ...variant("MUG-S", 1_200), options: { size: "S" }, weightGrams: 250, taxClass: "reduced" };
  assert.deepEqual(rest, { ...told, variants: [{ ...sold, available: 0, inStock: false }] });
  const [event, ...none] = await toldOf(id);
  assert.deepEqual(none, []);
  assert.equal(event?.sequence, 1);
  const categories = [
    { slug: "home", name: "Home" },
    { slug: "home-kitchen", name: "Kitchen" },
  ];
  const fact = { ...told, productId: id, categories, variants: [sold], createdAt, updatedAt };
  assert.deepEqual(event?.data, fact);
  const { data } = await call("history", { query: {} }, { as: { kind: "service", id: "search" } });
  assert.deepEqual(data, [fact], "and told again to whom asks for all of them");
});

test("the whole catalogue is told again, page by page, as it stands", async () => {
  const { id } = await create({ title: "Vase", variants: [variant("VASE-1")] });
  await call("change", { params: { id }, body: { title: "Tall vase" } }, { as });
  await call("archive", { params: { id } }, { as });
  const told = new Map<string, [string, number, string]>();
  for (let after: string | null | undefined; after !== null; ) {
    const page: Awaited<ReturnType<typeof history>> = await history(after);
    for (const { productId, title, version, status } of page.data) told.set(productId, [title, version, status]);
    after = page.next;
  }
  assert.deepEqual(told.get(id), ["Tall vase", 3, "archived"]);
  assert.equal((await send("history", { query: {} }, { as })).status, 403, "to services only");
});
const history = (after: string | undefined) =>
  call(
    "history",
    { query: { limit: 1, ...(after !== undefined && { after }) } },
    { as: { kind: "service", id: "search" } },
  );

test("a change is told as the next version; one that says nothing new is not", async () => {
  const { id } = await create({ title: "Plate", brand: "Ember", variants: [variant("PLATE-1")] });
  const changed = await call("change", { params: { id }, body: { title: "Big plate", brand: null } }, { as });
  assert.deepEqual([changed.title, changed.brand, changed.slug, changed.version], ["Big plate", undefined, "plate", 2]);
  await call("change", { params: { id }, body: { title: "Big plate" } }, { as });
  assert.deepEqual(
    (await toldOf(id)).map(({ sequence }) => sequence),
    [1, 2],
  );
});

test("a list of variants replaces the former one, and frees the SKUs that are gone", async () => {
  const { id } = await create({ title: "Jug", variants: [variant("JUG-1"), variant("JUG-2")] });
  const { variants } = await call("change", { params: { id }, body: { variants: [variant("JUG-2", 900)] } }, { as });
  assert.deepEqual(
    variants.map(({ sku, price }) => [sku, price.amount]),
    [["JUG-2", 900]],
  );
  await create({ title: "Old jug", variants: [variant("JUG-1")] });
});

test("a SKU and a slug belong to one product", async () => {
  await create({ title: "Fork", variants: [variant("FORK-1")] });
  await assert.rejects(create({ title: "Spork", variants: [variant("FORK-1")] }), {
    code: "products.sku_taken",
    status: 409,
  });
  await assert.rejects(create({ title: "Other", slug: "fork", variants: [variant("FORK-2")] }), {
    code: "products.slug_taken",
  });
  await assert.rejects(create({ title: "Other", slug: "import", variants: [variant("FORK-3")] }), {
    code: "products.slug_taken",
  });
  assert.equal((await create({ title: "Fork", variants: [variant("FORK-4")] })).slug, "fork-fork-4");
  await assert.rejects(create({ title: "Twins", variants: [variant("TWIN"), variant("TWIN")] }), {
    code: "products.sku_repeated",
    status: 422,
  });
});

test("of two people who change the same version, one is asked to look again", async () => {
  const { id, version } = await create({ title: "Pan", variants: [variant("PAN-1")] });
  const change = (title: string) => send("change", { params: { id }, body: { title, version } }, { as });
  const statuses = (await Promise.all([change("Frying pan"), change("Sauce pan")])).map(({ status }) => status);
  assert.deepEqual(statuses.toSorted(), [200, 409]);
});

test("an archived product is off sale, and still there for who bought it", async () => {
  const { id } = await create({ title: "Oddity", variants: [variant("ODD-1")] });
  for (let i = 0; i < 2; i++) assert.equal((await call("archive", { params: { id } }, { as })).status, "archived");
  assert.equal((await call("list", { query: { q: "oddity" } })).pagination.total, 0);
  assert.equal((await call("byIdOrSlug", { params: { idOrSlug: "oddity" } })).status, "archived");
  assert.deepEqual(
    (await toldOf(id)).map(({ type, sequence }) => [type, sequence]),
    [
      ["products.product_changed.v1", 1],
      ["products.product_changed.v1", 2],
      ["products.product_archived.v1", 2],
    ],
  );
  const back = await call("change", { params: { id }, body: { status: "active" } }, { as });
  assert.equal(back.version, 3);
});

test("what is available is what inventory last told", async () => {
  const tell = (available: number, sequence: number) =>
    deliver(inventory.events.stockChanged, {
      subject: "CUP-1",
      sequence,
      data: { sku: "CUP-1", onHand: available, reserved: 0, available },
    });
  await tell(4, 1); // before the catalogue has it
  await create({ title: "Cup", variants: [variant("CUP-1")] });
  const inStock = async () => {
    const [cup] = (await call("byIdOrSlug", { params: { idOrSlug: "cup" } })).variants;
    return [cup?.available, cup?.inStock];
  };
  assert.deepEqual(await inStock(), [4, true]);
  await tell(0, 2);
  assert.deepEqual(await inStock(), [0, false]);
  await tell(4, 1);
  assert.deepEqual(await inStock(), [0, false], "what comes late says nothing new");
});

test("a shopper searches, filters and pages", async () => {
  for (let i = 1; i <= 5; i++)
    await create({
      title: `Lantern ${i}`,
      category: "Light",
      brand: "Lumen",
      variants: [variant(`LAN-${i}`, i * 100)],
    });
  const found = await call("list", {
    query: { q: "lantern", category: "light", minPrice: 200, sort: "-price", page: 2, limit: 2 },
  });
  assert.deepEqual(
    found.data.map(({ title }) => title),
    ["Lantern 3", "Lantern 2"],
  );
  assert.deepEqual(found.pagination, { page: 2, limit: 2, total: 4, pages: 2 });
  assert.deepEqual(found.facets.brand, [{ value: "Lumen", name: "Lumen", count: 4 }]);
  assert.match(found._links.prev ?? "", /^\/v1\/products\?.*category=light.*page=1/);
});

test("categories are listed with their parents before them and what they hold", async () => {
  await create({ title: "Deep", category: "A > B > C", variants: [variant("DEEP-1")] });
  const { data } = await call("categories", { query: { limit: 100 } });
  assert.deepEqual(
    data
      .filter(({ slug }) => slug.startsWith("a"))
      .map(({ slug, path, parent, products }) => [slug, path, parent, products]),
    [
      ["a", "A", null, 1],
      ["a-b", "A > B", "a", 1],
      ["a-b-c", "A > B > C", "a-b", 1],
    ],
  );
});

test("a file is imported over HTTP, twice with one result", async () => {
  const upload = async (body: string, type: string, roles = ["merchandiser"]) => {
    const token = Buffer.from(JSON.stringify({ ...merchandiser, roles })).toString("base64url");
    const headers = { authorization: `Bearer ${token}`, "content-type": type };
    const response = await fetch(`${origin}/v1/products/import`, { method: "POST", headers, body });
    // as: what the contract promises; the whole of it is compared below
    return { status: response.status, body: (await response.json()) as ImportReport };
  };
  const file = "sku,title,price\nFILE-1,From a file,9.99\nFILE-2,Broken,free\n";
  const first = await upload(file, "text/csv; charset=utf-8");
  assert.deepEqual(first.body, {
    lines: 2,
    created: 1,
    updated: 0,
    unchanged: 0,
    rejected: 1,
    failed: [{ line: 3, reason: 'price "free" is not a decimal number such as 19.99.' }],
  });
  assert.equal((await upload(file, "text/csv")).body.unchanged, 1);
  assert.equal((await upload(file, "application/pdf")).status, 415);
  assert.equal((await upload(file, "text/csv", ["customer"])).status, 403);
});

test("anyone looks, merchandisers and admins change", async () => {
  const body = { title: "X", description: "", category: "Odds", variants: [variant("X-1")] };
  assert.equal((await send("create", { body })).status, 401);
  assert.equal((await send("create", { body }, { as: { ...merchandiser, roles: ["customer"] } })).status, 403);
  assert.equal((await send("create", { body }, { as: { ...merchandiser, roles: ["admin"] } })).status, 201);
  assert.equal((await send("byIdOrSlug", { params: { idOrSlug: "no-such-thing" } })).status, 404);
});

test("every version of every product was told, without a gap", async () => {
  const versions = new Map<string, number[]>();
  for (const { subject, sequence } of await published(products.events.changed))
    versions.set(subject, [...(versions.get(subject) ?? []), sequence]);
  for (const [subject, told] of versions)
    assert.deepEqual(
      told,
      told.map((_, i) => i + 1),
      subject,
    );
});
