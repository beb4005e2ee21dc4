import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { mistakeInProblem, type WireAnswer } from "@souk/testing/bad-input";
import pg from "pg";
import { eventually, isPutOff } from "../shop/client.ts";
import { answersIn, rawSocket } from "../shop/raw-socket.ts";
import type { Shop } from "../shop/running-shop.ts";

/** No cart has this currency unless a request that was hidden in another one has opened it. */
const smuggled = "XTS";
const hidden = `POST /v1/carts HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 18\r\n\r\n{"currency":"${smuggled}"}`;
const host = "host: shop.test\r\n";
const json = "content-type: application/json\r\n";
const post = (headers: string, body = "") => `POST /v1/carts HTTP/1.1\r\n${host}${json}${headers}\r\n${body}`;
const chunked = (...chunks: string[]) => post("transfer-encoding: chunked\r\n", chunks.join(""));

/** What must be refused once, and the connection closed after it: whatever follows could be anybody's. */
const refused: Readonly<Record<string, string>> = {
  "a length and chunks": post("content-length: 5\r\ntransfer-encoding: chunked\r\n", `0\r\n\r\n${hidden}`),
  "chunks and a length": post("transfer-encoding: chunked\r\ncontent-length: 5\r\n", `0\r\n\r\n${hidden}`),
  "two lengths": post("content-length: 2\r\ncontent-length: 3\r\n", `{}${hidden}`),
  "two lengths in one": post("content-length: 2, 3\r\n", `{}${hidden}`),
  "a length with a sign": post("content-length: +2\r\n", `{}${hidden}`),
  "a negative length": post("content-length: -2\r\n", `{}${hidden}`),
  "a hexadecimal length": post("content-length: 0x2\r\n", `{}${hidden}`),
  "an empty length": post("content-length: \r\n", `{}${hidden}`),
  "a length beyond counting": post("content-length: 99999999999999999999\r\n", `{}${hidden}`),
  "a space before the colon": post("transfer-encoding : chunked\r\n", `0\r\n\r\n${hidden}`),
  "an encoding that is none": post("transfer-encoding: xchunked\r\n", `0\r\n\r\n${hidden}`),
  "chunked, but not last": post("transfer-encoding: chunked, identity\r\n", `0\r\n\r\n${hidden}`),
  "two encodings": post("transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n", `0\r\n\r\n${hidden}`),
  "an encoding behind a control character": post("transfer-encoding: \x0bchunked\r\n", `0\r\n\r\n${hidden}`),
  "a folded header": post("x-folded: a\r\n b\r\ncontent-length: 2\r\n", `{}${hidden}`),
  "a folded encoding": post("transfer-encoding:\r\n chunked\r\n", `0\r\n\r\n${hidden}`),
  "a negative chunk": chunked("-1\r\n", hidden),
  "a chunk that overflows": chunked("10000000000000002\r\n{}\r\n0\r\n\r\n", hidden),
  "a chunk of no size": chunked("\r\n{}\r\n0\r\n\r\n", hidden),
  "a chunk with a prefix": chunked("0x2\r\n{}\r\n0\r\n\r\n", hidden),
  "a chunk that ends too late": chunked("2\r\n{}XX\r\n0\r\n\r\n", hidden),
  "chunks with bare line feeds": chunked("2\n{}\n0\n\n", hidden),
  "a chunk with endless extensions": chunked(`2;${"x=y;".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`, hidden),
  "lines with bare line feeds": `POST /v1/carts HTTP/1.1\nhost: x\ncontent-length: 2\n\n{}${hidden}`,
  "lines with bare carriage returns": `POST /v1/carts HTTP/1.1\rhost: x\rcontent-length: 2\r\r{}${hidden}`,
  "a header without a colon": `GET / HTTP/1.1\r\n${host}oops\r\n\r\n${hidden}`,
  "a header without a name": `GET / HTTP/1.1\r\n${host}: a\r\n\r\n${hidden}`,
  "NUL in a header": `GET / HTTP/1.1\r\n${host}a: b\0c\r\n\r\n${hidden}`,
  "NUL in the address": `GET /\0 HTTP/1.1\r\n${host}\r\n${hidden}`,
  "a space in the address": `GET /a b HTTP/1.1\r\n${host}\r\n${hidden}`,
  "a tab after the method": `GET\t/ HTTP/1.1\r\n${host}\r\n${hidden}`,
  "a method that is none": `G=T / HTTP/1.1\r\n${host}\r\n${hidden}`,
  "a version that is none": `GET / HTTP/9.9\r\n${host}\r\n${hidden}`,
  "HTTP/0.9": `GET /\r\n\r\n${hidden}`,
  "HTTP/2 without asking": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  TLS: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
  SMTP: "EHLO shop.example\r\nMAIL FROM:<eve@example.com>\r\n\r\n",
  SSH: "SSH-2.0-OpenSSH_9.0\r\n\r\n",
  "headers without end": `GET / HTTP/1.1\r\n${host}${`a: ${"b".repeat(1_000)}\r\n`.repeat(60)}\r\n`,
  "an address without end": `GET /${"a".repeat(100_000)}`,
};

/** What must be answered with these statuses, one after the other on one connection. */
const answered: Readonly<Record<string, readonly [bytes: string, ...statuses: number[]]>> = {
  "requests in one packet": [`GET /.well-known/jwks.json HTTP/1.1\r\n${host}\r\n`.repeat(20), ...Array(20).fill(200)],
  "a request after one that was refused": [
    `${post("content-length: 1\r\n", "{")}GET /nowhere HTTP/1.1\r\n${host}\r\nGET /.well-known/jwks.json HTTP/1.1\r\n${host}\r\n`,
    ...[400, 404, 200],
  ],
  "a request after one whose body nobody wanted": [
    `GET /v1/carts/019d0000-0000-7000-8000-000000000000 HTTP/1.1\r\n${host}content-length: ${hidden.length}\r\n\r\n${hidden}GET /.well-known/jwks.json HTTP/1.1\r\n${host}\r\n`,
    ...[404, 200],
  ],
  "an address with a host": [`GET http://elsewhere.example/.well-known/jwks.json HTTP/1.1\r\n${host}\r\n`, 200],
  "HTTP/1.0": ["GET /.well-known/jwks.json HTTP/1.0\r\n\r\n", 200],
  "empty lines before a request": [`\r\n\r\nGET /.well-known/jwks.json HTTP/1.1\r\n${host}\r\n`, 200],
  "chunks of one byte": [chunked(...[..."{}"].map((byte) => `1\r\n${byte}\r\n`), "0\r\n\r\n"), 201],
  "chunks with trailers, which say nothing": [
    chunked("2\r\n{}\r\n0\r\nauthorization: Bearer x\r\nx-check: 1\r\n\r\n"),
    201,
  ],
  "a wish to become something else": [
    `GET /.well-known/jwks.json HTTP/1.1\r\n${host}connection: upgrade, http2-settings\r\nupgrade: h2c, websocket\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n`,
    200,
  ],
  "a tunnel": [`CONNECT bank.example:443 HTTP/1.1\r\n${host}\r\n`, 405],
  "a question about everything": [`OPTIONS * HTTP/1.1\r\n${host}\r\n`, 204],
  "no host": ["GET / HTTP/1.1\r\n\r\n", 400],
  "two hosts": [`GET / HTTP/1.1\r\n${host}host: other\r\n\r\n`, 400],
  "a hundred headers and more": [`GET / HTTP/1.1\r\n${host}${"a: b\r\n".repeat(101)}\r\n`, 431],
  "an expectation that is none": [`GET / HTTP/1.1\r\n${host}expect: cake\r\n\r\n`, 417],
  "a question before too large a body": [post("expect: 100-continue\r\ncontent-length: 300000\r\n"), 413],
};

/** What HTTP itself can carry, and what only looks like it. */
export function wire(shop: () => Shop): void {
  /** So many answers to these bytes on one connection; on another when the shop was too busy for some of it. */
  const answersTo = (bytes: string, count: number): Promise<WireAnswer[]> =>
    eventually("the shop has time for it", async () => {
      const { write, until, got, socket } = await rawSocket(shop().address);
      write(bytes);
      await until((text) => answersIn(text).length >= count);
      socket.destroy();
      const answers = answersIn(got());
      return !answers.some(isPutOff) && answers;
    });

  for (const [what, bytes] of Object.entries(refused))
    test(`${what}: refused once, and nothing after it`, async () => {
      const { write, closed, got } = await rawSocket(shop().address);
      write(bytes);
      await closed();
      const [answer, ...more] = answersIn(got());
      assert.ok(answer, "it was not answered");
      assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
      assert.equal(mistakeInProblem(answer), undefined);
      assert.deepEqual(more, []);
    });

  for (const [what, [bytes, ...statuses]] of Object.entries(answered))
    test(`${what}: ${[...new Set(statuses)].join(", ")}`, async () => {
      const answers = await answersTo(bytes, statuses.length);
      assert.deepEqual(
        answers.map(({ status }) => status),
        statuses,
      );
      for (const answer of answers) if (answer.status >= 400) assert.equal(mistakeInProblem(answer), undefined);
    });

  test("who says nothing, or hardly anything, is not waited for, and keeps nobody else waiting", async () => {
    const { address } = shop();
    const silent = await rawSocket(address);
    const dripping = await rawSocket(address);
    const slow = await rawSocket(address);
    dripping.write(`GET / HTTP/1.1\r\n${host}`);
    slow.write(post("content-length: 100000\r\n", "{"));
    const crowd = await Promise.all(Array.from({ length: 300 }, () => rawSocket(address)));
    for (const one of crowd) one.write(post("content-length: 100\r\n", '{"'));
    const stop = new AbortController();
    const drip = (async () => {
      while (!stop.signal.aborted) {
        dripping.write("x-more: 1\r\n");
        slow.write(" ");
        await delay(500, undefined, { signal: stop.signal }).catch(() => {});
      }
    })();
    try {
      assert.equal((await shop().http.call("GET", "/.well-known/jwks.json")).status, 200);
      assert.ok(!silent.socket.closed && !slow.socket.closed, "others are served meanwhile");
      for (const { closed, got } of [silent, dripping, slow, ...crowd]) {
        await closed();
        const [answer] = answersIn(got());
        if (answer && !isPutOff(answer)) assert.equal(answer.status, 408);
      }
      assert.match(dripping.got() + slow.got(), /^HTTP\/1\.1 408 .*HTTP\/1\.1 408 /s);
    } finally {
      stop.abort();
      await drip;
    }
  });

  test("who closes their half has hung up: the connection ends, answered or not", async () => {
    const { write, socket, closed, got } = await rawSocket(shop().address);
    write(`GET /.well-known/jwks.json HTTP/1.1\r\n${host}\r\n`);
    socket.end();
    await closed();
    for (const { status } of answersIn(got())) assert.equal(status, 200);
  });

  test("who goes away in the middle of a body has said nothing", async () => {
    const leave = [
      (bytes: string) => half(bytes, ({ socket }) => socket.end()),
      (bytes: string) => half(bytes, ({ socket }) => socket.destroy()),
      (bytes: string) => half(bytes, ({ socket }) => socket.resetAndDestroy()),
    ];
    const token = await shop().token("merchandiser");
    const cart = post("content-length: 19\r\n", `{"currency":"${smuggled}"}`);
    const file = `POST /v1/products/import HTTP/1.1\r\n${host}authorization: Bearer ${token}\r\ncontent-type: text/csv\r\ncontent-length: 900000\r\n\r\nsku,title`;
    for (const go of leave)
      for (const bytes of [cart, chunked(`12\r\n{"currency":"${smuggled}"}\r\n`), file]) await go(bytes);

    async function half(bytes: string, go: (raw: Awaited<ReturnType<typeof rawSocket>>) => unknown) {
      const raw = await rawSocket(shop().address);
      raw.write(bytes);
      await delay(50); // long enough to arrive; too early is another way to go away
      go(raw);
      await raw.closed();
      const [answer] = answersIn(raw.got());
      assert.ok(!answer || (answer.status >= 400 && answer.status < 500), raw.got());
    }
  });

  test("a connection that is used for long answers each request with its own answer", async () => {
    const ids = Array.from({ length: 200 }, (_, n) => `019d0000-0000-7000-8000-${String(n).padStart(12, "0")}`);
    const asked = ids.map((id) => `GET /v1/carts/${id} HTTP/1.1\r\n${host}\r\n`).join("");
    const answers = await answersTo(asked, ids.length);
    assert.deepEqual(
      answers.map(({ text }) => JSON.parse(text).instance),
      ids.map((id) => `/v1/carts/${id}`),
    );
  });
}

/** Run after all of it. */
export function afterWire(shop: () => Shop): void {
  test("no request that was hidden in another one was taken for one", async () => {
    const client = new pg.Client({ connectionString: await shop().databaseUrl("orders") });
    await client.connect();
    try {
      const { rows } = await client.query("select cart_id from carts where currency = $1", [smuggled]);
      assert.deepEqual(rows, []);
    } finally {
      await client.end();
    }
    assert.equal((await shop().http.call("GET", "/v1/products")).status, 200);
  });
}
