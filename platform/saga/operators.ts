import { type Chance, type Clock, instant } from "@souk/kernel";
import { type Db, storableText } from "@souk/postgres";
import { type Action, advance, inProgress, isIrrevocable, next, type SagaEvent, statusOf } from "./engine.ts";
import { errors } from "./errors.ts";
import type { Shape } from "./shape.ts";
import type { Data, HistoryEntry, ListQuery, SagaRow, SagaStore } from "./store.ts";
import type { Reason, SagaStatus } from "./types.ts";

/** A saga in a list. */
export type SagaSummary = {
  readonly id: string;
  readonly name: string;
  readonly status: SagaStatus;
  /** The steps in progress. */
  readonly steps: readonly string[];
  /** The most attempts that any of them has had. */
  readonly attempts: number;
  readonly failure?: Reason;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** When it is taken up again; absent while it is being worked on. */
  readonly dueAt?: string;
};

export type SagaDetail = SagaSummary & {
  readonly data: Data;
  readonly irrevocable: boolean;
  /** `input`: the saga's data as the step got it. */
  readonly history: readonly (HistoryEntry & { readonly seq: number; readonly input?: Data })[];
};

/** What a person may do with sagas. Each change is a row in the history with its actor. */
export type SagaOperators = {
  /** By id, at most `limit`; `after` is the last id of the page before. */
  list(query: ListQuery): Promise<SagaSummary[]>;
  /** @throws ServiceError `saga.not_found` */
  show(id: string): Promise<SagaDetail>;
  /** How many have not ended, by name and status. */
  counts(): Promise<{ name: string; status: SagaStatus; count: number }[]>;
  /** Makes the next attempt now. @throws ServiceError `saga.at_work`, `saga.over`, `saga.not_found` */
  retry(id: string, actor: string): Promise<void>;
  /**
   * Takes the step, or its undo, for done. Not for a pivot: nobody may decide for it whether money moved.
   * @throws ServiceError `saga.not_skippable`, `saga.at_work`, `saga.over`, `saga.not_found`
   */
  skip(id: string, step: string, actor: string, why: string): Promise<void>;
  /** Turns it back. @throws ServiceError `saga.irrevocable`, `saga.over`, `saga.not_found` */
  compensate(id: string, actor: string, why: string): Promise<void>;
};

export type OperatorsDeps = {
  readonly db: Db;
  readonly store: SagaStore;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly due: (id: string) => void;
};

export function createOperators({ db, store, clock, chance, shapes, due }: OperatorsDeps): SagaOperators {
  function summaryOf(row: SagaRow): SagaSummary {
    const { id, name, status, progress, started_at: startedAt, ended_at, wake_at } = row;
    const shape = shapes.get(name);
    const attempts = Object.values(progress.steps).map((step) => ("attempts" in step ? step.attempts : 0));
    return {
      id,
      name,
      status,
      steps: shape && !ended_at ? inProgress(shape, progress) : [],
      attempts: Math.max(0, ...attempts),
      ...(progress.failure && { failure: progress.failure }),
      startedAt,
      ...(ended_at && { endedAt: ended_at }),
      ...(wake_at && { dueAt: wake_at }),
    };
  }

  /** Changes a saga that nobody is working on, as `decide` says, and lets it go on at once. */
  async function change(
    id: string,
    entry: Pick<HistoryEntry, "actor" | "step" | "code" | "message">,
    decide: (row: SagaRow, shape: Shape) => SagaEvent,
  ): Promise<void> {
    await db.tx(async (tx) => {
      const row = await store.lock(tx, id);
      if (!row) throw errors.NotFound({ id });
      if (row.ended_at) throw errors.Over({ id, status: row.status });
      const shape = shapes.get(row.name);
      if (!shape) throw errors.Unknown({ name: row.name });
      if (row.owner !== null) throw errors.AtWork({ id });
      const progress = advance(shape, row.progress, decide(row, shape), { now: clock.now(), chance });
      const at = instant(clock.now());
      const status = statusOf(shape, progress);
      await store.recordIn(tx, {
        id,
        fence: row.fence,
        version: row.version,
        news: row.news,
        // What is over is for the runner to end: the `rejected` hook belongs to that.
        status: status === "completed" || status === "compensated" ? "running" : status,
        progress,
        irrevocable: isIrrevocable(shape, progress),
        unless_cancelled: false,
        release: true,
        wake_at: at,
        at,
        history: [{ ...entry, action: "operator", outcome: "ok", at }],
      });
      tx.afterCommit(() => due(id));
    });
  }

  return {
    list: async (query) => (await store.list(db, query)).map(summaryOf),

    async show(id) {
      const [row, history] = await Promise.all([store.load(db, id), store.history(db, id)]);
      if (!row) throw errors.NotFound({ id });
      let data = row.input;
      const lines = history.map(({ ...line }) => {
        for (const name of Object.keys(line) as (keyof typeof line)[]) if (line[name] === null) delete line[name];
        const input = data;
        if ((line.action === "do" || line.action === "undo") && line.output) data = { ...data, ...line.output };
        return line.action === "do" || line.action === "undo" ? { ...line, input } : line;
      });
      return { ...summaryOf(row), data: { ...row.input, ...row.output }, irrevocable: row.irrevocable, history: lines };
    },

    counts: () => store.open(db),

    retry: (id, actor) => change(id, { actor, code: "retry" }, () => ({ type: "hurried" })),

    skip: (id, step, actor, why) =>
      change(id, { actor, step, code: "skip", message: storableText(why) }, (row, shape) => {
        const action = next(shape, row.progress).actions.find(({ leaf }) => leaf.name === step);
        const refusal = whyNotSkippable(action);
        if (refusal) throw errors.NotSkippable({ id, step, why: refusal });
        return { type: "skipped", step };
      }),

    async compensate(id, actor, why) {
      const turned = await db.tx(async (tx) => {
        tx.afterCommit(() => due(id));
        const reason = { code: "saga.compensated", message: storableText(why) };
        return store.cancel(tx, id, reason, instant(clock.now()), actor);
      });
      if (turned) return;
      const row = await store.load(db, id);
      if (!row) throw errors.NotFound({ id });
      if (row.ended_at) throw errors.Over({ id, status: row.status });
      throw errors.Irrevocable({ id });
    },
  };
}

function whyNotSkippable(action: Action | undefined): string | undefined {
  if (!action) return "it is not what the saga does next";
  if (action.leaf.isPivot) return "it is the pivot, and only its own answer can say whether it has happened";
  if (action.leaf.step === undefined) return "the reason of the rejection must reach its owner";
  return undefined;
}
