import { type Clock, sleep } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/service";
import { generations, type ProjectedProduct, projectedProducts } from "./db/projection.ts";
import { synonymTable } from "./db/synonyms.ts";
import { Documents } from "./documents.ts";
import { Searcher } from "./domain/searcher.ts";
import { synonymsOf } from "./domain/synonyms.ts";
import type { Stemmer } from "./domain/vocabulary.ts";
import { listedOf } from "./stored-product.ts";

/** A generation of the projection in memory. */
export type Shown = {
  readonly generation: number;
  readonly searcher: Searcher;
  readonly documents: Documents;
  /** Up to where it has followed the projection. */
  revision: number;
  synonyms: number;
};

export type ShownCatalogue = {
  /** Undefined until a generation has been built and loaded. */
  readonly current: () => Shown | undefined;
  /** There may be something new. */
  readonly wake: () => void;
  /** Resolves when what was committed before is shown. @throws what the database throws */
  readonly refresh: () => Promise<void>;
  start(): { close(): Promise<void> };
};

/** What another replica has handled is seen within this, in milliseconds; what this one handled at once. */
const pollMs = 200;
const longestPauseMs = 10_000;
/** Some milliseconds of work, between which requests are answered. */
const pageSize = 200;

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly stem: Stemmer;
  /** Documents that are kept in memory. */
  readonly documents: number;
};

/** Keeps the live generation in memory: loads it, follows its changes, and moves over to the next one when that takes its place. */
export function shownCatalogue({ db, clock, log, stem, documents }: Deps): ShownCatalogue {
  const closing = new AbortController();
  let woken = new AbortController();
  let shown: Shown | undefined;
  let turn: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const live = await generations(db).live();
    if (!live) return;
    if (shown?.generation !== live.generation) shown = await load(live.generation, live.revision);
    else if (shown.revision < live.revision) await follow(shown);
    if (shown.synonyms !== live.synonyms) {
      shown.searcher.synonyms = synonymsOf(await synonymTable(db).all(), stem);
      shown.searcher.index.changes++;
      shown.synonyms = live.synonyms;
    }
  }

  async function load(generation: number, revision: number): Promise<Shown> {
    const startedAt = clock.monotonic();
    const table = projectedProducts(db, generation);
    const loaded: Shown = {
      generation,
      searcher: new Searcher(stem),
      documents: new Documents(documents, (ids) => table.documents(ids)),
      revision,
      synonyms: -1,
    };
    for (let after: string | null = null; ; ) {
      const page: ProjectedProduct[] = await table.page(after, pageSize);
      for (const product of page) show(loaded, product);
      after = page.at(-1)?.id ?? null;
      if (page.length < pageSize || closing.signal.aborted) break;
    }
    await follow(loaded); // what has changed while the pages were read
    const durationMs = Math.round(clock.monotonic() - startedAt);
    log.info("a generation of the catalogue is shown", {
      generation,
      products: loaded.searcher.index.size,
      durationMs,
    });
    return loaded;
  }

  async function follow(target: Shown): Promise<void> {
    const table = projectedProducts(db, target.generation);
    for (;;) {
      const changes = await table.changedSince(target.revision, pageSize);
      for (const product of changes) {
        show(target, product);
        target.revision = product.revision;
      }
      if (changes.length < pageSize) return;
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; ) {
      woken = new AbortController(); // before the look: a wake-up during it counts
      try {
        await refresh();
        failures = 0;
        await sleep(clock, pollMs, AbortSignal.any([closing.signal, woken.signal]));
      } catch (error) {
        if (++failures === 1) log.warn("the catalogue cannot be followed", { error });
        await sleep(clock, Math.min(longestPauseMs, pollMs * 2 ** failures), closing.signal);
      }
    }
  }

  /** One look after the other. */
  const refresh = (): Promise<void> => {
    turn = turn.catch(() => {}).then(look); // its own caller was told of the former failure
    return turn;
  };

  return {
    current: () => shown,
    wake: () => woken.abort(),
    refresh,
    start() {
      const ended = run();
      return {
        async close() {
          closing.abort();
          await ended;
        },
      };
    },
  };
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
