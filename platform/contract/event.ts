import type { Static, TSchema } from "typebox";

/** `type` names the fact and its version: `orders.placed.v1`. Within a version a schema only ever gains optional fields. */
export type EventType<N extends string = string, S extends TSchema = TSchema> = {
  readonly type: N;
  readonly schema: S;
  readonly summary: string;
};

/** @param summary one line for the reference page: what has happened, in the past tense */
export const event = <const N extends string, S extends TSchema>(
  type: N,
  summary: string,
  schema: S,
): EventType<N, S> => ({
  type,
  schema,
  summary,
});

/** An event as a subscriber gets it: the attributes of CloudEvents 1.0 that Souk uses, and the data. */
export type Delivery<E extends EventType = EventType> = {
  readonly id: string;
  readonly type: E["type"];
  /** The publishing service. */
  readonly source: string;
  /** The aggregate's id; deliveries of one subject arrive in `sequence`. */
  readonly subject: string;
  /** The aggregate's version, counted from 1 without gaps. */
  readonly sequence: number;
  readonly time: string;
  readonly data: Static<E["schema"]>;
};
