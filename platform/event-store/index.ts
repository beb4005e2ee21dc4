export type { EventStore, Recorded, Stream, StreamType } from "./types.ts";
