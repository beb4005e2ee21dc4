import { type Clock, type Instant, instant, ServiceError, type Status } from "@souk/kernel";
import { type Db, isUniqueViolation, type MigrationSet, type Tx } from "@souk/postgres";
import { type IdempotencyStore, idempotencyStore, type RecordedKey } from "./idempotency-store.ts";
import { RequestProblem } from "./problems.ts";

/** The table behind `idempotency`. */
export const migrations: MigrationSet = { module: "http", directory: new URL("./migrations/", import.meta.url) };

/** One request that carries a key. */
export type KeyedRequest = {
  /** Of caller, operation and key. */
  readonly id: string;
  readonly fingerprint: Uint8Array;
  readonly requestId: string;
  /** The problem document that the caller would be sent. */
  readonly render: (refusal: ServiceError) => string;
};

/** The request that was answered first, as a problem document names it. */
export type FirstRequest = { readonly requestId: string | undefined; readonly timestamp: Instant };

export type Idempotency = {
  /**
   * One effect per key: the key's row commits with the effect of `work`, and the unique index decides between replicas.
   * @throws RecordedRefusal when the request was, now or before, finally refused
   * @throws RequestProblem `idempotency_in_progress`, `idempotency_key_reused`
   */
  once<T>(
    request: KeyedRequest,
    work: (tx: Tx) => Promise<T>,
  ): Promise<{ value: T; replayed: boolean; first: FirstRequest }>;
  /** Forgets keys that are older than the retention, 30 days. @returns how many */
  sweep(): Promise<number>;
};

type Outcome = { readonly text: string; readonly replayed: boolean; readonly first: FirstRequest };

/** A final refusal as it was first answered: replays send the same document. */
export class RecordedRefusal extends Error {
  readonly document: string;
  readonly replayed: boolean;
  constructor(document: string, replayed: boolean, options?: ErrorOptions) {
    super("the request was finally refused", options);
    this.document = document;
    this.replayed = replayed;
  }
}

/** Whatever they were for: docs/adr/0019-every-idempotency-key-is-kept-for-thirty-days.md */
const retentionMs = 30 * 24 * 3_600_000;
const sweepBatch = 1_000;

/** Repeating such a request cannot end otherwise. What may end otherwise (waiting, signing in, our own failure) is not recorded. */
export const isFinal = (error: unknown): error is ServiceError =>
  error instanceof ServiceError && final.has(error.status);
const final: ReadonlySet<Status> = new Set([
  "invalid_argument",
  "permission_denied",
  "not_found",
  "already_exists",
  "failed_precondition",
]);

const isTaken = (error: unknown) => isUniqueViolation(error, "idempotency_keys_pkey");

export function createIdempotency(db: Db, clock: Clock, store: IdempotencyStore = idempotencyStore): Idempotency {
  /** By key id: requests this process is working on. Others wait in PostgreSQL for the unique index to decide. */
  const working = new Map<string, Uint8Array>();
  const now = () => instant(clock.now());

  async function attempt(request: KeyedRequest, work: (tx: Tx) => Promise<unknown>): Promise<Outcome> {
    const { id, fingerprint, requestId, render } = request;
    try {
      return await db.tx<Outcome>(
        async (tx) => {
          const text = JSON.stringify(await work(tx)) ?? "";
          const recordedAt = now();
          const key = { fingerprint, refused: false, outcome: text, requestId, recordedAt };
          // Not awaited: it travels with the commit, which reports its failure. The index, not a question before it, decides.
          store.record(tx, id, key).catch(() => {});
          return { text, replayed: false, first: { requestId, timestamp: recordedAt } };
        },
        { settle: async (sql) => replay(await store.find(sql, id), fingerprint) },
      );
    } catch (error) {
      // A repeated request may fail on what its first run changed, long before its key is written: so look for the key.
      const document = isFinal(error) ? render(error) : undefined;
      const known = document === undefined ? await store.find(db, id) : await refuse(request, document);
      const outcome = replay(known, fingerprint);
      if (outcome) return outcome;
      throw document === undefined ? error : new RecordedRefusal(document, false, { cause: error });
    }
  }

  /** Records a refusal. @returns what was recorded before it, if anything */
  async function refuse(
    { id, fingerprint, requestId }: KeyedRequest,
    document: string,
  ): Promise<RecordedKey | undefined> {
    try {
      await store.record(db, id, { fingerprint, refused: true, outcome: document, requestId, recordedAt: now() });
      return undefined;
    } catch (error) {
      if (isTaken(error)) return store.find(db, id);
      throw error;
    }
  }

  return {
    async once(request, work) {
      const other = working.get(request.id);
      if (other) throw Buffer.compare(other, request.fingerprint) === 0 ? inProgress() : reused();
      working.set(request.id, request.fingerprint);
      try {
        const { text, replayed, first } = await attempt(request, work);
        // Even the first answer is rendered from the recorded text, so that it cannot differ from its replays.
        // as: the text is what `work` returned, as JSON
        const value = (text === "" ? undefined : JSON.parse(text)) as Awaited<ReturnType<typeof work>>;
        return { value, replayed, first };
      } finally {
        working.delete(request.id);
      }
    },

    async sweep() {
      const before = instant(clock.now() - retentionMs);
      for (let swept = 0; ; ) {
        const batch = await store.sweep(db, before, sweepBatch);
        swept += batch;
        if (batch < sweepBatch) return swept;
      }
    },
  };
}

function replay(known: RecordedKey | undefined, fingerprint: Uint8Array): Outcome | undefined {
  if (!known) return undefined;
  if (Buffer.compare(known.fingerprint, fingerprint) !== 0) throw reused();
  if (known.refused) throw new RecordedRefusal(known.outcome, true);
  const first = { requestId: known.requestId ?? undefined, timestamp: known.recordedAt };
  return { text: known.outcome, replayed: true, first };
}

const reused = () =>
  new RequestProblem(
    "idempotency_key_reused",
    "This Idempotency-Key belongs to another request. Use a new key for a new request, and the same key only to repeat one exactly.",
  );

const inProgress = () =>
  new RequestProblem(
    "idempotency_in_progress",
    "The first request with this Idempotency-Key is still being worked on. Repeat it shortly to get its answer.",
    { headers: { "retry-after": "1" } },
  );
