import { type LiveCopy, liveCopy } from "@souk/event-store";
import { type Clock, nilUuid, ReadThrough } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/service";
import { type Live, liveCatalogue, type ProjectedProduct, projectedProducts } from "./db/projection.ts";
import { synonymTable } from "./db/synonyms.ts";
import { Searcher } from "./domain/searcher.ts";
import { synonymsOf } from "./domain/synonyms.ts";
import type { Stemmer } from "./domain/vocabulary.ts";
import { listedOf } from "./listed-product.ts";
import { ShownProduct } from "./shown-product.ts";

/**
 * The products that were looked at last, as they are shown. The index holds what is searched and counted; what is only shown stays in the
 * database, or a million SKUs would need a gigabyte.
 */
export type Documents = ReadThrough<ShownProduct>;

/** A generation of the projection in memory. */
export type Shown = {
  readonly searcher: Searcher;
  readonly documents: Documents;
  /** Up to where it has followed the projection. */
  revision: number;
  synonyms: number;
};

export type ShownCatalogue = LiveCopy<Shown>;

/** What another replica has handled is seen within this, in milliseconds; what this one handled at once. */
const pollMs = 200;
/** Some milliseconds of work, between which requests are answered. */
const pageSize = 200;

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly stem: Stemmer;
  /** How much memory products may need that are kept as they are shown. */
  readonly documentBytes: number;
};

/** Keeps the live generation in memory: loads it, follows its changes, and moves over to the next one when that takes its place. */
export function shownCatalogue({ db, clock, log, stem, documentBytes }: Deps): ShownCatalogue {
  async function load({ generation, revision, synonyms }: Live, signal: AbortSignal): Promise<Shown> {
    const startedAt = clock.monotonic();
    const table = projectedProducts(db, generation);
    const loaded: Shown = {
      searcher: new Searcher(stem),
      documents: new ReadThrough({
        most: documentBytes,
        sizeOf: (product) => product.size,
        async fetch(ids) {
          const documents = await table.documents(ids);
          return new Map([...documents].map(([id, document]) => [id, new ShownProduct(document)]));
        },
      }),
      revision,
      synonyms: -1,
    };
    for (let after: string = nilUuid; ; ) {
      const page: ProjectedProduct[] = await table.page(after, pageSize);
      for (const product of page) show(loaded, product);
      after = page.at(-1)?.id ?? after;
      if (page.length < pageSize || signal.aborted) break;
    }
    await followProducts(loaded, generation); // what has changed while the pages were read
    await followSynonyms(loaded, synonyms);
    const durationMs = Math.round(clock.monotonic() - startedAt);
    log.info("a generation of the catalogue is shown", {
      generation,
      products: loaded.searcher.index.size,
      durationMs,
    });
    return loaded;
  }

  async function follow(shown: Shown, { generation, revision, synonyms }: Live): Promise<void> {
    if (shown.revision < revision) await followProducts(shown, generation);
    if (shown.synonyms !== synonyms) await followSynonyms(shown, synonyms);
  }

  async function followProducts(shown: Shown, generation: number): Promise<void> {
    const table = projectedProducts(db, generation);
    for (;;) {
      const changes = await table.changedSince(shown.revision, pageSize);
      for (const product of changes) {
        show(shown, product);
        shown.revision = product.revision;
      }
      if (changes.length < pageSize) return;
    }
  }

  async function followSynonyms(shown: Shown, revision: number): Promise<void> {
    shown.searcher.synonyms = synonymsOf(await synonymTable(db).all(), stem);
    shown.searcher.index.changes++;
    shown.synonyms = revision;
  }

  return liveCopy({ clock, log, live: () => liveCatalogue(db), load, follow, pollMs });
}

function show({ searcher, documents }: Shown, { id, active, document, available, popularity }: ProjectedProduct): void {
  const { index } = searcher;
  const known = index.find(id);
  if (!active) {
    index.remove(id);
    documents.forget(id);
  } else if (document !== null) {
    index.put(listedOf(document), { available, popularity });
    documents.forget(id);
  } else if (known !== undefined) index.setFigures(known, { available, popularity });
}
