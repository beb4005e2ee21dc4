import type { ErasedFact, ErasureRequested, ExportRequested, personalDataEvents } from "@souk/contract/personal-data";
import { type Clock, type Instant, instant, nilUuid } from "@souk/kernel";
import type { Handler, Publish } from "@souk/messaging";
import type { Db, Sql, Tx } from "@souk/postgres";
import type { Task } from "../types.ts";
import { putInEnvelope } from "./envelope.ts";
import { type ErasureStore, erasureStore, type StoredErasure } from "./erasure-store.ts";
import type { PersonKeys } from "./person-keys.ts";

/** Everything that is a person's: under their account's id, and under addresses proved to be theirs (guest orders). */
export type Subject = { readonly userId: string; readonly addressDigests: readonly string[] };

export type Erasing = {
  /** How many of what were erased or made anonymous now: `{ deliveries: 3 }`. */
  readonly erased: Readonly<Record<string, number>>;
  /** Why something has to stay for now ("a parcel is under way"). It is tried again until this is undefined. */
  readonly waitingFor?: string;
};

/** What a service that keeps personal data has to be able to do. Both may be asked for people it has never heard of. */
export type Keeper = {
  /**
   * Erases what is kept of the person, or takes from it what leads to them. Runs again while it says that something waits; their
   * keys are destroyed after it when nothing does. @param requestedAt what the person gave later is not meant
   */
  readonly erase: (tx: Tx, subject: Subject, requestedAt: Instant) => Promise<Erasing>;
  /** All that is kept of the person, by kind, as they may read it: JSON without internals. */
  readonly collect: (sql: Sql, subject: Subject) => Promise<Readonly<Record<string, unknown>>>;
};

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly publish: Publish;
  /** Of the service's contract: `personalDataEvents("…")`. */
  readonly events: ReturnType<typeof personalDataEvents<string>>;
  readonly keys: PersonKeys;
  readonly keeper: Keeper;
  readonly store?: ErasureStore;
};

/** Bytes of JSON in one event of an export. */
const partBytes = 96 * 1024;
const finishEveryMs = 30_000;
const finishBatch = 50;
/** As long as an inbox remembers: nothing comes later. */
const rememberMs = 35 * 24 * 3_600_000;

/**
 * A service's part in erasing and exporting people: the handlers of the two requests, and a task that ends what had to wait. Each answer
 * commits with what it tells of.
 */
export function personalData({ db, clock, publish, events, keys, keeper, store = erasureStore }: Deps) {
  const now = () => instant(clock.now());

  async function erase(tx: Tx, erasure: StoredErasure, aboutWaiting: "tell" | "keep quiet"): Promise<void> {
    const { erasureId, userId, addressDigests, requestedAt } = erasure;
    const { erased, waitingFor } = await keeper.erase(tx, { userId, addressDigests }, requestedAt);
    if (waitingFor !== undefined && aboutWaiting === "keep quiet") return;
    if (waitingFor === undefined)
      await keys.destroy(tx, [{ userId }, ...addressDigests.map((addressDigest) => ({ addressDigest }))], requestedAt);
    const told = erasure.told + 1;
    await store.answered(tx, erasureId, told, waitingFor === undefined ? now() : null);
    const data: ErasedFact = {
      erasureId,
      userId,
      erased: { ...erased },
      ...(waitingFor === undefined ? { state: "done" } : { state: "waiting", waitingFor }),
    };
    await publish(tx, events.erased, { subject: erasureId, sequence: told, data });
  }

  const erasureRequested: Handler<ErasureRequested> = async ({ data, time }, tx) => {
    const erasure = { ...data, requestedAt: time };
    if (await store.insert(tx, erasure)) await erase(tx, { ...erasure, told: 0 }, "tell");
  };

  const exportRequested: Handler<ExportRequested> = async ({ data }, tx) => {
    const { exportId, userId, addressDigests, publicKey } = data;
    const text = Buffer.from(JSON.stringify(await keeper.collect(tx, { userId, addressDigests })));
    const parts = Math.max(1, Math.ceil(text.length / partBytes));
    for (let part = 1; part <= parts; part++) {
      const chunk = text.subarray((part - 1) * partBytes, part * partBytes);
      const sealed = putInEnvelope(publicKey, `${exportId}/${part}`, chunk);
      await publish(tx, events.exported, {
        subject: exportId,
        sequence: part,
        data: { exportId, userId, part, parts, sealed },
      });
    }
  };

  const finishErasures: Task = {
    name: "finish erasures",
    everyMs: finishEveryMs,
    async run(signal) {
      for (let after: string = nilUuid; !signal.aborted; ) {
        const waiting = await db.tx(async (tx) => {
          const locked = await store.lockWaiting(tx, after, finishBatch);
          for (const erasure of locked) await erase(tx, erasure, "keep quiet");
          return locked;
        });
        after = waiting.at(-1)?.erasureId ?? after;
        if (waiting.length < finishBatch) break;
      }
      await store.forget(db, instant(clock.now() - rememberMs));
    },
  };

  return { erasureRequested, exportRequested, finishErasures };
}
