import type { Instant } from "@souk/kernel";
import type { Tx } from "@souk/postgres";
import type { StreamType } from "./types.ts";

export type Projected<E> = {
  readonly streamId: string;
  readonly version: number;
  readonly at: Instant;
  readonly event: E;
  /** In the order of all events of the service; not without gaps. */
  readonly position: number;
};

/** A read model that may lag behind its events. */
export type Projection<E> = {
  /** Its checkpoint is stored under this; renaming it starts it anew. */
  readonly name: string;
  /** Whose events it reads. */
  readonly of: Pick<StreamType<unknown, unknown, E>, "name" | "upcasters">;
  /** As stored. Default: all of the stream type's. */
  readonly types?: readonly string[];
  /** All that it writes, in schema `public`, referenced tables first. Nobody else writes them. */
  readonly tables: readonly string[];
  /**
   * Writes what the events mean, in order of position, and so of version within a stream. The checkpoint commits with it, so
   * each event takes effect once. Names tables without schema: a rebuild runs the same code on others of the same name.
   */
  readonly apply: (events: readonly Projected<E>[], tx: Tx) => Promise<void>;
};

/** @param definition as is; this only infers its types */
export const projection = <E extends { readonly type: string }>(definition: Projection<E>): Projection<E> => definition;
