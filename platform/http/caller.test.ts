import assert from "node:assert/strict";
import { test } from "node:test";
import { anyone, defineContract, get, Type } from "@souk/contract";
import { currentContext } from "@souk/telemetry";
import type { Forwarding } from "./proxy.ts";
import { testServer } from "./test-server.ts";

const whoami = (path: string) =>
  get(path, { summary: "Say who calls", access: anyone, returns: Type.Record(Type.String(), Type.Any()) });
const edge = defineContract({ name: "own", endpoints: { me: whoami("/me") }, events: {} });
const behind = defineContract({ name: "behind", endpoints: { them: whoami("/them") }, events: {} });

const json = { "content-type": "application/json" };
const forwarding: Forwarding = {
  contracts: [behind],
  forward: async (_, { headers }) => ({ status: 200, headers: json, body: Buffer.from(JSON.stringify(headers)) }),
  guard: { limit: async () => undefined, isRevoked: () => false },
};
const handlers = {
  me: async ({ address, agent }: { address: string; agent: string }) => ({
    address,
    agent,
    told: currentContext().callHeaders ?? {},
  }),
};
const forged = { "x-souk-caller-address": "6.6.6.6", "x-souk-caller-agent": "forged", "user-agent": "a browser" };
const seen = { "x-souk-caller-address": "127.0.0.1", "x-souk-caller-agent": "a browser" };

test("the edge tells the services behind it who called, whatever the caller says of that", async () => {
  const { call } = await testServer(edge, handlers, { forwarding });
  const passedOn = (await call("GET /them", { headers: forged })).json;
  assert.deepEqual(Object.fromEntries(Object.keys(seen).map((name) => [name, passedOn[name]])), seen);
  const own = (await call("GET /me", { headers: forged })).json;
  assert.deepEqual(
    own,
    { address: "127.0.0.1", agent: "a browser", told: seen },
    "and what it calls for them carries it",
  );
});

test("a service behind the edge believes the edge, and tells nobody else", async () => {
  const { call } = await testServer(edge, handlers);
  const told = { "x-souk-caller-address": "203.0.113.7", "x-souk-caller-agent": "a browser" };
  assert.deepEqual((await call("GET /me", { headers: told })).json, {
    address: "203.0.113.7",
    agent: "a browser",
    told: {},
  });
  assert.deepEqual((await call("GET /me")).json, { address: "127.0.0.1", agent: "", told: {} });
});
