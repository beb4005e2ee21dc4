import assert from "node:assert/strict";
import { test } from "node:test";
import { type Access, anyone, holder, role, service, signedIn } from "./access.ts";
import { breakingChanges, contractDocument } from "./compatibility.ts";
import { type Endpoint, get, type Method, post, type Spec } from "./endpoint.ts";
import { event } from "./event.ts";
import type { Contract } from "./index.ts";
import { Body, MoneySchema, OneOf, Text, Timestamp, type TSchema, Type } from "./schemas.ts";

const contractOf = (endpoints: Contract["endpoints"], events: Contract["events"] = {}): Contract => ({
  name: "things",
  endpoints,
  events,
});
/** As released: written to a file and read back. */
const document = (contract: Contract) => JSON.parse(JSON.stringify(contractDocument(contract)));
const compare = (before: Contract, now: Contract) =>
  breakingChanges(document(before), document(now)).map(({ where, change }) => `${where}: ${change}`);

const call = (spec: Partial<Spec>, path = "/v1/things/:id", method: Method = "POST"): Contract =>
  contractOf({
    call: { method, path, spec: { summary: "Call", access: anyone, returns: Type.Object({}), ...spec } } as Endpoint,
  });

const {
  Object: Obj,
  String: Str,
  Integer: Int,
  Number: Num,
  Optional: Opt,
  Union,
  Null,
  Literal,
  Boolean: Bool,
} = Type;
const card = Obj({ kind: Literal("card"), token: Str() });
const iban = Obj({ kind: Literal("iban"), iban: Str() });

type Case = readonly [
  name: string,
  before: TSchema,
  now: TSchema,
  inRequests: readonly string[],
  inAnswers: readonly string[],
];
/** Each schema once as the member `m` of a body, once of an answer: what breaks the one is often fine for the other. */
const cases: readonly Case[] = [
  ["the same", Str(), Str(), [], []],
  ["a description", Int(), Int({ description: "how many" }), [], []],
  [
    "another type",
    Str(),
    Int(),
    ["/m: type changed from string to integer"],
    ["/m: type changed from string to integer"],
  ],
  ["whole numbers become numbers", Int(), Num(), [], ["/m: type changed from integer to number"]],
  [
    "whole numbers become numbers of which not all are taken",
    Int(),
    Num({ maximum: 9 }),
    ["/m: maximum narrowed from none to 9"],
    ["/m: type changed from integer to number"],
  ],
  ["numbers become whole", Num(), Int(), ["/m: type changed from number to integer"], []],
  ["anything becomes text", Type.Unknown(), Str(), ["/m: type changed from any to string"], []],
  ["text becomes anything", Str(), Type.Unknown(), [], ["/m: type changed from string to any"]],
  ["a word more", OneOf("a", "b"), OneOf("a", "b", "c"), [], ['/m: may now be "c"']],
  ["a word less", OneOf("a", "b"), OneOf("a"), ['/m: no longer takes "b"'], []],
  ["a word for another", OneOf("a", "b"), OneOf("a", "c"), ['/m: no longer takes "b"'], ['/m: may now be "c"']],
  ["words become text", OneOf("a", "b"), Str(), [], ["/m: may now be any value"]],
  ["text becomes words", Str(), OneOf("a", "b"), ['/m: takes only "a", "b"'], []],
  ["a constant becomes another", Literal("a"), Literal("b"), ['/m: no longer takes "a"'], ['/m: may now be "b"']],
  ["null as well", Str(), Union([Str(), Null()]), [], ["/m: may now be of type null"]],
  ["no null any more", Union([Str(), Null()]), Str(), ["/m: no longer takes of type null"], []],
  ["a branch more", Union([card]), Union([card, iban]), [], ['/m: may now be the form with kind = "iban"']],
  ["a branch less", Union([card, iban]), Union([card]), ['/m: no longer takes the form with kind = "iban"'], []],
  [
    "a branch that asks for more",
    Union([card, iban]),
    Union([card, Obj({ kind: Literal("iban"), iban: Str(), name: Str() })]),
    ["/m/name: added and required"],
    [],
  ],
  ["a member more, optional", Obj({ a: Str() }), Obj({ a: Str(), b: Opt(Str()) }), [], []],
  ["a member more, required", Obj({ a: Str() }), Obj({ a: Str(), b: Str() }), ["/m/b: added and required"], []],
  ["a member less", Obj({ a: Str(), b: Str() }), Obj({ a: Str() }), ["/m/b: removed"], ["/m/b: removed"]],
  ["an optional member less", Obj({ a: Opt(Str()) }), Obj({}), ["/m/a: removed"], ["/m/a: removed"]],
  ["a member becomes required", Obj({ a: Opt(Str()) }), Obj({ a: Str() }), ["/m/a: is now required"], []],
  ["a member becomes optional", Obj({ a: Str() }), Obj({ a: Opt(Str()) }), [], ["/m/a: may now be missing"]],
  ["closed", Obj({ a: Str() }), Body({ a: Str() }), ["/m/*: unknown members are refused"], []],
  ["opened", Body({ a: Str() }), Obj({ a: Str() }), [], []],
  ["closed, with a member more", Body({ a: Str() }), Body({ a: Str(), b: Opt(Str()) }), [], []],
  [
    "deep inside",
    Obj({ a: Obj({ b: Int() }) }),
    Obj({ a: Obj({ b: Str() }) }),
    ["/m/a/b: type changed from integer to string"],
    ["/m/a/b: type changed from integer to string"],
  ],
  ["in a list", Type.Array(OneOf("a")), Type.Array(OneOf("a", "b")), [], ['/m/items: may now be "b"']],
  [
    "a list of another type",
    Type.Array(Str()),
    Type.Array(Int()),
    ["/m/items: type changed from string to integer"],
    ["/m/items: type changed from string to integer"],
  ],
  [
    "in a record",
    Type.Record(Str(), Int()),
    Type.Record(Str(), Num()),
    [],
    ["/m/*: type changed from integer to number"],
  ],
  ["a lower maximum", Int({ maximum: 10 }), Int({ maximum: 9 }), ["/m: maximum narrowed from 10 to 9"], []],
  ["a higher maximum", Int({ maximum: 10 }), Int({ maximum: 11 }), [], ["/m: maximum widened from 10 to 11"]],
  ["a maximum at all", Int(), Int({ maximum: 9 }), ["/m: maximum narrowed from none to 9"], []],
  ["a higher minimum", Int({ minimum: 0 }), Int({ minimum: 1 }), ["/m: minimum narrowed from 0 to 1"], []],
  ["no minimum any more", Int({ minimum: 0 }), Int(), [], ["/m: minimum widened from 0 to none"]],
  ["shorter text", Text(10), Text(9), ["/m: maxLength narrowed from 10 to 9"], []],
  ["longer text", Text(10), Text(11), [], []],
  ["text that must not be empty", Text(10, 0), Text(10, 1), ["/m: minLength narrowed from 0 to 1"], []],
  [
    "fewer items",
    Type.Array(Str(), { maxItems: 5 }),
    Type.Array(Str(), { maxItems: 4 }),
    ["/m: maxItems narrowed from 5 to 4"],
    [],
  ],
  ["steps", Int(), Int({ multipleOf: 5 }), ["/m: multipleOf changed from none to 5"], []],
  ["a pattern", Str(), Str({ pattern: "^a" }), ["/m: has the pattern ^a"], []],
  ["no pattern any more", Str({ pattern: "^a" }), Str(), [], []],
  ["a format", Str(), Timestamp, ["/m: has the format date-time"], []],
  ["no format any more", Timestamp, Str(), [], ["/m: no longer has the format date-time"]],
  [
    "an intersection that gains",
    Type.Intersect([Obj({ a: Str() }), Obj({ b: Str() })]),
    Obj({ a: Str(), b: Str(), c: Opt(Str()) }),
    [],
    [],
  ],
  [
    "true or false becomes text",
    Bool(),
    Str(),
    ["/m: type changed from boolean to string"],
    ["/m: type changed from boolean to string"],
  ],
  [
    "an amount in another place",
    MoneySchema,
    Obj({ cents: Int() }),
    ["/m/amount: removed", "/m/currency: removed", "/m/cents: added and required"],
    ["/m/amount: removed", "/m/currency: removed"],
  ],
];
for (const [name, before, now, inRequests, inAnswers] of cases) {
  test(`in a request, ${name}: ${inRequests.length === 0 ? "fine" : "breaks"}`, () => {
    const found = compare(call({ body: Body({ m: before }) }), call({ body: Body({ m: now }) }));
    assert.deepEqual(
      found,
      inRequests.map((finding) => `POST /v1/things/:id body${finding}`),
    );
  });
  test(`in an answer, ${name}: ${inAnswers.length === 0 ? "fine" : "breaks"}`, () => {
    const found = compare(call({ returns: Obj({ m: before }) }), call({ returns: Obj({ m: now }) }));
    assert.deepEqual(
      found,
      inAnswers.map((finding) => `POST /v1/things/:id 200${finding}`),
    );
  });
}

const line = "POST /v1/things/:id";
const calls: readonly (readonly [
  name: string,
  before: Partial<Spec>,
  now: Partial<Spec>,
  findings: readonly string[],
])[] = [
  ["another summary", { summary: "a" }, { summary: "b" }, []],
  ["a body at all", {}, { body: Body({ a: Str() }) }, [`${line} body/a: added and required`]],
  ["a body of optional members", {}, { body: Body({ a: Opt(Str()) }) }, []],
  ["no body any more", { body: Body({ a: Str() }) }, {}, [`${line} body: removed`]],
  [
    "a body that must be sent",
    { body: Opt(Body({ a: Opt(Str()) })) },
    { body: Body({ a: Opt(Str()) }) },
    [`${line} body: is now required`],
  ],
  ["a smaller body", {}, { bodyLimit: 1_000 }, [`${line} body: limited to 1000 bytes`]],
  ["a larger body", { bodyLimit: 1_000 }, {}, []],
  ["a parameter of the query", {}, { query: Body({ a: Str() }) }, [`${line} query/a: added and required`]],
  [
    "a parameter less",
    { query: Body({ a: Opt(Str()), b: Opt(Str()) }) },
    { query: Body({ a: Opt(Str()) }) },
    [`${line} query/b: removed`],
  ],
  ["a header that must be sent", {}, { headers: Body({ "x-a": Str() }) }, [`${line} headers/x-a: added and required`]],
  [
    "a path parameter of another type",
    { params: Body({ id: Str() }) },
    { params: Body({ id: Int() }) },
    [`${line} params/id: type changed from string to integer`],
  ],
  ["a key", {}, { idempotency: "required" }, [`${line}: now requires an Idempotency-Key`]],
  [
    "a key where repeating was natural",
    { idempotency: "natural" },
    { idempotency: "required" },
    [`${line}: now requires an Idempotency-Key`],
  ],
  ["no key any more", { idempotency: "required" }, {}, [`${line}: is no longer idempotent`]],
  ["repeating becomes natural", { idempotency: "required" }, { idempotency: "natural" }, []],
  ["a status less", { also: { 202: Obj({}) } }, {}, [`${line} 202: removed`]],
  ["another usual status", { status: 200 }, { status: 201 }, [`${line} 200: removed`]],
  [
    "a status more, with the same body",
    { returns: Obj({ a: Str() }) },
    { returns: Obj({ a: Str() }), also: { 202: Obj({ a: Str() }) } },
    [],
  ],
  [
    "a status more, with another body",
    { returns: Obj({ a: Str() }) },
    { returns: Obj({ a: Str() }), also: { 202: Obj({}) } },
    [`${line} 202: added, with another body`],
  ],
  ["a stream", {}, { stream: true }, [`${line} answer: is a stream of events instead of JSON`]],
  [
    "another media type",
    { produces: "text/csv" },
    { produces: "text/html" },
    [`${line} answer: is text/html instead of text/csv`],
  ],
  [
    "an upload of fewer types",
    { upload: ["text/csv", "text/plain"] },
    { upload: ["text/csv"] },
    [`${line} body: no longer takes text/plain`],
  ],
  [
    "an upload instead of JSON",
    { body: Body({ a: Opt(Str()) }) },
    { upload: ["text/csv"] },
    [`${line} body: removed`, `${line} body: is now an upload`],
  ],
  ["for development only", {}, { developmentOnly: true }, [`${line}: is for development only now`]],
  ["what was for development only, with more to send", { developmentOnly: true }, { body: Body({ a: Str() }) }, []],
];
for (const [name, before, now, findings] of calls) {
  test(`an operation gets ${name}: ${findings.length === 0 ? "fine" : "breaks"}`, () =>
    assert.deepEqual(compare(call(before), call(now)), findings));
}

type Rules = readonly [Access, ...Access[]];
const accesses: readonly (readonly [before: Rules, now: Rules, lost: readonly string[]])[] = [
  [[anyone], [signedIn], ["anyone"]],
  [[anyone], [holder], ["anyone"]],
  [[holder], [anyone], []],
  [[signedIn], [anyone], []],
  [[signedIn], [signedIn, service("orders")], []],
  [[role("a", "b")], [role("a")], ["the role b"]],
  [[role("a")], [role("a", "b")], []],
  [[role("a"), role("b")], [role("b", "a")], []],
  [[service("orders", "payments")], [service("orders")], ["the service payments"]],
  [[signedIn, role("a")], [role("a")], ["everybody who is signed in"]],
];
for (const [before, now, lost] of accesses) {
  test(`access from ${JSON.stringify(before)} to ${JSON.stringify(now)}: ${lost.length === 0 ? "fine" : `without ${lost}`}`, () => {
    assert.deepEqual(
      compare(call({ access: before }), call({ access: now })),
      lost.map((who) => `${line} access: no longer open to ${who}`),
    );
  });
}

test("an operation that is gone or has moved breaks, one that is new does not", () => {
  const a = contractOf({ a: get("/v1/a", { summary: "A", access: anyone, returns: Obj({}) }) });
  const both = contractOf({ ...a.endpoints, b: post("/v1/a", { summary: "B", access: anyone, returns: Obj({}) }) });
  assert.deepEqual(compare(a, both), []);
  assert.deepEqual(compare(both, a), ["POST /v1/a: removed"]);
  assert.deepEqual(compare(call({}, "/v1/a"), call({}, "/v1/b")), ["POST /v1/a: removed"]);
});

test("an operation is known by method and path: neither its name in code nor its parameters' names matter", () => {
  const spec = (params: TSchema): Partial<Spec> => ({ params });
  assert.deepEqual(
    compare(call(spec(Body({ id: Str() })), "/v1/a/:id"), call(spec(Body({ key: Str() })), "/v1/a/:key")),
    [],
  );
});

const events = (schema: TSchema): Contract =>
  contractOf({}, { made: event("things.made.v1", "A thing was made", schema) });
const eventCases: readonly (readonly [name: string, before: TSchema, now: TSchema, findings: readonly string[]])[] = [
  ["an optional member more", Obj({ a: Str() }), Obj({ a: Str(), b: Opt(Str()) }), []],
  ["a required member more", Obj({ a: Str() }), Obj({ a: Str(), b: Str() }), ["/b: added and required"]],
  ["a member less", Obj({ a: Str() }), Obj({}), ["/a: removed"]],
  ["a member that may be missing", Obj({ a: Str() }), Obj({ a: Opt(Str()) }), ["/a: may now be missing"]],
  ["a word more", Obj({ a: OneOf("x") }), Obj({ a: OneOf("x", "y") }), ['/a: may now be "y"']],
  ["a word less", Obj({ a: OneOf("x", "y") }), Obj({ a: OneOf("x") }), ['/a: no longer takes "y"']],
  ["a member that is always there now", Obj({ a: Opt(Str()) }), Obj({ a: Str() }), ["/a: is now required"]],
  ["shorter text", Obj({ a: Text(20) }), Obj({ a: Text(10) }), ["/a: maxLength narrowed from 20 to 10"]],
  ["another type", Obj({ a: Str() }), Obj({ a: Int() }), ["/a: type changed from string to integer"]],
];
for (const [name, before, now, findings] of eventCases) {
  test(`an event gets ${name}: ${findings.length === 0 ? "fine" : "breaks"}`, () => {
    assert.deepEqual(
      compare(events(before), events(now)),
      findings.map((finding) => `things.made.v1 data${finding}`),
    );
  });
}

test("an event that is no longer published breaks, one that is new does not", () => {
  assert.deepEqual(compare(events(Obj({})), contractOf({})), ["things.made.v1: removed"]);
  assert.deepEqual(compare(contractOf({}), events(Obj({}))), []);
});

test("every finding says who is hurt", () => {
  const found = breakingChanges(
    document(call({ body: Body({ a: Str() }) })),
    document(call({ body: Body({ a: Int() }) })),
  );
  assert.equal(found[0]?.reason, "What callers send is refused.");
});
