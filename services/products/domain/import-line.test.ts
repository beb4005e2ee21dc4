import assert from "node:assert/strict";
import { test } from "node:test";
import { errors } from "../errors.ts";
import { type ImportLine, Shelf } from "./import-line.ts";
import { newProduct, type Product } from "./product.ts";

const eur = (amount: number) => ({ amount, currency: "EUR" });
const variant = (sku: string, amount = 1_000, title = sku) => ({ sku, title, price: eur(amount) });
const product = (id: string, skus: readonly string[], slug = id): Product => ({
  ...newProduct({
    ...{ id, slug, title: id, description: "", category: "Kitchen", categorySlug: "kitchen" },
    variants: skus.map((sku) => variant(sku)),
  }),
  version: 4,
});
const whole = (title: string, skus: readonly string[], more: { slug?: string } = {}): ImportLine => ({
  kind: "product",
  fields: { title, description: "" },
  categorySlug: "kitchen",
  variants: skus.map((sku) => variant(sku)),
  ...more,
});
const row = (
  sku: string,
  title: string,
  more: { slug?: string; leads?: boolean; amount?: number } = {},
): ImportLine => {
  const { amount, leads = true, ...rest } = more;
  return { kind: "variant", leads, fields: { title }, variant: variant(sku, amount, title), ...rest };
};
const shelf = (...products: Product[]) =>
  new Shelf(
    products,
    new Set(products.map(({ slug }) => slug)),
    new Map([
      ["kitchen", { slug: "kitchen", path: "Kitchen", definitions: [] }],
      ["other", { slug: "other", path: "Other", definitions: [] }],
    ]),
  );
let ids = 0;
const newId = () => `new-${++ids}`;

test("a line that says what is so already changes nothing", () => {
  const kettle = product("kettle", ["K1", "K2"]);
  const on = shelf(kettle);
  assert.equal(on.apply(whole("kettle", ["K1", "K2"]), newId), "unchanged");
  assert.deepEqual(on.changed(), []);
});

test("a product is known again by any of its SKUs, also under a new title", () => {
  const on = shelf(product("kettle", ["K1", "K2"]));
  assert.equal(on.apply(whole("Copper kettle", ["K2", "K3"]), newId), "updated");
  const [changed] = on.changed();
  assert.equal(changed?.slug, "kettle");
  assert.equal(changed?.version, 5);
  assert.deepEqual(
    changed?.variants.map(({ sku }) => sku),
    ["K2", "K3"],
  );
});

test("however many lines change a product, it goes one version on", () => {
  const on = shelf(product("kettle", ["K1", "K2"]));
  on.apply(row("K1", "K1", { amount: 900 }), newId);
  on.apply(row("K2", "K2", { amount: 800 }), newId);
  assert.deepEqual(
    on.changed().map(({ version, variants }) => [version, ...variants.map(({ price }) => price.amount)]),
    [[5, 900, 800]],
  );
});

test("a SKU of another product is refused, and nothing changes", () => {
  const on = shelf(product("kettle", ["K1"]), product("pot", ["P1"]));
  assert.throws(() => on.apply(whole("Set", ["K1", "P1"]), newId), { code: errors.SkuTaken.code });
  assert.throws(() => on.apply(row("P1", "Pot", { slug: "kettle" }), newId), { code: errors.SkuTaken.code });
  assert.deepEqual(on.changed(), []);
});

test("a variant that a product gives up can be another's in the next line", () => {
  const on = shelf(product("kettle", ["K1", "K2"]));
  on.apply(whole("kettle", ["K1"]), newId);
  assert.equal(on.apply(whole("Lid", ["K2"]), newId), "created");
});

test("a title that is taken leads to a slug of its own", () => {
  const on = shelf(product("kettle", ["K1"]));
  on.apply(whole("Kettle", ["K9"]), newId);
  on.apply(whole("Import", ["I1"]), newId);
  assert.deepEqual(
    on.changed().map(({ slug }) => slug),
    ["kettle-k9", "import-i1"],
  );
});

test("rows with one product's slug make one product", () => {
  const on = shelf();
  assert.equal(on.apply(row("T-S", "Tee", { slug: "tee" }), newId), "created");
  assert.equal(on.apply(row("T-M", "Tea", { slug: "tee", leads: false }), newId), "updated");
  const [tee] = on.changed();
  assert.equal(tee?.title, "Tee");
  assert.equal(tee?.category, "Other");
  assert.deepEqual(
    tee?.variants.map(({ sku }) => sku),
    ["T-S", "T-M"],
  );
});

test("a row without a slug renames its product only when it is all there is of it", () => {
  const on = shelf(product("pair", ["A", "B"]), product("single", ["C"]));
  on.apply(row("A", "Left"), newId);
  on.apply(row("C", "Sole"), newId);
  assert.deepEqual(
    on.changed().map(({ title, variants }) => [title, variants[0]?.title]),
    [
      ["pair", "Left"],
      ["Sole", "Sole"],
    ],
  );
});
