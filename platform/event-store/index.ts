import type { MigrationSet } from "@souk/postgres";

export { createEventStore, type EventStoreOptions } from "./event-store.ts";
export {
  type BuildState,
  createGenerations,
  type Generations,
  type GenerationsOptions,
  type HistoryPage,
  type ReadHistory,
} from "./generations/generations.ts";
export { history } from "./generations/history.ts";
export { type LiveCopy, type LiveCopyOptions, liveCopy } from "./generations/live-copy.ts";
export { type Projected, type Projection, projection } from "./projection.ts";
export type { Difference } from "./projection-store.ts";
export { type Projector, type ProjectorOptions, startProjector } from "./projector.ts";
export { rebuildProjection, verifyProjection } from "./rebuild.ts";
export { rewriteStream } from "./rewrite.ts";
export type { EventRows } from "./store.ts";
export type { EventStore, Recorded, Stream, StreamType } from "./types.ts";

export const migrations: MigrationSet = { module: "event-store", directory: new URL("migrations/", import.meta.url) };
