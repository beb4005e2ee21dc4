import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { describeHolder, portHolder, portProblem } from "./port-holder.ts";

async function listening() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return { server, port: address.port };
}

test("a taken port is named with the process that holds it", async () => {
  const { server, port } = await listening();
  assert.equal(await portProblem(port), "in use");
  const holder = await portHolder(port);
  assert.equal(holder.pid, process.pid);
  assert.match(holder.command ?? "", /node/);
  assert.match(describeHolder(holder), new RegExp(`^process ${process.pid} \\(.*node`));
  server.close();
});

test("a port that nobody holds is free", async () => {
  const { server, port } = await listening();
  server.close();
  await once(server, "close");
  assert.equal(await portProblem(port), undefined);
});

test("a holder that the system hides is still described", () => {
  assert.equal(describeHolder({}), "a process of another user");
});
