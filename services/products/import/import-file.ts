import type { Refused } from "@souk/http/records";
import { ServiceError } from "@souk/kernel";
import { type CatalogueDeps, save } from "../catalogue.ts";
import type { ImportReport } from "../contract.ts";
import { brandTable } from "../db/brands.ts";
import { categoryTable, lineages } from "../db/categories.ts";
import { productTable, takeTurn } from "../db/products.ts";
import { categoryLevels } from "../domain/category.ts";
import { defaultCategory, type ImportLine, Shelf } from "../domain/import-line.ts";
import { slugCandidates } from "../domain/slug.ts";
import { csvLines } from "./csv-lines.ts";
import { ndjsonLines } from "./ndjson.ts";
import type { ParsedLine } from "./parsed-line.ts";
import { Report } from "./report.ts";
import { Seen } from "./seen.ts";

/** A transaction of 500 lines takes some 100 ms: long enough to be worth its commit, short enough that other writers wait little. */
const batchSize = 500;
type Line = Exclude<ParsedLine, Refused>;

/**
 * Loads a file of any size while it arrives, batch by batch: what was loaded stays when the rest does not come, and the same
 * file sent again goes on from there, since what is so already is not changed.
 */
export async function importFile(
  deps: CatalogueDeps,
  chunks: AsyncIterable<Buffer>,
  mediaType: string,
): Promise<ImportReport> {
  const read = mediaType === "text/csv" ? csvLines : ndjsonLines;
  const report = new Report();
  const load = async (batch: readonly Line[]) => {
    const fates = await loadBatch(deps, batch);
    for (const [i, { number }] of batch.entries()) report.add(number, fates[i] ?? "unchanged");
  };
  let batch: Line[] = [];
  // One batch is loaded while the next is read, and no more: the file comes no faster than it is loaded.
  let loading: Promise<void> = Promise.resolve();
  for await (const line of read(chunks, new Seen())) {
    if ("reason" in line) report.add(line.number, line);
    else if (batch.push(line) === batchSize) {
      await loading;
      loading = load(batch);
      loading.catch(() => {}); // whoever awaits it hears of it; until then it must not end the process
      batch = [];
    }
  }
  await loading;
  if (batch.length > 0) await load(batch);
  return report.result();
}

type Fate = "created" | "updated" | "unchanged" | { readonly reason: string };

/** @returns what became of each line, in order */
const loadBatch = ({ db, publish, now, newId }: CatalogueDeps, batch: readonly Line[]): Promise<Fate[]> =>
  db.tx(async (tx) => {
    await takeTurn(tx);
    const needed = batch.flatMap(({ line, categories }) =>
      line.categorySlug === undefined ? categoryLevels(defaultCategory) : categories,
    );
    const table = productTable(tx);
    const brands = await brandTable(tx).ensure([...new Set(batch.flatMap(({ line }) => line.fields.brand ?? []))]);
    const lines = batch.map(({ line }) => calledAs(brands, line));
    const wanted = lines.flatMap(slugsWanted);
    const [places, products, taken] = await Promise.all([
      categoryTable(tx).ensure(needed),
      table.having({ skus: lines.flatMap(skusOf), slugs: lines.flatMap(({ slug }) => slug ?? []) }),
      table.slugsTaken(wanted),
    ]);
    const lineage = await lineages(tx, [...new Set([...places.values()].map(({ slug }) => slug))]);
    const categories = new Map(
      [...places].map(([named, place]) => [
        named,
        { ...place, definitions: lineage.get(place.slug)?.definitions ?? [] },
      ]),
    );
    const shelf = new Shelf(products, taken, categories);
    const fates = lines.map((line): Fate => {
      try {
        return shelf.apply(line, newId);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        return { reason: error.message };
      }
    });
    const changed = shelf.changed();
    if (changed.length > 0) await save(tx, publish, changed, now());
    return fates;
  });

/** A brand keeps the name that it was first given. */
function calledAs(brands: ReadonlyMap<string, string>, line: ImportLine): ImportLine {
  const { brand } = line.fields;
  const called = brand === undefined ? undefined : brands.get(brand);
  if (called === undefined || called === brand) return line;
  return line.kind === "product"
    ? { ...line, fields: { ...line.fields, brand: called } }
    : { ...line, fields: { ...line.fields, brand: called } };
}

const skusOf = (line: ImportLine): string[] =>
  line.kind === "product" ? line.variants.map(({ sku }) => sku) : [line.variant.sku];

/** The slugs a line may ask for should it make a product; an id is free for certain. */
const slugsWanted = (line: ImportLine): string[] =>
  line.slug !== undefined
    ? [line.slug]
    : slugCandidates({ id: "", title: line.fields.title, sku: skusOf(line)[0] ?? "" });
