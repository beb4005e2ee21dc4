import { type Clock, instant } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import { type Build, type GenerationRows, generationRows } from "./store.ts";

/** One page of what an owner tells again. */
export type HistoryPage = {
  /** Writes it into one generation. What is there already and newer must stay: pages and events come in any order, and twice. */
  readonly write: (tx: Tx, generation: number) => Promise<unknown>;
  /** How much it is. */
  readonly told: number;
  /** Where the next page begins; null: this was the last. */
  readonly next: string | null;
};
/** @param after undefined: from the beginning */
export type ReadHistory = (after: string | undefined) => Promise<HistoryPage>;

export type GenerationsOptions<H extends string> = {
  readonly db: Db;
  readonly clock: Clock;
  /** Generations are stored under this; renaming it builds anew. */
  readonly name: string;
  /** What it is built from, read one after the other in the order of their names. */
  readonly histories: Readonly<Record<H, ReadHistory>>;
  /** All that it writes, in schema `public` with a column `generation`, referencing tables first. */
  readonly tables: readonly string[];
  /** What is left to do when everything has been read, before it is shown. */
  readonly finish?: (signal: AbortSignal) => Promise<void>;
  /** A generation has taken over. */
  readonly published: (generation: number) => void;
  readonly rows?: GenerationRows;
};

/** How far it is; `histories` are those of the generation that is being built, else of the live one. */
export type BuildState<H extends string> = {
  readonly state: "idle" | "building";
  readonly live?: number;
  readonly building?: number;
  readonly histories: { readonly history: H; readonly told: number; readonly done: boolean }[];
};

/** As a service declares its periodic tasks. */
type GenerationTask = {
  readonly name: string;
  readonly everyMs: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export type Generations<H extends string> = {
  /** Asks for a new generation; when one is being built already, for that one. */
  readonly begin: () => Promise<BuildState<H>>;
  readonly state: () => Promise<BuildState<H>>;
  readonly tasks: readonly GenerationTask[];
};

const deleteAtMost = 5_000;
/** Replicas have moved over to a new generation long before. */
const retiredForMs = 600_000;

/**
 * A read model of what other services own, in generations. One is built whenever there is none to show, or one was asked for: page by page
 * from what the owners tell again, while their events go into it as well (chassis.growing_generations). Each page commits with the place to
 * go on from, so that whoever comes after a crash does not begin anew; the new generation takes over from the live one at once, and what
 * nobody reads any more is deleted later.
 */
export function createGenerations<H extends string>(options: GenerationsOptions<H>): Generations<H> {
  const { db, clock, name, histories, tables, finish, published, rows = generationRows } = options;
  const now = () => instant(clock.now());
  // as: Object.keys forgets which they are
  const known = Object.keys(histories) as H[];
  const isKnown = (build: Build): build is Build & { history: H } => known.some((history) => history === build.history);
  const buildsOf = async (generation: number) => (await rows.builds(db, name, generation)).filter(isKnown);

  async function current() {
    const found = await rows.current(db, name);
    const numberOf = (wanted: string) => found.find(({ state }) => state === wanted)?.generation;
    return { live: numberOf("live"), building: numberOf("building") };
  }

  async function state(): Promise<BuildState<H>> {
    const { live, building } = await current();
    const latest = building ?? live;
    const builds = latest === undefined ? [] : await buildsOf(latest);
    return {
      state: building === undefined ? "idle" : "building",
      ...(live !== undefined && { live }),
      ...(building !== undefined && { building }),
      histories: builds.map(({ history, told, done }) => ({ history, told, done })),
    };
  }

  async function fill(generation: number, build: Build & { history: H }, signal: AbortSignal): Promise<void> {
    for (let { after, told, done } = build; !done && !signal.aborted; ) {
      const page = await histories[build.history](after ?? undefined);
      after = page.next;
      told += page.told;
      done = page.next === null;
      await db.tx(async (tx) => {
        await page.write(tx, generation);
        await rows.advance(tx, name, generation, { history: build.history, after, told, done });
      });
    }
  }

  async function build(signal: AbortSignal): Promise<void> {
    const { live, building } = await current();
    if (live !== undefined && building === undefined) return;
    // Also when one is being built: it was perhaps begun by a version that read fewer histories.
    const generation = await rows.begin(db, name, known, now());
    for (const build of await buildsOf(generation)) await fill(generation, build, signal);
    await finish?.(signal);
    if (signal.aborted) return;
    await rows.publish(db, name, generation, now());
    published(generation);
  }

  async function deleteOld(signal: AbortSignal): Promise<void> {
    const quietSince = instant(clock.now() - retiredForMs);
    while (!signal.aborted && (await rows.deleteRetired(db, name, tables, quietSince, deleteAtMost)) > 0);
  }

  return {
    async begin() {
      await rows.begin(db, name, known, now());
      return state();
    },
    state,
    tasks: [
      { name: "build the projection", everyMs: 1_000, run: build },
      { name: "delete old generations", everyMs: 10_000, run: deleteOld },
    ],
  };
}
