import assert from "node:assert/strict";
import { test } from "node:test";
import { notifications } from "@souk/notifications/contract";
import { orders } from "@souk/orders/contract";
import { newEnvelopeKeys, openEnvelope, putInEnvelope } from "@souk/service/personal-data";
import { shipping } from "@souk/shipping/contract";
import { passingTimeFor } from "@souk/testing";
import { users } from "./contract.ts";
import { startUsers } from "./test-users.ts";

const { call, send, sql, deliver, published, clock, login, bearer, someone, letter, root } = await startUsers();
const problem = (body: unknown) => (body as { error: { code: string } }).error.code; // as: a problem document
const home = { name: "Anna Secret", line1: "1 Hidden Street", city: "Berlin", postalCode: "10115", country: "DE" };
type Data<E extends keyof typeof users.events> = Awaited<
  ReturnType<typeof published<(typeof users.events)[E]>>
>[number]["data"];

const requested = async (userId: string): Promise<Data<"erasureRequested">> =>
  (await published(users.events.erasureRequested)).find(({ subject }) => subject === userId)?.data ??
  assert.fail("nobody was asked");
/** What notifications answers. */
const erased = (
  request: Data<"erasureRequested">,
  answer: { state: "done" | "waiting"; waitingFor?: string },
  sequence = 1,
) =>
  deliver(notifications.events.erased, {
    subject: request.erasureId,
    sequence,
    data: { erasureId: request.erasureId, userId: request.userId, erased: { deliveries: 2 }, ...answer },
  });

/** What shipping and orders answer. */
async function erasedByTheOthers({ erasureId, userId }: Data<"erasureRequested">) {
  const done = { erasureId, userId, state: "done" } as const;
  await deliver(shipping.events.erased, { subject: erasureId, data: { ...done, erased: { addresses: 1 } } });
  await deliver(orders.events.erased, { subject: erasureId, data: { ...done, erased: { orders: 1 } } });
}

async function dump(): Promise<string> {
  const tables = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema in ('public', 'chassis') and table_type = 'BASE TABLE'`;
  const dumped = await sql<{ text: string }>`
    select query_to_xml('select * from ' || name, true, false, '')::text as text from unnest(${tables.map(({ name }) => name)}::text[]) as name`;
  return JSON.stringify(dumped);
}

test("who erases themselves is gone at once here, and everywhere when every service has said so", async () => {
  const { user, as, refreshToken } = await someone("leaving@example.com");
  await call("verifyAddress", { body: { token: (await letter("welcome")).token ?? "" } });
  await call("addAddress", { body: home }, { as });
  const { receipt, ...state } = await call("eraseMe", {}, { as });
  assert.deepEqual(
    state.services.map(({ service, state, erased }) => [service, state, erased]),
    [
      ["notifications", "pending", {}],
      ["orders", "pending", {}],
      ["shipping", "pending", {}],
      ["users", "done", { accounts: 1, addresses: 1, apiKeys: 0 }],
    ],
  );
  await assert.rejects(call("me", {}, { as }), { code: "users.not_found" });
  await assert.rejects(login("leaving@example.com"), { code: "users.wrong_credentials" });
  await assert.rejects(call("refresh", { body: { refreshToken } }), { code: "users.refresh_invalid" });
  assert.ok(
    (await call("revocations", {}, { as: { kind: "service", id: "gateway" } })).sessionIds.includes(as.sessionId),
  );

  const request = await requested(user.id);
  assert.deepEqual(
    [request.userId, request.addressDigests.length],
    [user.id, 1],
    "the address is proved, so guest orders are theirs",
  );
  const look = async (headers: Record<string, string>) => send("erasure", { params: { erasureId: state.id }, headers });
  assert.equal((await look({})).status, 404);
  assert.equal((await look({ "x-erasure-receipt": "guessed" })).status, 404);
  await erasedByTheOthers(request);
  await erased(request, { state: "waiting", waitingFor: "something is under way" });
  await clock.advance(60_000);
  await erased(request, { state: "done" }, 2);
  const {
    state: overall,
    services,
    completedAt,
  } = await call("erasure", {
    params: { erasureId: state.id },
    headers: { "x-erasure-receipt": receipt },
  });
  assert.deepEqual(
    [overall, services[0]?.erased, completedAt],
    ["done", { deliveries: 4 }, new Date(clock.now()).toISOString()],
  );

  const everything = await dump();
  for (const secret of ["leaving@example.com", "Anna Secret", "Hidden Street"])
    assert.equal(everything.includes(secret), false, secret);
  const [{ wrapped } = assert.fail("no key")] =
    await sql`select wrapped from chassis.person_keys where person = ${`user:${user.id}`}`;
  assert.equal(wrapped, null);
});

test("an address may begin anew after its account was erased, as somebody else", async () => {
  const { user, as } = await someone("phoenix@example.com");
  await call("eraseMe", {}, { as });
  const { user: again } = await someone("phoenix@example.com");
  assert.notEqual(again.id, user.id);
});

test("an address that was never proved takes no guest's data with it", async () => {
  const { user, as } = await someone();
  await call("eraseMe", {}, { as });
  assert.deepEqual((await requested(user.id)).addressDigests, []);
});

test("erasing oneself needs a fresh session, and the last administrator is not erased", async () => {
  const { user, as } = await someone();
  await clock.advance(15 * 60_000 + 1_000);
  assert.equal(problem((await send("eraseMe", {}, { as })).body), "users.sign_in_again");
  await call("eraseMe", {}, { as: await bearer((await login(user.email)).accessToken) });
  assert.equal(problem((await send("eraseMe", {}, { as: await root() })).body), "users.last_administrator");
});

test("an administrator erases who asked by letter, and sees what is still to be answered", async () => {
  const as = await root();
  const { user, as: them } = await someone();
  assert.equal((await send("erase", { params: { userId: user.id } }, { as: them })).status, 403);
  const state = await call("erase", { params: { userId: user.id } }, { as });
  assert.equal("receipt" in state, false);
  const pending = await call("erasures", { query: { state: "pending" } }, { as });
  assert.ok(pending.data.some(({ id }) => id === state.id));
  await erased(await requested(user.id), { state: "done" });
  await erasedByTheOthers(await requested(user.id));
  assert.equal((await call("erasure", { params: { erasureId: state.id }, headers: {} }, { as })).state, "done");
  const { data } = await call("audit", { query: { subjectId: user.id } }, { as });
  assert.deepEqual(
    data.map(({ action, actorId }) => [action, actorId]),
    [["erased", as.id]],
  );
  assert.equal((await send("erase", { params: { userId: user.id } }, { as })).status, 404, "again there is nobody");
});

test("an export holds what this service keeps and what the others answer, which nobody else can read", async () => {
  const { user, as } = await someone("curious@example.com");
  const address = await call("addAddress", { body: home }, { as });
  const asking = call("export", {}, { as });
  const requests = async () => (await published(users.events.exportRequested)).map(({ data }) => data);
  let request: Data<"exportRequested"> | undefined;
  while (!request) request = (await requests()).find(({ userId }) => userId === user.id);
  const { exportId, publicKey } = request;
  const text = Buffer.from(JSON.stringify({ messages: ["to curious@example.com"] }));
  for (const [i, chunk] of [text.subarray(0, 10), text.subarray(10)].entries()) {
    const sealed = putInEnvelope(publicKey, `${exportId}/${i + 1}`, chunk);
    await deliver(notifications.events.exported, {
      subject: exportId,
      sequence: i + 1,
      data: { exportId, userId: user.id, part: i + 1, parts: 2, sealed },
    });
  }
  const nothing = putInEnvelope(publicKey, `${exportId}/1`, Buffer.from("{}"));
  for (const exported of [shipping.events.exported, orders.events.exported])
    await deliver(exported, {
      subject: exportId,
      data: { exportId, userId: user.id, part: 1, parts: 1, sealed: nothing },
    });
  const answer = await passingTimeFor(clock, asking, { what: "the whole export", pauseMs: 50 });
  assert.ok("services" in answer);
  const { users: own, notifications: theirs } = answer.services as Record<string, Record<string, unknown>>; // as: compared below
  assert.deepEqual(theirs, { messages: ["to curious@example.com"] });
  assert.deepEqual(own?.["profile"], user);
  assert.deepEqual(own?.["addresses"], [address]);
  assert.equal((await dump()).includes("curious@example.com"), false, "not even while it is collected");
  const [{ data } = assert.fail("nothing was sealed")] = [{ data: putInEnvelope(publicKey, `${exportId}/1`, text) }];
  assert.throws(() => openEnvelope(newEnvelopeKeys(), `${exportId}/1`, data), "by any other key");
});

test("an export says what is missing until the others have answered, and asking again does not begin anew", async () => {
  const { as, user } = await someone();
  const { exportRequested } = users.events;
  const asked = async () => (await published(exportRequested)).filter(({ data }) => data.userId === user.id).length;
  for (let time = 1; time <= 2; time++) {
    const what = "an answer in time";
    const { status, body } = await passingTimeFor(clock, send("export", {}, { as }), { what, pauseMs: 50 });
    const { missing } = body as { missing: string[] }; // as: as documented
    assert.deepEqual([status, missing], [202, ["notifications", "orders", "shipping"]]);
    assert.equal(await asked(), 1);
  }
});
