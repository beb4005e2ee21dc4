import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Access, allows, type Endpoint, rulesOf } from "@souk/contract";
import { type Operation, operationsIn, type Request, validRequest, type WireAnswer } from "@souk/testing/bad-input";
import { loadDeclaration } from "../../cli/declarations.ts";
import { operator } from "../../cli/state/identities.ts";
import { serviceNames } from "../../cli/system.ts";
import { bombard, type Shot } from "../shop/bombard.ts";
import { isPutOff } from "../shop/client.ts";
import { identityOf } from "../shop/identities.ts";
import { type Caller, outsiders } from "../shop/principals.ts";
import { arrivedOrder, requestReturn } from "../shop/returning.ts";
import type { Shop } from "../shop/running-shop.ts";
import { address, cards, cartWith, checkout, type OpenCart, payWith, register, sell } from "../shop/shopping.ts";

/** Of the query, what no operation knows: who is let in is told so (422), and has done nothing. */
const probe = "asked-by-the-access-suite";

type Asked = Request & { readonly caller: Caller; readonly rules: readonly Access[]; readonly readsToken: boolean };

/**
 * Who may do what, for every operation there is and every kind of caller, out of the rules that the contracts declare: an operation
 * that is added tomorrow is in it.
 */
export function access(shop: () => Shop): void {
  let endpoints: ReadonlyMap<string, Endpoint> = new Map();
  let merged: readonly Operation[] = [];
  let callers: readonly Caller[] = [];

  before(async () => {
    const services = await Promise.all((await serviceNames()).map(loadDeclaration));
    endpoints = new Map(
      services.flatMap(({ contract }) =>
        Object.entries<Endpoint>(contract.endpoints).map(
          ([name, endpoint]) => [`${contract.name}.${name}`, endpoint] as const,
        ),
      ),
    );
    merged = operationsIn(await shop().http.must("GET", "/openapi.json"));
    callers = await outsiders(shop());
  });

  const servicesThatRun = async () =>
    (await shop().status()).flatMap(({ name, port }) =>
      port === null || ["postgres", "supervisor", "gateway"].includes(name)
        ? []
        : [{ name, address: `http://127.0.0.1:${port}` }],
    );
  const asked = (operation: Operation, caller: Caller): Asked => {
    const endpoint = endpoints.get(operation.id);
    assert.ok(endpoint, `${operation.id} is served but not declared`);
    const request = validRequest(operation, 1, 0);
    const target = `${request.target}${request.target.includes("?") ? "&" : "?"}${probe}=1`;
    const own = request.headers.filter(([name]) => !(name in caller.headers));
    return {
      ...request,
      name: `${operation.id} for ${caller.name}`,
      target,
      headers: own,
      caller,
      rules: rulesOf(endpoint),
      readsToken: endpoint.spec.headers === undefined || !("authorization" in propertiesOf(endpoint.spec.headers)),
    };
  };

  test("each operation lets in whom its rule says, and nobody else", async () => {
    assert.ok(merged.length > 60 && callers.length > 25);
    const shots = merged.flatMap((operation) =>
      callers.map((caller) => ({ request: asked(operation, caller), address: shop().address, own: caller.headers })),
    );
    await assertNoComplaints(shots, judged);
  });

  test("and so does each service, asked past the gateway", async () => {
    const shots: Shot<Asked>[] = [];
    const inside = callers.filter(({ onlyAtTheEdge, headers }) => !onlyAtTheEdge && !("x-souk-identity" in headers));
    for (const { name, address } of await servicesThatRun())
      for (const operation of merged.filter(({ id }) => id.startsWith(`${name}.`)))
        for (const caller of inside) shots.push({ request: asked(operation, caller), address, own: caller.headers });
    await assertNoComplaints(shots, judged);
  });

  test("what is internal answers the services that it names, and leads nowhere from outside", async () => {
    const names = [...(await serviceNames()), operator];
    const complaints: string[] = [];
    let checked = 0;
    for (const { name, address } of await servicesThatRun()) {
      const own: { caller: string | undefined; headers: Record<string, string> }[] = [
        ...(await Promise.all(
          names.map(async (caller) => ({
            caller,
            headers: { "x-souk-identity": (await identityOf(shop(), caller)).tokenFor(name) },
          })),
        )),
        ...(await Promise.all(
          names.slice(0, 3).map(async (caller) => ({
            caller: undefined,
            headers: { "x-souk-identity": (await identityOf(shop(), caller)).tokenFor("somebody-else") },
          })),
        )),
        ...callers
          .filter(({ onlyAtTheEdge, headers }) => !onlyAtTheEdge && !("x-souk-identity" in headers))
          .map(({ headers }) => ({ caller: undefined, headers })),
      ];
      const document = await (await fetch(`${address}/openapi.json`)).json();
      const internal = operationsIn(document).filter(({ path }) => path.startsWith("/internal/"));
      const shots = internal.flatMap((operation) =>
        own.map(({ caller, headers }) => {
          const request = validRequest(operation, 1, 0);
          const target = `${request.target}${request.target.includes("?") ? "&" : "?"}${probe}=1`;
          const allowed =
            caller !== undefined &&
            operation.access.some((rule) =>
              rule
                .replace(/^service:/, "")
                .split(",")
                .includes(caller),
            );
          return {
            request: {
              ...request,
              target,
              name: `${operation.id} for ${caller ?? JSON.stringify(headers).slice(0, 40)}`,
              allowed,
            },
            address,
            own: headers,
          };
        }),
      );
      checked += shots.length;
      const inside = await bombard(shots.values(), (answer, { request: { allowed } }) =>
        allowed
          ? codeIn(answer) === "validation_failed"
            ? undefined
            : `it was not let in: ${answer.text}`
          : refusedIn(answer, "unauthenticated", "token_invalid", "permission_denied"),
      );
      const outside = await bombard(shots.map((shot) => ({ ...shot, address: shop().address })).values(), (answer) =>
        refusedIn(answer, "route_not_found", "method_not_allowed"),
      );
      complaints.push(...inside.complaints, ...outside.complaints);
    }
    assert.ok(checked > 1_000, `only ${checked} were asked`);
    assert.deepEqual(complaints.slice(0, 5), []);
  });

  test("what is somebody else's answers, byte for byte, as what is not there", async () => {
    const things = await belongings(shop());
    const eve = await register(shop());
    const strangers: Caller[] = [
      ...callers.filter(({ principal }) => principal !== undefined),
      {
        name: "another customer",
        headers: { authorization: `Bearer ${eve.token}` },
        principal: { kind: "user", id: "", roles: ["customer"], sessionId: "" },
      },
    ];
    const complaints: string[] = [];
    let compared = 0;
    for (const operation of merged) {
      const endpoint = endpoints.get(operation.id);
      const rules = endpoint ? rulesOf(endpoint) : [];
      if (!rules.some(({ who }) => who === "holder" || who === "signed-in")) continue;
      const [owned, ...more] = operation.params.filter(({ name }) => !nobodys.has(name)).map(({ name }) => name);
      if (owned === undefined) continue;
      const known = things.filter(({ param }) => param === owned);
      assert.ok(known.length > 0 && more.length === 0, `${operation.id}: say in belongings() whose a ${owned} is`);
      for (const { id, headers } of known) {
        for (const caller of strangers) {
          if (!caller.principal || !allows(rules, caller.principal)) continue;
          const reaches = rules.some(
            (rule) => rule.who === "role" && caller.principal && allows([rule], caller.principal),
          );
          for (const n of variants) {
            const [theirs, none] = [
              await askAbout(operation, owned, id, caller.headers, n),
              await askAbout(operation, owned, randomUUID(), caller.headers, n),
            ];
            compared++;
            const told = `${operation.id} for ${caller.name}`;
            if (!reaches && theirs.status < 400) complaints.push(`${told}: ${theirs.status} ${theirs.text}`);
            if (!reaches && theirs.seen !== none.seen) complaints.push(`${told}:\n${theirs.seen}\n${none.seen}`);
            if (reaches && theirs.seen === none.seen) complaints.push(`${told}: its rule says that they may`);
          }
        }
        const why = await refusalOfOwner(operation, owned, id, headers);
        if (why !== undefined) complaints.push(`${operation.id} for its owner: ${why}`);
      }
    }
    assert.ok(compared > 100, `only ${compared} answers were compared`);
    assert.deepEqual(complaints.slice(0, 5), []);
  });

  test("no list of one's own has anything of somebody else's in it", async () => {
    const things = await belongings(shop());
    const eve = await register(shop());
    const lists = merged.filter(
      ({ method, params, access: words }) => method === "GET" && params.length === 0 && words.includes("signed-in"),
    );
    assert.ok(lists.length > 3);
    for (const { path } of lists) {
      const { status, text } = await shop().http.call("GET", path, { token: eve.token });
      assert.equal(status, 200, `${path}: ${text}`);
      for (const { id } of things) assert.ok(!text.includes(id), `${path} shows ${id}`);
    }
  });

  /** What its owner may say of a thing is not always sound in itself: a price, say. Undefined when some of it is taken. */
  async function refusalOfOwner(operation: Operation, param: string, id: string, headers: Caller["headers"]) {
    let why: string | undefined;
    for (const n of variants) {
      const nothing = await askAbout(operation, param, randomUUID(), headers, n);
      const { seen, status, text } = await askAbout(operation, param, id, headers, n);
      const refused = /"status":"(unauthenticated|permission_denied)"/.test(text);
      if (!refused && seen !== nothing.seen && status < 500) return undefined;
      why = `${status} ${text}`;
    }
    return why;
  }

  /** What an answer says, apart from what no two answers share: ids, times, the trace. */
  async function askAbout(
    operation: Operation,
    param: string,
    id: string,
    headers: Readonly<Record<string, string>>,
    n: number,
  ): Promise<{ status: number; text: string; seen: string }> {
    const { method, target, body, headers: own } = validRequest(operation, 1, n, { [param]: id });
    const all: Record<string, string> = {
      ...Object.fromEntries(own),
      ...headers,
      ...(operation.needsKey && { "idempotency-key": randomUUID() }),
    };
    if (operation.streams) all["accept"] = "text/event-stream";
    const stop = new AbortController();
    const response = await fetch(shop().address + target, {
      method,
      headers: all,
      ...(body && { body: new Uint8Array(body) }),
      signal: stop.signal,
    });
    const text = response.status === 200 && operation.streams ? "" : await response.text();
    stop.abort();
    if (isPutOff({ status: response.status, text })) {
      await delay(100);
      return askAbout(operation, param, id, headers, n);
    }
    const same = (said: string) =>
      said
        .replaceAll(id, "ID")
        .replace(/"timestamp":"[^"]+"/g, "")
        .replace(/"request_id":"[^"]+"/g, "");
    const kept = [...response.headers].filter(([name]) => !["x-request-id", "traceparent", "date"].includes(name));
    return { status: response.status, text, seen: `${response.status} ${JSON.stringify(kept)} ${same(text)}` };
  }

  async function assertNoComplaints<R extends Request>(
    shots: readonly Shot<R>[],
    judge: (answer: WireAnswer, shot: Shot<R>) => string | undefined,
  ) {
    const { complaints } = await bombard(shots.values(), judge);
    assert.deepEqual(complaints.slice(0, 5), [], `${complaints.length} complaints`);
  }
}

/** Several requests to each operation: what some of them are refused for hides whose the thing is. */
const variants = [0, 1, 2, 3];

/** Parameters that name what belongs to nobody. */
const nobodys = new Set(["sku"]);

type Belonging = { readonly param: string; readonly id: string; readonly headers: Readonly<Record<string, string>> };

/** Things of somebody's, by the name of the parameter that names them, and how their owner proves to be that. */
async function belongings(shop: Shop): Promise<Belonging[]> {
  const sku = await sell(shop);
  const paymentToken = await payWith(shop, cards.good);
  const ada = await register(shop);
  const own = { authorization: `Bearer ${ada.token}` };
  const ordered = async (token?: string) => {
    const cart = await cartWith(shop, { [sku]: 1 }, token);
    const { status, body, text } = await checkout(shop, cart, { paymentToken, wait: 10 });
    assert.equal(status, 201, text);
    const headers = token === undefined ? withToken(cart) : own;
    const { id, paymentId = "" } = body.order;
    return [
      { param: "orderId", id, headers },
      { param: "paymentId", id: paymentId, headers },
    ];
  };
  const cart = await cartWith(shop, { [sku]: 1 }, ada.token);
  const guests = await cartWith(shop, { [sku]: 1 });
  const { id: addressId } = await shop.http.must<{ id: string }>("POST", "/v1/users/me/addresses", {
    token: ada.token,
    body: address,
  });
  const arrived = await arrivedOrder(shop, sku, 1, ada.token);
  const sentBack = await requestReturn(shop, arrived.order.id, arrived.holder, sku, 1);
  const { email, password } = ada;
  await shop.http.must("POST", "/v1/auth/login", { body: { email, password } });
  const { data } = await shop.http.must<{ data: { id: string; current: boolean }[] }>("GET", "/v1/users/me/sessions", {
    token: ada.token,
  });
  const other = data.find(({ current }) => !current);
  assert.ok(other);
  return [
    { param: "cartId", id: cart.id, headers: own },
    { param: "cartId", id: guests.id, headers: withToken(guests) },
    ...(await ordered(ada.token)),
    ...(await ordered()),
    { param: "returnId", id: sentBack.id, headers: own },
    { param: "addressId", id: addressId, headers: own },
    { param: "sessionId", id: other.id, headers: own },
  ];
}
const withToken = ({ cartToken = "" }: OpenCart) => ({ "x-cart-token": cartToken });

/** Undefined when the answer is what the declared rules ask for. */
function judged(answer: WireAnswer, { request: { caller, rules, readsToken } }: Shot<Asked>): string | undefined {
  if (readsToken && !caller.principal) return refusedIn(answer, "token_invalid");
  if (allows(rules, caller.principal ?? { kind: "anonymous" }))
    return codeIn(answer) === "validation_failed" ? undefined : `it was not let in: ${answer.status} ${answer.text}`;
  return refusedIn(answer, caller.principal?.kind === "anonymous" ? "unauthenticated" : "permission_denied");
}

const refusedIn = (answer: WireAnswer, ...codes: string[]): string | undefined =>
  codes.includes(codeIn(answer))
    ? undefined
    : `it was not refused with ${codes.join(" or ")}: ${answer.status} ${answer.text.slice(0, 300)}`;
const codeIn = ({ text }: WireAnswer): string => /"error":\{"code":"([^"]+)"/.exec(text)?.[1] ?? "";
const propertiesOf = (schema: object): object =>
  "properties" in schema && typeof schema.properties === "object" && schema.properties !== null
    ? schema.properties
    : {};
