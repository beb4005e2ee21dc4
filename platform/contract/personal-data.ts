import type { EventType } from "./event.ts";
import { event } from "./event.ts";
import type { Static } from "./schemas.ts";
import { Id, Type } from "./schemas.ts";

/** A keyed digest of an e-mail address, which finds what is kept about it and tells nothing to whoever lacks the key. */
const AddressDigest = Type.String({ pattern: "^[0-9a-f]{64}$" });

/** Who is to be erased or exported: all that is under the user's id, and under addresses that are proved to be theirs. */
const person = { userId: Id, addressDigests: Type.Array(AddressDigest, { maxItems: 10 }) };

/** Asks every service to erase what it keeps about a person, and to say so with its own `erased` event. */
export const ErasureRequest = Type.Object({ erasureId: Id, ...person });
/** Asks every service for what it keeps about a person, sealed to a key that only the asking service can open. */
export const ExportRequest = Type.Object({
  exportId: Id,
  ...person,
  publicKey: Type.String({ description: "X25519, raw, base64url" }),
});

const Erased = Type.Object({
  erasureId: Id,
  userId: Id,
  state: Type.Union([Type.Literal("done"), Type.Literal("waiting")]),
  erased: Type.Record(Type.String(), Type.Integer(), { description: "how many of what, since the request" }),
  waitingFor: Type.Optional(Type.String({ description: "why the rest has to wait; another such event follows" })),
});
const Exported = Type.Object({
  exportId: Id,
  userId: Id,
  part: Type.Integer({ minimum: 1 }),
  parts: Type.Integer({ minimum: 1 }),
  sealed: Type.String({ description: "JSON sealed to the request's key, base64url" }),
});

export type ErasureRequested = EventType<string, typeof ErasureRequest>;
export type ExportRequested = EventType<string, typeof ExportRequest>;
export type ErasedFact = Static<typeof Erased>;
export type ExportedFact = Static<typeof Exported>;

/** The events of a service that keeps personal data. @param owner its name */
export const personalDataEvents = <const N extends string>(owner: N) => ({
  erased: event<`${N}.erased.v1`, typeof Erased>(
    `${owner}.erased.v1`,
    "What the service kept about a person is erased, or a part of it that need not wait.",
    Erased,
  ),
  exported: event<`${N}.exported.v1`, typeof Exported>(
    `${owner}.exported.v1`,
    "A part of what the service keeps about a person, for whoever asked.",
    Exported,
  ),
});
