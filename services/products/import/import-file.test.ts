import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import { sequentialIds, testDatabase } from "@souk/testing";
import { productTable } from "../db/products.ts";
import { importFile } from "./import-file.ts";

const { db, sql } = await testDatabase({
  sets: [{ module: "products", directory: new URL("../db/migrations/", import.meta.url) }],
});
const newId = sequentialIds();
let told: { subject: string; sequence: number }[] = [];
const publish: Publish = async (_tx, _event, { subject, sequence }) => {
  told.push({ subject, sequence });
};
const deps = { db, publish, newId, now: () => instant(Date.parse("2030-01-01T12:00:00Z")) };

/** In pieces that care neither for lines nor for characters. */
async function* inPieces(text: string, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const load = (text: string, mediaType = "text/csv") => {
  told = [];
  return importFile(deps, inPieces(text), mediaType);
};
const find = async (slug: string) => {
  const product = await productTable(db).find(slug);
  assert.ok(product, slug);
  return product;
};
const ndjson = "application/x-ndjson";
const line = (product: object) => `${JSON.stringify(product)}\n`;
const eur = (amount: number) => ({ amount, currency: "EUR" });

test("the sample shop is loaded once, however often it is sent", async () => {
  const sample = await readFile(new URL("../sample/catalogue.ndjson", import.meta.url), "utf8");
  const once = { lines: 200, updated: 0, rejected: 0, failed: [] };
  assert.deepEqual(await load(sample, ndjson), { ...once, created: 200, unchanged: 0 });
  assert.equal(told.length, 200);
  assert.deepEqual(await load(sample, ndjson), { ...once, created: 0, unchanged: 200 });
  assert.deepEqual(told, [], "what is so already is not told again");
});

test("every SKU of the sample shop has an opening stock", async () => {
  const lines = (await readFile(new URL("../sample/opening-stock.ndjson", import.meta.url), "utf8")).trim().split("\n");
  const stocked = lines.map((line): string => JSON.parse(line).sku);
  const sold = await sql<{ sku: string }>`select sku from variants order by sku`;
  assert.deepEqual(
    stocked.toSorted(),
    sold.map(({ sku }) => sku),
  );
});

test("a spreadsheet's CSV makes products, variants and categories", async () => {
  const report = await load(
    [
      "\ufeffsku;title;price;currency;category;productSlug;variant;weightGrams;taxClass;notes",
      "C-TEE-S;Tee;19.9;EUR;Wear > Shirts;c-tee;Small;180;;x",
      'C-TEE-M;Tee;21;EUR;Wear > Shirts;c-tee;"Medium; the ""usual""";190;;x',
      "C-HONEY;Honey;1500;JPY;;;;;reduced;x",
      "",
    ].join("\r\n"),
  );
  assert.deepEqual(report, { lines: 3, created: 2, updated: 1, unchanged: 0, rejected: 0, failed: [] });
  const tee = await find("c-tee");
  assert.equal(tee.category, "Wear > Shirts");
  assert.equal(tee.version, 1, "lines of one batch make one version");
  assert.deepEqual(
    tee.variants.map(({ sku, title, price, weightGrams }) => [sku, title, price.amount, weightGrams]),
    [
      ["C-TEE-S", "Small", 1990, 180],
      ["C-TEE-M", 'Medium; the "usual"', 2100, 190],
    ],
  );
  const honey = await find("honey");
  assert.equal(honey.categorySlug, "other");
  assert.deepEqual(honey.variants[0]?.price, { amount: 1500, currency: "JPY" });
  assert.equal(honey.variants[0]?.taxClass, "reduced");
});

test("a bad line is named and never stops the others", async () => {
  const dirty = [
    "sku,title,price,taxClass,currency",
    "D-1,Good,1.00",
    "D-2,No price,",
    ",No SKU,1.00",
    "D-3,Bad tax,1.00,luxury",
    "D-4,Odd money,1.00,,euro",
    'D-5,"An open quote,1.00',
    "D-6,Good too,2.00",
    'D-7,"Closed" early,1.00',
    "D-1,Again,3.00",
    "D-8,Too many,1.00,,EUR,x",
    "D-9,Good at last,3.00",
  ].join("\n");
  const report = await load(dirty);
  assert.deepEqual(
    report.failed.map(({ line }) => line),
    [3, 4, 5, 6, 7, 9, 10, 11],
  );
  assert.equal(report.created, 3);
  const again = await load(dirty);
  assert.deepEqual([again.created, again.updated, again.unchanged], [0, 0, 3]);
  assert.deepEqual(told, []);
});

test("a bad line of NDJSON is named too: broken, incomplete, unknown members, half a character, too long", async () => {
  const good = { title: "N", description: "", category: "Odds", variants: [{ sku: "N-1", title: "N", price: eur(1) }] };
  const report = await load(
    [
      '{"title": ',
      line({ title: "N" }),
      line({ ...good, colour: "red" }),
      line({ ...good, title: "\\" }).replace("\\\\", "\\ud800"),
      line({ ...good, description: "x".repeat(300_000) }),
      "",
      line(good),
    ]
      .map((text) => text.trimEnd())
      .join("\n"),
    ndjson,
  );
  assert.deepEqual(
    report.failed.map(({ line }) => line),
    [1, 2, 3, 4, 5],
  );
  assert.equal(report.lines, 6, "an empty line is none");
  assert.equal(report.created, 1);
});

test("a file that is not UTF-8 is refused line by line", async () => {
  async function* latin1() {
    yield Buffer.from("sku,title,price\nL-1,Caf\xe9,1\nL-2,Cafe,1\n", "latin1");
  }
  const report = await importFile(deps, latin1(), "text/csv");
  assert.deepEqual(report.failed, [{ line: 2, reason: "The line is not UTF-8." }]);
  assert.equal(report.created, 1);
});

test("a CSV file without a header that names its columns is refused whole", async () => {
  await assert.rejects(load("D-1,Good,1.00\n"), { code: "products.import_header" });
});

test("a changed price is a new version, told once", async () => {
  await load("sku,title,price\nV-1,Vase,10.00\n");
  const report = await load("sku,title,price\nV-1,Vase,12.00\n");
  assert.equal(report.updated, 1);
  assert.deepEqual(
    told.map(({ sequence }) => sequence),
    [2],
  );
  assert.equal((await find("vase")).variants[0]?.price.amount, 1_200);
});

test("two imports of one file at once make each product once", async () => {
  const file = Array.from({ length: 1_200 }, (_, i) =>
    line({
      title: `Twin ${i}`,
      description: "",
      category: "Twins",
      variants: [{ sku: `TWIN-${i}`, title: "T", price: eur(i) }],
    }),
  ).join("");
  const reports = await Promise.all([load(file, ndjson), load(file, ndjson)]);
  const sum = (name: "created" | "unchanged") => reports.reduce((n, report) => n + report[name], 0);
  assert.deepEqual([sum("created"), sum("unchanged")], [1_200, 1_200]);
});

test("a file is read one batch further than it is loaded, and no faster", async () => {
  let sent = 0;
  let ahead = 0;
  told = [];
  async function* lines() {
    for (; sent < 3_000; sent++) {
      ahead = Math.max(ahead, sent - told.length);
      yield Buffer.from(
        line({
          title: `Pace ${sent}`,
          description: "",
          category: "Pace",
          variants: [{ sku: `PACE-${sent}`, title: "P", price: eur(1) }],
        }),
      );
    }
  }
  assert.equal((await importFile(deps, lines(), ndjson)).created, 3_000);
  assert.ok(ahead <= 1_000, `${ahead} lines were held at once`);
});
