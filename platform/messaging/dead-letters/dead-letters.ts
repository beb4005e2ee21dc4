import { type Clock, instant } from "@souk/kernel";
import { type Db, storableText, type Tx } from "@souk/postgres";
import { type ConsumerObserver, describe, isNobodysFault, runHandler } from "../inbox/handling.ts";
import { createReader, type Subscriptions } from "../inbox/subscriptions.ts";
import { messageOf } from "../message.ts";
import { errors } from "./errors.ts";
import {
  type Action,
  type AuditEntry,
  type DeadLetter,
  type DeadLetterStore,
  deadLetterStore,
  type Letter,
} from "./store.ts";

export type DeadLettersOptions = {
  readonly db: Db;
  readonly subscriber: string;
  readonly handlers: Subscriptions;
  readonly clock: Clock;
  readonly observe?: ConsumerObserver;
  readonly store?: DeadLetterStore;
};

export type DeadLetterDetail = DeadLetter & {
  /** JSON, unless that is what is wrong with it. */
  readonly data: string;
  readonly traceparent: string | null;
  readonly correlationId: string | null;
  readonly audit: readonly AuditEntry[];
};
export type Trial = { readonly ok: true } | { readonly ok: false; readonly error: string };

/** For operators. Everything that changes or runs something is written down with who asked for it. */
export type DeadLetters = {
  /** Newest first. @param page from 1 */
  list(query: { page: number; limit: number; type?: string }): Promise<{ data: DeadLetter[]; total: number }>;
  /** @throws ServiceError `messaging.dead_letter_not_found`, as do all below */
  show(eventId: string): Promise<DeadLetterDetail>;
  /** Replaces the payload. @throws ServiceError `messaging.payload_does_not_fit` */
  edit(eventId: string, data: string, actor: string): Promise<void>;
  /** Runs the handler and rolls back whatever it did. */
  dryRun(eventId: string, actor: string): Promise<Trial>;
  /** Handles the event now, under its own id, whatever has been handled since. When it fails the letter stays. */
  redrive(eventId: string, actor: string): Promise<Trial>;
  /** Has the running consumers try every letter once, ten a second. @returns how many, and when the last one is due */
  redriveAll(actor: string, filter?: { type?: string }): Promise<{ scheduled: number; lastAt: string | null }>;
  /** Takes the event for handled without handling it: nothing tries it again. Why, and what was in it, stays in the audit. */
  discard(eventId: string, actor: string, why: string): Promise<void>;
  /** For the consumer: tries those that are due. @returns how many there were */
  redriveDue(): Promise<number>;
};

const REDRIVE_EVERY_MS = 100;
const DUE_BATCH = 10;

class RolledBack extends Error {}

export function createDeadLetters(options: DeadLettersOptions): DeadLetters {
  const { db, subscriber, handlers, clock, observe: observer = {} } = options;
  const { store = deadLetterStore(db, subscriber) } = options;
  const read = createReader(handlers);
  const now = () => instant(clock.now());
  const note = (tx: Tx | Db, eventId: string, actor: string, action: Action, detail: string) =>
    store.audit(tx, [{ eventId, at: now(), actor, action, detail }]);

  async function find(eventId: string): Promise<Letter> {
    const letter = await store.find(eventId);
    if (!letter) throw errors.DeadLetterNotFound({ eventId });
    return letter;
  }

  /** @returns undefined when somebody else revived it first */
  async function revive({ message: row }: Letter, note?: (tx: Tx) => Promise<void>): Promise<Trial | undefined> {
    const message = messageOf(row);
    try {
      const startedAt = clock.monotonic();
      const revived = await db.tx(async (tx) => {
        if (!(await store.revive(tx, row.id, now()))) return false;
        await runHandler(read(message), tx, observer);
        await note?.(tx);
        return true;
      });
      if (!revived) return undefined;
      const durationMs = clock.monotonic() - startedAt;
      observer.handled?.({ message, outcome: "done", durationMs, ageMs: clock.now() - Date.parse(row.time) });
      return { ok: true };
    } catch (error) {
      if (isNobodysFault(error)) throw error;
      await store.failedAgain(row.id, describe(error));
      return { ok: false, error: describe(error) };
    }
  }

  return {
    async list({ page, limit, type }) {
      const [data, total] = await Promise.all([store.list({ type }, (page - 1) * limit, limit), store.count({ type })]);
      return { data, total };
    },

    async show(eventId) {
      const [{ message, ...letter }, audit] = await Promise.all([find(eventId), store.trail(eventId)]);
      const { data, traceparent, correlationId } = message;
      return { ...letter, data, traceparent, correlationId, audit };
    },

    async edit(eventId, data, actor) {
      const { message } = await find(eventId);
      try {
        read(messageOf({ ...message, data }));
      } catch (cause) {
        throw errors.PayloadDoesNotFit({ problem: describe(cause) }, { cause });
      }
      await db.tx(async (tx) => {
        const before = await store.replaceData(tx, eventId, data);
        if (before === undefined) throw errors.DeadLetterNotFound({ eventId });
        await note(tx, eventId, actor, "edit", before);
      });
    },

    async dryRun(eventId, actor) {
      const { message } = await find(eventId);
      const trial = await db
        .tx(async (tx): Promise<Trial> => {
          await runHandler(read(messageOf(message)), tx, observer);
          throw new RolledBack();
        })
        .catch((error): Trial => {
          if (isNobodysFault(error)) throw error;
          return error instanceof RolledBack ? { ok: true } : { ok: false, error: describe(error) };
        });
      await note(db, eventId, actor, "dry-run", trial.ok ? "succeeded" : trial.error);
      return trial;
    },

    async redrive(eventId, actor) {
      const letter = await find(eventId);
      const trial = await revive(letter, (tx) => note(tx, eventId, actor, "redrive", "succeeded"));
      if (!trial) throw errors.DeadLetterNotFound({ eventId });
      if (!trial.ok) await note(db, eventId, actor, "redrive", trial.error);
      return trial;
    },

    redriveAll: (actor, filter = {}) =>
      db.tx(async (tx) => {
        const scheduled = await store.schedule(tx, filter, now(), REDRIVE_EVERY_MS);
        const at = now();
        await store.audit(
          tx,
          scheduled.map(({ eventId, redriveAt }) => ({
            eventId,
            at,
            actor,
            action: "redrive",
            detail: `due at ${redriveAt}`,
          })),
        );
        const lastAt = scheduled.reduce<string | null>(
          (last, { redriveAt }) => (last === null || redriveAt > last ? redriveAt : last),
          null,
        );
        return { scheduled: scheduled.length, lastAt };
      }),

    discard: (eventId, actor, why) =>
      db.tx(async (tx) => {
        const letter = await store.find(eventId);
        if (!letter || !(await store.revive(tx, eventId, now()))) throw errors.DeadLetterNotFound({ eventId });
        await note(tx, eventId, actor, "discard", `${storableText(why)}\n${letter.message.data}`);
      }),

    async redriveDue() {
      const due = await store.due(now(), DUE_BATCH);
      for (const eventId of due) {
        const letter = await store.find(eventId);
        if (letter) await revive(letter);
      }
      return due.length;
    },
  };
}
