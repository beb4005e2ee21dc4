import type { MessageRow } from "../../message.ts";
import type { Message } from "../../types.ts";

/** A partition that this replica may read, until its lease ends or the epoch is raised. */
export type Tenure = { readonly partition: number; readonly epoch: number; readonly position: number };
export type Member = { readonly instance: string; readonly types: readonly string[] };
export type LogRow = MessageRow & { readonly position: number; readonly partition: number };
export type Notice =
  | { readonly kind: "messages"; readonly types: readonly string[] }
  | { readonly kind: "members"; readonly subscriber: string };

/** What the transport asks of the database that holds the log. Leases are by that database's clock. */
export type LogStore = {
  /** Appends `messages` that are not there yet, all or none, durably; then tells those who listen. */
  append(messages: readonly Message[]): Promise<void>;
  /**
   * @param after by partition, what has been read of it; Infinity for those not wanted
   * @returns messages in order, and `end`: all up to there, but for what `limit` cut off, are either returned or not wanted
   */
  read(after: readonly number[], types: readonly string[], limit: number): Promise<{ end: number; rows: LogRow[] }>;
  /**
   * Registers subscriber and replica. A type that the subscriber has not asked for before starts now: from this commit on,
   * replicas that would skip it cannot move a cursor.
   */
  join(subscriber: string, member: Member, leaseMs: number): Promise<void>;
  /** Says that this replica is there. @returns all that are, and all types the subscriber has asked for */
  beat(subscriber: string, instance: string, leaseMs: number): Promise<{ members: Member[]; types: string[] }>;
  /** Moves cursors on and renews their leases. @returns the partitions that still were this replica's */
  hold(subscriber: string, tenures: readonly Tenure[], leaseMs: number): Promise<Set<number>>;
  /** Takes over up to `count` partitions that nobody holds. */
  claim(subscriber: string, instance: string, count: number, leaseMs: number): Promise<Tenure[]>;
  /** Moves cursors on and gives the partitions away; tells the other replicas. */
  release(subscriber: string, tenures: readonly Tenure[]): Promise<void>;
  /** Ends the membership; tells the other replicas. */
  leave(subscriber: string, instance: string): Promise<void>;
  /** What of `types` is behind the subscriber's cursors, which are written some 200 ms late. */
  lag(subscriber: string, types: readonly string[]): Promise<{ messages: number; oldestAt: string | null }>;
  /** Deletes messages older than `before` that every subscriber has read, looking at the oldest `limit`. @returns how many */
  sweep(before: string, limit: number): Promise<number>;
  /** Calls `notice` for what is appended or changes, and with nothing when something may have been missed. */
  listen(notice: (notice?: Notice) => void): { close(): Promise<void> };
  close(): Promise<void>;
};
