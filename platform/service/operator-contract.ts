import {
  Body,
  type Contract,
  defineContract,
  get,
  Id,
  OneOf,
  post,
  put,
  service,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";

/** The name with which the command proves itself: no service, but known to the trust bundle like one. */
const access = service("operator");
const Nothing = Type.Object({});
const optional = Type.Optional;

/** Who asks, as the audit will name them. */
const Actor = Text(100);
const ById = Body({ id: Text(200) });
/** A dead letter is known by its event. */
const ByEvent = Body({ id: Id });
const Status = OneOf("running", "waiting", "compensating", "completed", "compensated", "stuck");

const sagaSummary = {
  id: Type.String(),
  name: Type.String(),
  status: Status,
  steps: Type.Array(Type.String(), { description: "in progress" }),
  attempts: Type.Integer({ description: "the most that any of them has had" }),
  failure: optional(Type.Object({ code: Type.String(), message: Type.String() })),
  startedAt: Timestamp,
  endedAt: optional(Timestamp),
  dueAt: optional(Timestamp),
};
const SagaDetail = Type.Object({
  ...sagaSummary,
  data: Type.Record(Type.String(), Type.Unknown()),
  irrevocable: Type.Boolean(),
  history: Type.Array(
    Type.Object({
      seq: Type.Integer(),
      step: optional(Type.String()),
      action: OneOf("do", "undo", "signal", "operator"),
      attempt: optional(Type.Integer()),
      outcome: OneOf("ok", "refused", "unknown", "given-up"),
      input: optional(Type.Record(Type.String(), Type.Unknown())),
      output: optional(Type.Record(Type.String(), Type.Unknown())),
      code: optional(Type.String()),
      message: optional(Type.String()),
      actor: optional(Type.String()),
      at: Timestamp,
      duration_ms: optional(Type.Number()),
    }),
  ),
});

const letter = {
  eventId: Type.String(),
  type: Type.String(),
  source: Type.String(),
  subject: Type.String(),
  sequence: Type.Integer(),
  time: Timestamp,
  attempts: Type.Integer(),
  error: Type.String(),
  diedAt: Timestamp,
  redriveAt: Type.Union([Timestamp, Type.Null()]),
};
const LetterDetail = Type.Object({
  ...letter,
  data: Type.String({ description: "JSON, unless that is what is wrong with it" }),
  traceparent: Type.Union([Type.String(), Type.Null()]),
  correlationId: Type.Union([Type.String(), Type.Null()]),
  audit: Type.Array(Type.Object({ at: Timestamp, actor: Type.String(), action: Type.String(), detail: Type.String() })),
});
const Trial = Type.Object({ ok: Type.Boolean(), error: optional(Type.String()) });

/**
 * What an operator may ask of every service that has a database. Each change is written down with who asked for it.
 * `sagas` and dead letters hold people's data: nobody but the command may see them.
 */
export const operatorEndpoints = {
  listSagas: get("/internal/chassis/sagas", {
    summary: "List sagas by id",
    access,
    query: Body({
      status: optional(Status),
      name: optional(Text(100)),
      limit: optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
      after: optional(Text(200)),
    }),
    returns: Type.Object({
      sagas: Type.Array(Type.Object(sagaSummary)),
      open: Type.Array(Type.Object({ name: Type.String(), status: Status, count: Type.Integer() }), {
        description: "how many have not ended, whatever was asked for",
      }),
    }),
  }),
  showSaga: get("/internal/chassis/sagas/:id", {
    summary: "Show a saga with its history",
    access,
    params: ById,
    returns: SagaDetail,
  }),
  retrySaga: post("/internal/chassis/sagas/:id/retry", {
    summary: "Make a saga's next attempt now",
    access,
    params: ById,
    body: Body({ actor: Actor }),
    returns: Nothing,
  }),
  skipSagaStep: post("/internal/chassis/sagas/:id/skip", {
    summary: "Take a step for done",
    access,
    params: ById,
    body: Body({ actor: Actor, step: Text(100), why: Text(500) }),
    returns: Nothing,
  }),
  compensateSaga: post("/internal/chassis/sagas/:id/compensate", {
    summary: "Turn a saga back",
    access,
    params: ById,
    body: Body({ actor: Actor, why: Text(500) }),
    returns: Nothing,
  }),

  listDeadLetters: get("/internal/chassis/dead-letters", {
    summary: "List dead letters, newest first",
    access,
    query: Body({
      type: optional(Text(200)),
      page: optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 1 })),
      limit: optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    }),
    returns: Type.Object({ letters: Type.Array(Type.Object(letter)), total: Type.Integer() }),
  }),
  showDeadLetter: get("/internal/chassis/dead-letters/:id", {
    summary: "Show a dead letter with its payload",
    access,
    params: ByEvent,
    returns: LetterDetail,
  }),
  editDeadLetter: put("/internal/chassis/dead-letters/:id/data", {
    summary: "Replace a dead letter's payload",
    access,
    params: ByEvent,
    body: Body({ actor: Actor, data: Type.String({ maxLength: 200_000 }) }),
    returns: Nothing,
  }),
  tryDeadLetter: post("/internal/chassis/dead-letters/:id/dry-run", {
    summary: "Handle a dead letter and roll back",
    access,
    params: ByEvent,
    body: Body({ actor: Actor }),
    returns: Trial,
  }),
  redriveDeadLetter: post("/internal/chassis/dead-letters/:id/redrive", {
    summary: "Handle a dead letter now",
    access,
    params: ByEvent,
    body: Body({ actor: Actor }),
    returns: Trial,
  }),
  redriveDeadLetters: post("/internal/chassis/dead-letters/redrive", {
    summary: "Handle all dead letters, ten a second",
    access,
    body: Body({ actor: Actor, type: optional(Text(200)) }),
    returns: Type.Object({ scheduled: Type.Integer(), lastAt: Type.Union([Timestamp, Type.Null()]) }),
  }),

  discardDeadLetter: post("/internal/chassis/dead-letters/:id/discard", {
    summary: "Take a dead letter's event for handled without handling it",
    access,
    params: ByEvent,
    body: Body({ actor: Actor, why: Text(500) }),
    returns: Nothing,
  }),

  showOutbox: get("/internal/chassis/outbox", {
    summary: "Say what waits to be published, and what was parked",
    access,
    returns: Type.Object({
      pending: Type.Integer(),
      oldestAgeMs: Type.Number(),
      parked: Type.Integer(),
      dead: Type.Integer(),
      oldestParkedAgeMs: Type.Number(),
    }),
  }),
} as const satisfies Contract["endpoints"];

/** What the command needs to speak to `service` as its operator: `mesh.client(operatorContract("orders"))`. */
export const operatorContract = (name: string) => defineContract({ name, endpoints: operatorEndpoints, events: {} });
