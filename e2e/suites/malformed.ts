import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { before, test } from "node:test";
import type { Answer, Ask } from "../shop/client.ts";
import { hostileBodies, malformedRequests, pathOf } from "../shop/malformed-requests.ts";
import { type Document, type Operation, operationsOf } from "../shop/openapi.ts";
import type { Shop } from "../shop/running-shop.ts";
import type { Page } from "../shop/shopping.ts";

export function malformed(shop: () => Shop): void {
  let operations: Operation[] = [];
  /** May call everything, so that it is the request that is refused and not the caller. */
  let token = "";
  before(async () => {
    operations = operationsOf(await shop().http.must<Document>("GET", "/openapi.json"));
    const { email, password } = await shop().admin();
    const login = { body: { email, password } };
    token = (await shop().http.must<{ accessToken: string }>("POST", "/v1/auth/login", login)).accessToken;
  });

  test("whatever is wrong with a request, the answer says so, and nothing changes", async () => {
    const before = await whatIsThere();
    const complaints: string[] = [];
    let n = 0;
    for (const operation of operations)
      for (const { what, path, ask, allowed } of malformedRequests(operation)) {
        n++;
        const answer = await send(operation, path, ask);
        const mistake = mistakeIn(answer, allowed);
        if (mistake) complaints.push(`${operation.id}, ${what}: ${mistake}`);
      }
    assert.deepEqual(complaints, []);
    assert.ok(n > 500, `only ${n} requests were made`);
    assert.deepEqual(await whatIsThere(), before);
  });

  test("hostile text in any place is stored as text or refused, and breaks nothing", async () => {
    const complaints: string[] = [];
    for (const operation of operations)
      for (const raw of hostileBodies(operation)) {
        const answer = await send(operation, pathOf(operation), {
          raw,
          headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
        });
        if (answer.status >= 500) complaints.push(`${operation.id} ${raw}: ${answer.status} ${answer.text}`);
      }
    assert.deepEqual(complaints, []);
  });

  test("an operation that needs a token says so to whoever has none or a bad one", async () => {
    const complaints: string[] = [];
    for (const operation of operations.filter(({ secured }) => secured))
      for (const authorization of [undefined, "Bearer", "Bearer a.b.c", `Bearer ${"x".repeat(3_000)}`, "Basic YTpi"]) {
        const headers = authorization === undefined ? {} : { authorization };
        const answer = await shop().http.call(operation.method, pathOf(operation), { headers });
        const mistake = mistakeIn(answer, [401]);
        if (mistake) complaints.push(`${operation.id}, ${authorization?.slice(0, 20)}: ${mistake}`);
      }
    assert.deepEqual(complaints, []);
  });

  test("what is no operation is a problem document too", async () => {
    for (const [method, path] of [
      ["GET", "/v1/no-such-thing"],
      ["PUT", "/v1/orders"],
      ["DELETE", "/v1/carts"],
      ["GET", "/../../etc/passwd"],
      ["GET", "//v1//orders"],
      ["GET", "/v1/orders/%2e%2e/%2e%2e/internal/book"],
      ["GET", "/internal/..;/v1/orders"],
    ] as const)
      assert.equal(mistakeIn(await shop().http.call(method, path, { token }), [400, 404, 405]), undefined, path);
  });

  test("garbage in an import is reported line by line", async () => {
    const ask = (mediaType: string, raw: string | Buffer): Ask => ({
      token,
      raw,
      headers: { "content-type": mediaType },
    });
    for (const [mediaType, content] of [
      ["text/csv", 'a,b\n"unclosed'],
      ["text/csv", Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x22])],
      ["application/x-ndjson", '{"title":\n[]\nnull\n"x"\n{}\n'],
      ["application/x-ndjson", "x".repeat(200_000)],
      ["application/x-ndjson", ""],
    ] as const) {
      const answer = await shop().http.call("POST", "/v1/products/import", ask(mediaType, content));
      assert.ok(answer.status < 500, answer.text);
      assert.ok(answer.headers["x-request-id"]);
    }
  });

  test("what is no HTTP is refused", async () => {
    const { port } = new URL(shop().address);
    for (const lines of [
      "NONSENSE\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "POST /v1/carts HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
      "POST /v1/carts HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /v1/carts HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
      `GET / HTTP/1.1\r\nhost: x\r\nx-large: ${"x".repeat(100_000)}\r\n\r\n`,
    ])
      assert.match(await answerTo(Number(port), lines), /^HTTP\/1\.1 4\d\d /, lines.slice(0, 60));
    assert.equal((await shop().http.call("GET", "/v1/products")).status, 200, "others are still served");
  });

  const send = (operation: Operation, path: string, ask: Ask) =>
    shop().http.call(operation.method, path, { ...(operation.secured && { token }), ...ask });

  async function whatIsThere() {
    // Not the mail: parcels of earlier tests go on arriving, and their customers are told.
    const paths = ["/v1/products", "/v1/orders", "/v1/inventory"];
    const pages = await Promise.all(
      paths.map((path) => shop().http.must<Page<unknown>>("GET", `${path}?limit=100`, { token })),
    );
    const locations = await shop().http.must("GET", "/v1/inventory-locations", { token });
    return { totals: pages.map(({ pagination }) => pagination.total), stock: pages[2]?.data, locations };
  }
}

/** Undefined when the answer is a whole problem document with a status that is allowed. */
function mistakeIn(answer: Answer<unknown>, allowed: readonly number[]): string | undefined {
  const { status, headers, text } = answer;
  if (!allowed.includes(status)) return `${status} and not ${allowed.join(" or ")}: ${text.slice(0, 200)}`;
  if (!String(headers["content-type"]).startsWith("application/problem+json"))
    return `no problem document: ${text.slice(0, 200)}`;
  const { title, status: said, error } = answer.problem;
  if (said !== status || !title || !error.code || !error.message) return `an incomplete problem document: ${text}`;
  if (!headers["x-request-id"] || error.request_id !== headers["x-request-id"]) return "no request id";
  if (/node_modules|\.ts:\d|select .* from|\/(services|platform)\/|127\.0\.0\.1/i.test(text))
    return `it tells too much: ${text}`;
  return undefined;
}

async function answerTo(port: number, request: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
    socket.destroy();
  });
  socket.on("error", () => {}); // a refusal may come as a reset, after the answer
  socket.setTimeout(10_000, () => socket.destroy());
  socket.write(request);
  await once(socket, "close");
  return answer;
}
