import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { isPublic, type Principal } from "@souk/contract";
import { inventory } from "@souk/inventory/contract";
import { orders } from "@souk/orders/contract";
import { payments } from "@souk/payments/contract";
import { type Environment, startService, systemWorld } from "@souk/service/runtime";
import { fakeClock, passingTime, passingTimeFor } from "@souk/testing";
import { users } from "@souk/users/contract";
import { SignJWT } from "jose";
import definition from "./service.ts";

const clock = fakeClock();
const issuer = "http://shop.example";
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k1", alg: "EdDSA", use: "sig" };

type Seen = { method: string; url: string; headers: IncomingHttpHeaders; body: string };
/** All the services behind the gateway in one server, which keeps what reaches it. */
const behind = {
  seen: [] as Seen[],
  revoked: ["ended-session"],
  removedKeys: [] as string[],
  answer: { status: 200, body: '{"data":[]}' },
};
const upstream = createServer(async (request, response) => {
  const { method = "", url = "", headers } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const send = (status: number, body: string) =>
    response.writeHead(status, { "content-type": "application/json", "x-from": "upstream" }).end(body);
  if (url === "/.well-known/jwks.json" && headers["x-shopper"] === undefined)
    return void send(200, JSON.stringify({ keys: [jwk] }));
  if (url === "/internal/revocations")
    return void send(200, JSON.stringify({ sessionIds: behind.revoked, keyIds: behind.removedKeys }));
  behind.seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
  send(behind.answer.status, behind.answer.body);
});
await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
const upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`; // as: it listens on TCP
after(() => {
  upstream.close();
  upstream.closeAllConnections();
});

const allButShipping = ["users", "products", "search", "inventory", "orders", "payments", "notifications"];
async function startGateway(env: Environment = {}) {
  const running = await startService(definition, {
    env: {
      SOUK_ENV: "test",
      SOUK_PUBLIC_URL: "http://shop.example",
      SOUK_INSTANCES: allButShipping.map((name) => `${name}=${upstreamUrl}`).join(","),
      SOUK_TOKEN_ISSUER_SERVICE: "users",
      SOUK_TOKEN_ISSUER: issuer,
      SOUK_RATE_LIMIT_PER_SECOND: "1000",
      ...env,
    },
    directory: new URL("./", import.meta.url),
    overrides: { world: systemWorld(clock), write: () => {} },
  });
  after(running.stop);
  return running;
}
const running = await startGateway();
const originOf = ({ port }: { port: number }) => `http://127.0.0.1:${port}`;
const origin = originOf(running);

async function tokenOf(roles: string[], { session = "a-session", key = privateKey, apiKey = "" } = {}) {
  const now = Math.floor(clock.now() / 1_000);
  return new SignJWT({ ...(apiKey ? { client_id: apiKey } : { sid: session }), roles })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: "k1" })
    .setIssuer(issuer)
    .setAudience("souk")
    .setSubject(apiKey || "019d0000-0000-7000-8000-000000000001")
    .setIssuedAt(now)
    .setExpirationTime(now + 300)
    .sign(key);
}
const bearer = async (...roles: string[]) => ({ authorization: `Bearer ${await tokenOf(roles)}` });

type Ask = { method?: string; headers?: Record<string, string>; body?: string; at?: string };
async function ask(path: string, { method = "GET", headers = {}, body, at = origin }: Ask = {}) {
  const before = behind.seen.length;
  const response = await fetch(at + path, { method, headers, ...(body !== undefined && { body }) });
  const text = await response.text();
  const code = response.headers.get("content-type")?.startsWith("application/problem+json")
    ? (JSON.parse(text) as { error: { code: string } }).error.code // as: the shape of every problem
    : undefined;
  return { status: response.status, headers: response.headers, text, code, seen: behind.seen.slice(before) };
}
const json = { "content-type": "application/json" };

test("a request is passed on as it came, and answered as it was answered", async () => {
  behind.answer = { status: 404, body: '{"title":"not here"}' };
  const { status, text, headers, seen } = await ask("/v1/products?q=blue%20cup&limit=3", {
    headers: { "accept-language": "de", "if-none-match": '"1"' },
  });
  behind.answer = { status: 200, body: '{"data":[]}' };
  assert.deepEqual([status, text, headers.get("x-from")], [404, '{"title":"not here"}', "upstream"]);
  const [one, ...none] = seen;
  assert.deepEqual([one?.method, one?.url, none], ["GET", "/v1/products?q=blue%20cup&limit=3", []]);
  assert.deepEqual([one?.headers["accept-language"], one?.headers["if-none-match"]], ["de", '"1"']);
  assert.equal(one?.headers["x-request-id"], headers.get("x-request-id"));
  assert.match(String(one?.headers["traceparent"]), /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
});

test("a body is passed on byte for byte, with the key and the token that came with it", async () => {
  const authorization = await bearer("customer");
  const body = ' {"email" : "a@example.com", "x":1.0}';
  const { seen } = await ask("/v1/carts/019d0000-0000-7000-8000-000000000009/checkout", {
    method: "POST",
    headers: { ...json, ...authorization, "idempotency-key": "key-0123456789abcdef", "x-cart-token": "t" },
    body,
  });
  assert.equal(seen[0]?.body, body);
  const { headers = {} } = seen[0] ?? {};
  assert.deepEqual(
    [headers.authorization, headers["idempotency-key"], headers["x-cart-token"]],
    [authorization.authorization, "key-0123456789abcdef", "t"],
  );
});

test("who proves nothing, or may not, is refused before a service is asked", async () => {
  const product = { method: "POST", headers: json, body: "{}" };
  const refused = async (path: string, request: Ask) => {
    const { status, code, seen } = await ask(path, request);
    assert.deepEqual(seen, []);
    return [status, code];
  };
  assert.deepEqual(await refused("/v1/users/me", {}), [401, "unauthenticated"]);
  assert.deepEqual(await refused("/v1/products", product), [401, "unauthenticated"]);
  const customer = await bearer("customer");
  assert.deepEqual(await refused("/v1/products", { ...product, headers: { ...json, ...customer } }), [
    403,
    "permission_denied",
  ]);
  const forged = await tokenOf(["admin"], { key: generateKeyPairSync("ed25519").privateKey });
  for (const token of [forged, "nonsense", `${forged}x`]) {
    const headers = { authorization: `Bearer ${token}` };
    assert.deepEqual(await refused("/v1/users/me", { headers }), [401, "token_invalid"]);
    assert.deepEqual(await refused("/v1/products", { headers }), [401, "token_invalid"], "even where none is needed");
  }
  assert.equal((await ask("/v1/users/me", { headers: customer })).status, 200);
});

test("a token of an ended session is refused, from within a second of its end", async () => {
  const ask401 = async (session: string) => {
    const authorization = `Bearer ${await tokenOf(["customer"], { session })}`;
    const roles = await ask("/v1/audit", { headers: { authorization } });
    const own = await ask("/v1/users/me", { headers: { authorization } });
    assert.equal(
      roles.code,
      own.code === "token_invalid" ? "token_invalid" : "permission_denied",
      "whatever it asks for",
    );
    return own.code === "token_invalid";
  };
  const until = (done: () => Promise<boolean>) => passingTime(clock, done, { what: "it was refused" });
  await until(() => ask401("ended-session"));
  assert.equal(await ask401("another"), false);
  behind.revoked.push("another");
  await until(() => ask401("another"));
  assert.equal(await ask401("a-session"), false);
});

test("a token of a removed API key is refused, from within a second of its removal", async () => {
  const [removed, kept] = [
    await tokenOf(["operator"], { apiKey: "k1" }),
    await tokenOf(["operator"], { apiKey: "k2" }),
  ];
  const looks = async (token: string) =>
    (await ask("/v1/inventory", { headers: { authorization: `Bearer ${token}` } })).status;
  assert.equal(await looks(removed), 200);
  behind.removedKeys.push("k1");
  await passingTime(clock, async () => (await looks(removed)) === 401, { what: "it was refused" });
  assert.equal(await looks(kept), 200);
});

test("nobody outside is taken for a service", async () => {
  const identity: Principal = { kind: "service", id: "orders" };
  const forged = Buffer.from(JSON.stringify(identity)).toString("base64url");
  const { status, seen } = await ask("/v1/products", { headers: { "x-souk-identity": forged } });
  assert.equal(status, 200);
  assert.equal(seen[0]?.headers["x-souk-identity"], undefined);
});

test("only public addresses lead anywhere", async () => {
  const hidden = [users, inventory, orders, payments].flatMap(({ endpoints }) =>
    Object.values(endpoints).filter((endpoint) => !isPublic(endpoint)),
  );
  assert.ok(hidden.length > 5);
  const admin = await bearer("admin", "operator");
  const asked: [string, string][] = [
    ...hidden.map(({ method, path }): [string, string] => [method, path.replace(/:\w+/g, "x")]),
    ...["/livez", "/readyz", "/startupz", "/health", "/metrics"].map((path): [string, string] => ["GET", path]),
    ["GET", "/v1/nothing"],
    ["GET", "/v1/products/../../internal/revocations"],
    ["GET", "/v1/products/..%2f..%2finternal%2frevocations/x"],
    ["GET", "/%69nternal/revocations"],
    ["GET", "//internal/revocations"],
  ];
  for (const [method, path] of asked) {
    const { status, code, seen } = await ask(path, { method, headers: admin });
    assert.deepEqual([status, code, seen], [404, "route_not_found", []], `${method} ${path}`);
  }
  const wrongMethod = await ask("/v1/carts", { method: "DELETE" });
  assert.deepEqual([wrongMethod.status, wrongMethod.code], [405, "method_not_allowed"]);
});

test("how it is and what it counts is told at a port of its own, where nothing else is", async () => {
  const at = originOf({ port: running.managementPort });
  assert.notEqual(running.managementPort, running.port);
  for (const path of ["/livez", "/readyz", "/startupz", "/health"]) assert.equal((await ask(path, { at })).status, 200);
  assert.match((await ask("/metrics", { at })).text, /http_server_request_duration_seconds_count/);
  for (const path of ["/", "/v1/products", "/openapi.json"])
    assert.equal((await ask(path, { at })).code, "route_not_found", path);
});

test("a service that is away is said to be away, and where it would be stays inside", async () => {
  const body = JSON.stringify({ address: {}, lines: [] });
  const asked = ask("/v1/shipping/quotes", { method: "POST", headers: json, body });
  const { status, text, code } = await passingTimeFor(clock, asked, { what: "an answer" });
  assert.deepEqual([status, code], [503, "mesh.unavailable"]);
  assert.doesNotMatch(text, /127\.0\.0\.1|localhost/);
});

test("while search is away the catalogue lists itself, and the answer says so", async () => {
  const at = originOf(
    await startGateway({
      SOUK_INSTANCES: allButShipping
        .filter((name) => name !== "search")
        .map((name) => `${name}=${upstreamUrl}`)
        .join(","),
    }),
  );
  const inTime = (path: string) => passingTimeFor(clock, ask(path, { at }), { what: `an answer to ${path}` });
  const { status, headers } = await inTime("/v1/products?q=mug");
  assert.deepEqual([status, headers.get("x-souk-stand-in")], [200, "products"]);
  behind.answer = { status: 422, body: "{}" };
  const unable = await inTime("/v1/products?option=size:M");
  behind.answer = { status: 200, body: '{"data":[]}' };
  assert.deepEqual([unable.status, unable.code], [503, "mesh.unavailable"], "what it cannot answer is not pretended");
  const { headers: own } = await ask("/v1/products");
  assert.equal(own.get("x-souk-stand-in"), null);
});

test("who asks too often is told how long to wait, and costs the services nothing", async () => {
  const at = originOf(await startGateway({ SOUK_RATE_LIMIT_PER_SECOND: "2" }));
  const replies = [];
  for (let i = 0; i < 25; i++) replies.push(await ask("/v1/products", { at }));
  assert.deepEqual(
    replies.map(({ status }) => status),
    [...Array(20).fill(200), ...Array(5).fill(429)],
  );
  const last = replies.at(-1);
  assert.deepEqual([last?.code, last?.seen], ["rate_limited", []]);
  const wait = Number(last?.headers.get("retry-after"));
  assert.ok(wait >= 1 && wait <= 10, `Retry-After: ${wait}`);
});

test("passwords are guessed more slowly, however the address is written", async () => {
  const at = originOf(await startGateway({ SOUK_RATE_LIMIT_CREDENTIALS_PER_MINUTE: "3" }));
  const guess = (path: string) => ask(path, { at, method: "POST", headers: json, body: "{}" });
  for (const path of ["/v1/auth/login", "/v1/auth/register", "/v1/auth/refresh"])
    assert.equal((await guess(path)).status, 200);
  for (const path of ["/v1/auth/login", "/v1/auth/login?x=1", "/v1/auth/%6Cogin", "/oauth/token"])
    assert.equal((await guess(path)).status, 429, path);
  assert.equal((await ask("/v1/products", { at })).status, 200);
});

test("the API's description has what is public, and nothing else", async () => {
  const { text, headers } = await ask("/openapi.json");
  assert.match(headers.get("content-type") ?? "", /^application\/json/);
  const document = JSON.parse(text) as { openapi: string; servers: object[]; paths: Record<string, object> }; // as: OpenAPI
  assert.match(document.openapi, /^3\.1/);
  assert.deepEqual(document.servers, [{ url: "http://shop.example" }]);
  const paths = Object.keys(document.paths);
  for (const path of ["/v1/auth/login", "/v1/carts/{cartId}/checkout", "/v1/inventory/{sku}", "/v1/products"])
    assert.ok(paths.includes(path), path);
  assert.deepEqual(
    paths.filter((path) => path.startsWith("/internal")),
    [],
  );
  for (const { endpoints } of [users, inventory, orders, payments])
    for (const endpoint of Object.values(endpoints)) {
      const path = endpoint.path.replace(/:(\w+)/g, "{$1}");
      const described = endpoint.method.toLowerCase() in (document.paths[path] ?? {});
      assert.equal(described, isPublic(endpoint), `${endpoint.method} ${path}`);
    }
});

test("the events are described too", async () => {
  const { channels } = JSON.parse((await ask("/asyncapi.json")).text) as { channels: object }; // as: AsyncAPI
  assert.match(JSON.stringify(channels), /orders\.confirmed\.v1/);
});

for (const [path, words] of [
  ["/", "What runs"],
  ["/docs", "/v1/carts/{cartId}/checkout"],
] as const) {
  test(`the page ${path} runs no script and loads nothing`, async () => {
    const { status, headers, text } = await ask(path);
    assert.equal(status, 200);
    assert.match(headers.get("content-type") ?? "", /^text\/html/);
    assert.ok(text.includes(words));
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; style-src 'sha256-[^']+'; /);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|script-src/);
    assert.doesNotMatch(text, /<script|<link|<img|<iframe|\son\w+=|javascript:|\sstyle="/i);
  });
}

test("the home page says which services run", async () => {
  const { text } = await ask("/");
  assert.match(text, /orders<\/th><td class="ok">running/);
  assert.match(text, /shipping<\/th><td class="bad">not running/);
});
