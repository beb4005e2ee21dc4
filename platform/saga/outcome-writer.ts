import { type Chance, type Clock, ServiceError, sleep } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import { backOffMs } from "./back-off.ts";
import type { News, SagaStore, Write } from "./store.ts";

export type OutcomeWriterOptions = {
  readonly sql: Sql;
  readonly store: SagaStore;
  readonly clock: Clock;
  readonly chance: Chance;
  /** False once this runner's lease has lapsed or it must end: then nothing is written again. */
  readonly mayWrite: () => boolean;
};

export type OutcomeWriter = {
  /**
   * Resolves when `write` is durable; with undefined when it was refused (see `SagaStore.record`), or when nobody knows because
   * the lease lapsed first. One at a time per saga. `lazy`: nobody waits for it, so it goes along with others.
   * @throws Error when the database refuses the write itself, whoever's fault it is
   */
  write(write: Write, options?: { readonly lazy?: boolean }): Promise<News | undefined>;
  /** Sends lazy writes at once from now on. */
  hurry(): void;
  stats(): { readonly statements: number; readonly writes: number };
};

type Pending = {
  readonly write: Write;
  readonly resolve: (news: News | undefined) => void;
  readonly reject: (error: unknown) => void;
};

/** Two: while one waits for the disk, the next one is under way; with more, batches only get smaller. */
const FLIGHTS = 2;
const MOST_IN_ONE = 128;
const LAZY_MS = 20;

/**
 * Group commit: what arrives while a statement is under way leaves together in the next one. When it is quiet a write leaves
 * at once, so batching never makes anybody wait who would not have waited for the disk anyway.
 */
export function createOutcomeWriter(options: OutcomeWriterOptions): OutcomeWriter {
  const { sql, store, clock, chance, mayWrite } = options;
  const urgent: Pending[] = [];
  const lazy: Pending[] = [];
  let flights = 0;
  let scheduled = false;
  let lazyTimer: (() => void) | undefined;
  let hurried = false;
  let statements = 0;
  let writes = 0;

  function schedule(): void {
    if (scheduled || flights >= FLIGHTS) return;
    scheduled = true;
    // Answers that came in the same turn of the event loop are still being worked on: take their outcomes along.
    queueMicrotask(() => {
      scheduled = false;
      takeOff();
    });
  }

  function takeOff(): void {
    if (flights >= FLIGHTS || (urgent.length === 0 && !lazyDue())) return;
    const batch = urgent.splice(0, MOST_IN_ONE);
    batch.push(...lazy.splice(0, MOST_IN_ONE - batch.length));
    if (lazy.length === 0) {
      lazyTimer?.();
      lazyTimer = undefined;
    }
    flights++;
    void fly(batch).finally(() => {
      flights--;
      takeOff();
    });
  }

  const lazyDue = () => lazy.length > 0 && (hurried || lazy.length >= MOST_IN_ONE);

  async function fly(batch: readonly Pending[]): Promise<void> {
    try {
      statements++;
      writes += batch.length;
      const news = await persist(batch.map(({ write }) => write));
      for (const { write, resolve } of batch) resolve(news?.get(write.id));
    } catch (error) {
      const [only] = batch;
      if (batch.length === 1 && only) return only.reject(error);
      // One of them is to blame; the others must not suffer.
      for (const each of batch) await fly([each]);
    }
  }

  /** Asks until the database answers. Repeating is safe: what had been written is refused by its version. */
  async function persist(batch: readonly Write[]): Promise<Map<string, News> | undefined> {
    for (let attempts = 1; mayWrite(); attempts++) {
      try {
        return await store.record(sql, batch);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
      }
      await sleep(clock, backOffMs(attempts, 1_000, chance));
    }
    return undefined;
  }

  return {
    write: (write, { lazy: isLazy = false } = {}) =>
      new Promise((resolve, reject) => {
        (isLazy && !hurried ? lazy : urgent).push({ write, resolve, reject });
        if (!isLazy || hurried || lazy.length >= MOST_IN_ONE) return schedule();
        lazyTimer ??= clock.after(LAZY_MS, () => {
          lazyTimer = undefined;
          urgent.push(...lazy.splice(0));
          schedule();
        });
      }),
    hurry() {
      hurried = true;
      schedule();
    },
    stats: () => ({ statements, writes }),
  };
}
