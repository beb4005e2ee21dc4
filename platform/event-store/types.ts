import type { Decider, Instant } from "@souk/kernel";
import type { Tx } from "@souk/postgres";

export type Recorded<E> = {
  readonly streamId: string;
  /** Counted from 1 without gaps. */
  readonly version: number;
  readonly at: Instant;
  readonly event: E;
};

export type Stream<C, S, E> = {
  /** The state, folded from the start, and the version it is at (0 when there is no such stream). */
  load(streamId: string, upTo?: number): Promise<{ state: S; version: number; history: Recorded<E>[] }>;
  /** Several streams in one query, in the order of the ids. */
  loadMany(streamIds: readonly string[]): Promise<{ state: S; version: number; history: Recorded<E>[] }[]>;
  /**
   * Loads, decides and appends at the version it read, with the stream's inline projections, in one transaction of its own;
   * decides anew when another writer won, at most 5 times, then throws `postgres.contention`.
   * @returns the state after, and what was appended (`[]`: the command had been carried out before)
   * @throws ServiceError what `decide` throws
   */
  execute(streamId: string, command: C): Promise<{ state: S; version: number; appended: Recorded<E>[] }>;
  /**
   * The same inside the caller's transaction. The append is sent but not waited for; when another writer won, the transaction
   * fails as a serialization failure, which makes `Db.tx` run all of it again.
   */
  executeIn(tx: Tx, streamId: string, command: C): Promise<{ state: S; version: number; appended: Recorded<E>[] }>;
  /** `executeIn` for a stream whose id is new, without the query that finds nothing. */
  beginIn(tx: Tx, streamId: string, command: C): Promise<{ state: S; version: number; appended: Recorded<E>[] }>;
};

/** A kind of stream: its rules, what happens in the same transaction as an append, and how old events are read. */
export type StreamType<C, S, E> = {
  /** Stored with each event; renaming it is a migration. */
  readonly name: string;
  readonly decider: Decider<C, S, E>;
  /** Runs in the appending transaction, once per append: read models that must not lag, and what to publish. */
  readonly inline?: (appended: readonly Recorded<E>[], state: S, tx: Tx) => Promise<void>;
  /** By stored event type: turns an event as it was once written into today's. Tested against recorded events. */
  readonly upcasters?: Readonly<Record<string, (stored: { type: string; [member: string]: unknown }) => E>>;
};

export type EventStore = {
  of<C, S, E extends { readonly type: string }>(type: StreamType<C, S, E>): Stream<C, S, E>;
};
