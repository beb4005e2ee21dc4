import { anyone, Body, defineContract, event, get, post, role, service, Type } from "@souk/contract";

const Note = Type.Object({ id: Type.String(), text: Type.String(), echoes: Type.Integer(), stamped: Type.Boolean() });
const ById = Type.Object({ id: Type.String({ format: "uuid" }) });

/** The smallest service that uses everything of the chassis. */
export const sample = defineContract({
  name: "sample",
  endpoints: {
    write: post("/v1/notes", {
      summary: "Write a note",
      access: anyone,
      body: Body({ text: Type.String({ minLength: 1, maxLength: 100 }) }),
      returns: Note,
      status: 201,
      idempotency: "required",
    }),
    read: get("/v1/notes/:id", { summary: "Read a note", access: anyone, params: ById, returns: Note }),
    count: get("/v1/notes", {
      summary: "Count the notes",
      access: role("operator"),
      returns: Type.Object({ notes: Type.Integer() }),
    }),
    stamp: post("/internal/notes/:id/stamp", {
      summary: "Stamp a note",
      access: service("sample"),
      params: ById,
      returns: Type.Object({}),
      idempotency: "natural",
    }),
  },
  events: {
    written: event("sample.written.v1", "A note was written.", Type.Object({ text: Type.String() })),
  },
});
