import { type Chance, type Clock, instant } from "@souk/kernel";
import type { Db, Sql, Tx } from "@souk/postgres";
import { advance, isIrrevocable, type Progress, type SagaEvent, statusOf } from "./engine.ts";
import type { OutcomeWriter } from "./outcome-writer.ts";
import type { Shape } from "./shape.ts";
import {
  type Data,
  type HistoryEntry,
  isNotRecorded,
  type News,
  type SagaRow,
  type SagaStore,
  storable,
  type Write,
} from "./store.ts";

export type LedgerDeps = {
  readonly db: Db;
  readonly store: SagaStore;
  readonly writer: OutcomeWriter;
  readonly clock: Clock;
  readonly chance: Chance;
};

/** The row as it was claimed or inserted. */
export type HeldRow = Pick<
  SagaRow,
  "id" | "fence" | "version" | "news" | "progress" | "cancel" | "signals" | "input" | "output"
>;

/**
 * `refused`: the saga was asked to stop before this write could make that impossible; it has turned back instead, nothing was
 * written. `lost`: another runner has it now, or nobody knows: stop.
 */
export type Saved = "written" | "refused" | "lost";

/** What is known of a held saga, and how much of it the database knows too. */
export type Ledger = {
  readonly progress: () => Progress;
  readonly data: () => Data;
  readonly signals: () => Readonly<Record<string, Data>>;
  /** Something must be saved before anything else may begin. */
  readonly isDirty: () => boolean;
  readonly happened: (event: SagaEvent) => void;
  /** An event that must not be lost, and its line in the history. */
  readonly conclude: (event: SagaEvent, entry?: HistoryEntry) => void;
  /** A line for the history, with the next write. */
  readonly note: (entry: HistoryEntry) => void;
  /** Takes over what a step returned. @returns it as the database will give it back; undefined when there is nothing */
  readonly merge: (returned: unknown) => Data | undefined;
  /** `wakeAt`: gives the saga back, to be taken up then (epoch ms). */
  readonly save: (options?: { readonly lazy?: boolean; readonly wakeAt?: number }) => Promise<Saved>;
  /**
   * Runs `work` in a transaction that also records `event` and everything not yet saved.
   * @param entryOf its line in the history  @throws what `work` throws; then nothing was written and nothing has changed
   */
  readonly commit: (
    event: SagaEvent,
    work: (tx: Tx) => Promise<unknown>,
    entryOf: () => HistoryEntry,
  ) => Promise<Saved>;
};

/** @param adopted somebody else held it when their lease lapsed */
export function createLedger(shape: Shape, held: HeldRow, adopted: boolean, deps: LedgerDeps): Ledger {
  const { id, fence } = held;
  const { db, store, writer, clock, chance } = deps;
  let { version, news, progress } = held;
  let signals = held.signals ?? {};
  let data: Data = Object.freeze({ ...held.input, ...held.output });
  let history: readonly HistoryEntry[] = [];
  let output: Data | undefined;
  let isDirty = false;

  const after = (event: SagaEvent) => advance(shape, progress, event, { now: clock.now(), chance });

  function learn(seen: News): void {
    if (seen.news === news) return;
    news = seen.news;
    signals = seen.signals ?? {};
    turnBackIf(seen.cancel);
  }

  function turnBackIf(cancel: SagaRow["cancel"]): void {
    if (!cancel || progress.failure) return;
    progress = after({ type: "cancelled", reason: cancel });
    isDirty ||= progress.failure !== undefined;
  }

  function writeOf(
    result: Progress,
    entries: readonly HistoryEntry[],
    merged: Data | undefined,
    wakeAt?: number,
  ): Write {
    const status = statusOf(shape, result);
    const irrevocable = isIrrevocable(shape, result);
    const isOver = status === "completed" || status === "compensated";
    const at = instant(clock.now());
    return {
      id,
      fence,
      version,
      news,
      status,
      progress: result,
      ...(merged && { output: merged }),
      irrevocable,
      unless_cancelled: irrevocable || status === "completed",
      release: isOver || wakeAt !== undefined,
      ...(wakeAt !== undefined && { wake_at: instant(wakeAt) }),
      at,
      ...(isOver && { ended_at: at }),
      history: entries,
    };
  }

  /** A write was not confirmed: another's, ours but the answer was lost, or refused. */
  async function explain(write: Write): Promise<Saved> {
    const row = await store.load(db, id);
    if (row?.fence !== fence) return "lost";
    learn(row);
    if (row.version === write.version) return progress.failure ? "refused" : "lost";
    version = row.version;
    return "written";
  }

  async function save({ lazy = false, wakeAt }: { lazy?: boolean; wakeAt?: number } = {}): Promise<Saved> {
    const write = writeOf(progress, history, output, wakeAt);
    [history, output, isDirty] = [[], undefined, false];
    const seen = await writer.write(write, { lazy });
    if (!seen) {
      const saved = await explain(write);
      if (saved === "refused") [history, output, isDirty] = [write.history, write.output, true];
      return saved;
    }
    version++;
    learn(seen);
    return "written";
  }

  async function commit(
    event: SagaEvent,
    work: (tx: Tx) => Promise<unknown>,
    entryOf: () => HistoryEntry,
  ): Promise<Saved> {
    let result = progress;
    let merged: Data | undefined;
    const attempt = async (tx: Tx) => {
      merged = dataOf(await work(tx));
      result = after(event);
      const entry = { ...entryOf(), ...(merged && { output: merged }) };
      const everything = output || merged ? { ...output, ...merged } : undefined;
      // Not awaited here: it travels with the commit, which fails with it.
      const recorded = store.recordIn(tx, writeOf(result, [...history, entry], everything));
      recorded.catch(() => {});
      return { recorded };
    };
    const settle = async (sql: Sql) => {
      const row = await store.load(sql, id);
      return row?.fence === fence && row.version === version + 1 ? { recorded: Promise.resolve<News>(row) } : undefined;
    };
    let seen: News;
    try {
      seen = await (await db.tx(attempt, { settle })).recorded;
    } catch (error) {
      if (!isNotRecorded(error)) throw error;
      const saved = await explain(writeOf(progress, history, output));
      // Written, but when and what is not known here: whoever claims it next will see.
      return saved === "refused" ? saved : "lost";
    }
    version++;
    progress = result;
    if (merged) data = Object.freeze({ ...data, ...merged });
    [history, output, isDirty] = [[], undefined, false];
    learn(seen);
    return "written";
  }

  if (adopted) {
    // Before the cancel: what may have been begun is to be undone too.
    progress = after({ type: "adopted" });
    isDirty = true;
  }
  turnBackIf(held.cancel);
  return {
    progress: () => progress,
    data: () => data,
    signals: () => signals,
    isDirty: () => isDirty,
    happened(event) {
      progress = after(event);
    },
    conclude(event, entry) {
      progress = after(event);
      if (entry) history = [...history, entry];
      isDirty = true;
    },
    note(entry) {
      history = [...history, entry];
    },
    merge(returned) {
      const merged = dataOf(returned);
      if (!merged) return undefined;
      output = { ...output, ...merged };
      data = Object.freeze({ ...data, ...merged });
      return merged;
    },
    save,
    commit,
  };
}

/** What a step returned, as JSON would give it back: a resumed saga must see the same. */
function dataOf(returned: unknown): Data | undefined {
  if (typeof returned !== "object" || returned === null) return undefined;
  const value = storable(returned as Data); // as: the type of a step says that it returns part of the saga's data
  return Object.keys(value).length > 0 ? value : undefined;
}
