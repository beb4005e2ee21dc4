import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { anyone, defineContract, get, Type } from "@souk/contract";
import { testServer } from "./test-server.ts";

const contract = defineContract({
  name: "closing",
  endpoints: {
    wait: get("/v1/wait", { summary: "Wait", access: anyone, returns: Type.Object({ ok: Type.Boolean() }) }),
  },
  events: {},
});

test("closing waits for the answers under way, and leaves no connection open", async () => {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const server = await testServer(contract, {
    async wait() {
      begun.resolve();
      await end.promise;
      return { ok: true };
    },
  });
  const idle = connect(server.port, "127.0.0.1");
  await once(idle, "connect");
  const busy = connect(server.port, "127.0.0.1");
  busy.write("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
  await begun.promise;
  const idleClosed = once(idle, "close");
  const busyClosed = once(busy, "close");
  const answered = once(busy, "data");
  let closed = false;
  const closing = server.closeServer().then(() => {
    closed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(closed, false);
  end.resolve();
  assert.match(String((await answered)[0]), /^HTTP\/1.1 200/);
  await Promise.all([closing, idleClosed, busyClosed]);
  assert.equal(server.app.server.listening, false);
});

test("a taken port is an error that names it", async () => {
  const { port } = await testServer(contract, { wait: async () => ({ ok: true }) });
  const other = testServer(
    contract,
    { wait: async () => ({ ok: true }) },
    { prepare: (server) => Object.assign(server, { listen: () => listen(server, port) }) },
  );
  await assert.rejects(other, { code: "EADDRINUSE" });
});

const listen = ({ app }: { app: { listen(where: object): Promise<string> } }, port: number) =>
  app.listen({ port, host: "127.0.0.1" }).then(() => ({ port }));
