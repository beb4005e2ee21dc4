import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { test } from "node:test";
import { anyone, defineContract, get, post, Type } from "@souk/contract";
import { createLoadShedder } from "@souk/resilience";
import { fakeClock, seededChance } from "@souk/testing";
import { request } from "undici";
import { testServer } from "./test-server.ts";

const contract = defineContract({
  name: "streams",
  endpoints: {
    follow: get("/v1/events", {
      summary: "Follow",
      access: anyone,
      stream: true,
      returns: Type.Object({ n: Type.Integer(), text: Type.Optional(Type.String()) }),
    }),
    import: post("/v1/import", {
      summary: "Import",
      access: anyone,
      upload: ["text/csv", "application/x-ndjson"],
      returns: Type.Object({ bytes: Type.Integer(), mediaType: Type.String() }),
    }),
    small: post("/v1/small", {
      summary: "Import",
      access: anyone,
      upload: ["text/csv"],
      bodyLimit: 10,
      returns: Type.Object({}),
    }),
    hurried: post("/v1/hurried", {
      summary: "Import in a moment",
      access: anyone,
      upload: ["text/csv"],
      timeoutMs: 5_000,
      returns: Type.Object({ bytes: Type.Integer(), mediaType: Type.String() }),
    }),
    first: post("/v1/first", {
      summary: "Read the first piece",
      access: anyone,
      upload: ["text/csv"],
      returns: Type.Object({ first: Type.Integer() }),
    }),
  },
  events: {},
});

const onlyFollow = defineContract({ ...contract, endpoints: { follow: contract.endpoints.follow } });

type Follow = (signal: AbortSignal) => AsyncGenerator<{ n: number; text?: string }>;
async function streamServer(follow: Follow = async function* () {}, onPiece = () => {}) {
  const clock = fakeClock();
  const read = async ({ stream, mediaType }: { stream: Readable; mediaType: string }) => {
    let bytes = 0;
    for await (const chunk of stream) {
      bytes += chunk.length;
      onPiece();
    }
    return { bytes, mediaType };
  };
  const server = await testServer(
    contract,
    {
      follow: async ({ signal }) => follow(signal),
      import: read,
      hurried: read,
      async small({ stream }) {
        for await (const _ of stream);
        return {};
      },
      async first({ stream }) {
        for await (const chunk of stream) return { first: chunk.length };
        return { first: 0 };
      },
    },
    { clock },
  );
  return { ...server, clock };
}

/** Waits for an abort as a route does: by its signal. */
const aborted = (signal: AbortSignal) => (signal.aborted ? Promise.resolve() : once(signal, "abort").then(() => {}));

async function* quiet(signal: AbortSignal): AsyncGenerator<{ n: number }> {
  await aborted(signal);
  yield { n: 0 }; // too late: nobody listens
}

test("events come one by one as the route yields them, and the answer ends with it", async () => {
  const { call } = await streamServer(async function* () {
    yield { n: 1 };
    yield { n: 2, secret: true };
  });
  const { status, headers, text } = await call("GET /v1/events");
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "text/event-stream; charset=utf-8");
  assert.equal(headers["cache-control"], "no-store");
  assert.equal(text, 'retry: 2000\n\ndata: {"n":1}\n\ndata: {"n":2}\n\n');
});

test("a quiet stream says now and then that it is still there", async () => {
  const { origin, dispatcher, clock } = await streamServer((signal) => quiet(signal));
  const { body } = await request(`${origin}/v1/events`, { dispatcher });
  body.setEncoding("utf8");
  const reader = body[Symbol.asyncIterator]();
  assert.equal((await reader.next()).value, "retry: 2000\n\n");
  await clock.advance(15_000);
  assert.equal((await reader.next()).value, ": still here\n\n");
  await clock.advance(15_000);
  assert.equal((await reader.next()).value, ": still here\n\n");
  body.on("error", () => {}).destroy();
});

test("a stream has no deadline", async () => {
  const { origin, dispatcher, clock } = await streamServer(async function* (signal) {
    await aborted(signal);
    yield { n: 1 };
  });
  const { body } = await request(`${origin}/v1/events`, { dispatcher, headers: { "x-souk-timeout-ms": "100" } });
  await once(body, "readable");
  await clock.advance(60_000);
  assert.equal(body.destroyed, false);
  body.on("error", () => {}).destroy();
});

test("when the listener hangs up the route's generator is ended and its timer with it", async () => {
  const over = Promise.withResolvers<void>();
  const { port, clock } = await streamServer(async function* (signal) {
    try {
      yield { n: 1 };
      await aborted(signal);
    } finally {
      over.resolve();
    }
  });
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(socket, "data");
  socket.destroy();
  await over.promise;
  await clock.advance(0);
  assert.equal(clock.pending(), 0);
});

test("who is gone before the route has its events leaves neither a timer nor an iterator", async () => {
  const clock = fakeClock();
  const begun = Promise.withResolvers<AbortSignal>();
  const found = Promise.withResolvers<void>();
  let ended = 0;
  const events: AsyncIterableIterator<{ n: number }> = {
    [Symbol.asyncIterator]: () => events,
    next: () => Promise.withResolvers<never>().promise,
    async return() {
      ended++;
      return { done: true, value: undefined };
    },
  };
  const { port } = await testServer(
    onlyFollow,
    {
      async follow({ signal }) {
        begun.resolve(signal);
        await found.promise;
        return events;
      },
    },
    { clock },
  );
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
  const signal = await begun.promise;
  socket.destroy();
  await aborted(signal);
  found.resolve();
  await clock.advance(0);
  assert.deepEqual([ended, clock.pending()], [1, 0]);
});

test("a stream that fails says so in an event, after what it had sent", async () => {
  const { call, lines } = await streamServer(async function* () {
    yield { n: 1 };
    throw new Error("lost the database at /srv");
  });
  const { text } = await call("GET /v1/events");
  assert.match(text, /data: {"n":1}\n\nevent: error\ndata: {.*"code":"internal".*}\n\n$/);
  assert.doesNotMatch(text, /srv/);
  assert.equal(lines.length, 1);
});

test("HEAD of a stream begins none", async () => {
  const { call } = await streamServer((signal) => quiet(signal));
  assert.equal((await call("HEAD /v1/events")).status, 200);
});

test("a stream takes no place from those who work", async () => {
  const clock = fakeClock();
  const shedder = createLoadShedder({ clock, chance: seededChance(1), lagMs: () => 0 });
  const { origin, dispatcher, closeServer } = await testServer(
    onlyFollow,
    { follow: async ({ signal }) => quiet(signal) },
    { clock, shedder },
  );
  const { body } = await request(`${origin}/v1/events`, { dispatcher });
  await once(body, "readable");
  assert.equal(shedder.snapshot().inside, 0);
  const text = body.text();
  await closeServer();
  await text;
  assert.equal(shedder.snapshot().inside, 0);
});

test("a slow listener is waited for: the route gets no further than what fits into the pipe", async (t) => {
  let sent = 0;
  const text = "x".repeat(10_000);
  const stopped = Promise.withResolvers<void>();
  const { port, app, clock } = await streamServer(async function* (signal) {
    try {
      for (; !signal.aborted; sent++) yield { n: sent, text };
    } finally {
      stopped.resolve();
    }
  });
  const answering = once(app.server, "request");
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(socket, "readable");
  let before = -1;
  while (before !== sent) {
    before = sent;
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(sent < 10_000, `${sent} events piled up`);
  const [, answer] = await answering;
  const comments = t.mock.method(answer, "write");
  await clock.advance(60_000);
  const told = comments.mock.calls.map((call: { arguments: unknown[] }) => String(call.arguments[0]));
  assert.ok(!told.some((text: string) => text.startsWith(":")), "nor do comments pile up");
  socket.destroy();
  await stopped.promise;
});

test("closing the server ends its streams", async () => {
  const { origin, dispatcher, closeServer } = await streamServer(async function* (signal) {
    yield { n: 1 };
    await aborted(signal);
  });
  const { body } = await request(`${origin}/v1/events`, { dispatcher });
  const text = body.text();
  await new Promise((resolve) => setImmediate(resolve));
  const closing = closeServer();
  assert.match(await text, /data: {"n":1}/);
  await closing;
});

test("an upload reaches the route as it comes, of any size, with its media type", async () => {
  const { origin, dispatcher } = await streamServer();
  const megabyte = Buffer.alloc(1024 * 1024, "a");
  const { body } = await request(`${origin}/v1/import`, {
    method: "POST",
    dispatcher,
    headers: { "content-type": "Text/CSV; header=present" },
    body: Readable.from([megabyte, megabyte, megabyte]),
  });
  assert.deepEqual(await body.json(), { bytes: 3 * 1024 * 1024, mediaType: "text/csv" });
});

test("an upload may be empty", async () => {
  const { call } = await streamServer();
  const { json } = await call("POST /v1/import", { headers: { "content-type": "text/csv" } });
  assert.deepEqual(json, { bytes: 0, mediaType: "text/csv" });
});

test("an upload beyond the endpoint's own limit is refused when it gets there", async () => {
  const { origin, dispatcher } = await streamServer();
  const send = (body: Readable | string) =>
    request(`${origin}/v1/small`, { method: "POST", dispatcher, headers: { "content-type": "text/csv" }, body });
  assert.equal((await send("12345678901")).statusCode, 413);
  assert.equal((await send(Readable.from([Buffer.from("123456"), Buffer.from("78901")]))).statusCode, 413);
  assert.equal((await send("1234567890")).statusCode, 200);
});

test("a route that has read enough of an upload can still answer", async () => {
  const { origin, dispatcher } = await streamServer();
  const { statusCode, body } = await request(`${origin}/v1/first`, {
    method: "POST",
    dispatcher,
    headers: { "content-type": "text/csv" },
    body: Buffer.alloc(300_000, "a"),
  });
  assert.equal(statusCode, 200);
  const { first } = (await body.json()) as { first: number };
  assert.ok(first > 0);
});

/** Sends the head and the first piece of an upload, and waits until the route has that. */
async function beginUpload(path: string) {
  let tell = () => {};
  const { port, clock } = await streamServer(undefined, () => tell());
  const socket = connect(port, "127.0.0.1");
  const piece = (text: string) => {
    const arrived = new Promise<void>((resolve) => {
      tell = resolve;
    });
    socket.write(text);
    return arrived;
  };
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\n`;
  await piece(`${head}a`);
  return { socket, clock, piece };
}

test("an upload may take as long as its sender keeps sending", async () => {
  const { socket, clock, piece } = await beginUpload("/v1/import");
  for (let i = 0; i < 10; i++) {
    await clock.advance(25_000);
    await piece("b");
  }
  socket.write("c".repeat(989));
  const [answer] = await once(socket, "data");
  assert.match(String(answer), /^HTTP\/1.1 200 .*"bytes":1000/s);
  socket.destroy();
  assert.equal(clock.pending(), 0);
});

test("an upload whose sender pauses for half a minute is refused", async () => {
  const { socket, clock } = await beginUpload("/v1/import");
  await clock.advance(29_000);
  const answered = once(socket, "data");
  await clock.advance(1_000);
  assert.match(String((await answered)[0]), /^HTTP\/1.1 408 .*"code":"request_timeout"/s);
  socket.destroy();
});

test("an upload has a deadline where its endpoint says so", async () => {
  const { socket, clock, piece } = await beginUpload("/v1/hurried");
  for (let i = 0; i < 2; i++) {
    await clock.advance(2_000);
    await piece("b");
  }
  const answered = once(socket, "data");
  await clock.advance(1_000);
  assert.match(String((await answered)[0]), /^HTTP\/1.1 408 /);
  socket.destroy();
});

test("an upload that breaks off fails in the route", async () => {
  const failed = Promise.withResolvers<unknown>();
  const broken = await testServer(
    defineContract({
      name: "broken",
      endpoints: {
        import: post("/v1/import", {
          summary: "Import",
          access: anyone,
          upload: ["text/csv"],
          returns: Type.Object({}),
        }),
      },
      events: {},
    }),
    {
      async import({ stream }) {
        try {
          for await (const _ of stream);
        } catch (error) {
          failed.resolve(error);
          throw error;
        }
        return {};
      },
    },
  );
  const socket = connect(broken.port, "127.0.0.1");
  socket.write("POST /v1/import HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 100\r\n\r\nhalf");
  await new Promise((resolve) => setImmediate(resolve));
  socket.end();
  assert.ok((await failed.promise) instanceof Error);
  assert.deepEqual(broken.lines, []);
});

test("a client that asks before it sends is told to go on", async () => {
  const { port } = await streamServer();
  const socket = connect(port, "127.0.0.1");
  socket.write(
    "POST /v1/import HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: text/csv\r\nContent-Length: 3\r\n\r\n",
  );
  const [invitation] = await once(socket, "data");
  assert.match(String(invitation), /^HTTP\/1.1 100 Continue/);
  socket.write("abc");
  const [answer] = await once(socket, "data");
  assert.match(String(answer), /^HTTP\/1.1 200/);
  socket.destroy();
});
