import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort, isFreePort } from "./free-port.ts";

test("a free port is one that the system hands out to nobody else", async () => {
  for (const first of [0, 0.5, 0.999_999]) {
    const rolls = [first];
    const port = await freePort(() => rolls.shift() ?? Math.random()); // somebody may really sit at the first
    assert.ok(port >= 20_000 && port <= 32_767, `${port}`);
  }
});

test("a port on which somebody listens is passed over, on whatever address that is", async (t) => {
  for (const host of ["127.0.0.1", "0.0.0.0"]) {
    const taken = await freePort(Math.random);
    const server = createServer().listen(taken, host);
    t.after(() => server.close());
    await once(server, "listening");
    assert.equal(await isFreePort(taken), false);
    const rolls = [(taken - 20_000 + 0.5) / 12_768];
    assert.notEqual(await freePort(() => rolls.shift() ?? Math.random()), taken);
    assert.equal(rolls.length, 0, "it was looked at");
  }
});
