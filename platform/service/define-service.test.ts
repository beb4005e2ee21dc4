import assert from "node:assert/strict";
import { test } from "node:test";
import { anyone, defineContract, event, get, Type } from "@souk/contract";
import { env } from "./env.ts";
import { defineService } from "./types.ts";

const moved = event("stock.moved.v1", "Stock was moved.", Type.Object({ quantity: Type.Integer() }));
const stock = defineContract({
  name: "stock",
  endpoints: { level: get("/v1/level", { summary: "Show", access: anyone, returns: Type.Integer() }) },
  events: { moved },
});
const shop = defineContract({
  name: "shop",
  endpoints: {
    greet: get("/v1/greeting", {
      summary: "Greet",
      access: anyone,
      query: Type.Object({ name: Type.String() }),
      returns: Type.Object({ text: Type.String() }),
    }),
  },
  events: {},
});
const config = { word: env.string("WORD", { default: "hello", describe: "What it says" }) };
const greet = async () => ({ text: "hello" });
const handled = { "stock.moved.v1": async () => {} };
const about = { contract: shop, config, calls: { stock }, consumes: [moved] } as const;

/** Checked by the compiler: without its mistake each of these compiles, and then its comment does not. */
const mistakes = {
  "a missing route": () =>
    // @ts-expect-error greet
    defineService({ ...about, wire: () => ({ routes: {}, on: { "stock.moved.v1": async () => {} } }) }),

  "a route's answer that is not what the contract promises": () =>
    defineService({
      ...about,
      // @ts-expect-error a number
      wire: () => ({ routes: { greet: async () => ({ text: 1 }) }, on: { "stock.moved.v1": async () => {} } }),
    }),

  "what a route is not sent": () =>
    defineService({
      ...about,
      wire: () => ({
        // @ts-expect-error its query has a name and nothing else
        routes: { greet: async ({ query }) => ({ text: query.title }) },
        on: { "stock.moved.v1": async () => {} },
      }),
    }),

  "an unhandled event": () =>
    // @ts-expect-error stock.moved.v1
    defineService({ ...about, wire: () => ({ routes: { greet }, on: {} }) }),

  "a route that no endpoint has": () =>
    // @ts-expect-error part
    defineService({ ...about, wire: () => ({ routes: { greet, part: greet }, on: handled }) }),

  "a handler of an event that is not consumed": () =>
    // @ts-expect-error stock.moved.v1
    defineService({ ...about, consumes: [], wire: () => ({ routes: { greet }, on: handled }) }),

  "data that an event does not have": () =>
    defineService({
      ...about,
      wire: () => ({
        routes: { greet },
        // @ts-expect-error it has a quantity
        on: { "stock.moved.v1": async ({ data }) => void data.amount },
      }),
    }),

  "an undeclared call": () =>
    defineService({
      ...about,
      calls: {},
      wire: ({ clients }) => ({
        // @ts-expect-error no neighbour is declared
        routes: { greet: async () => ({ text: String(await clients.stock.level()) }) },
        on: { "stock.moved.v1": async () => {} },
      }),
    }),

  "an endpoint that a neighbour does not have": () =>
    defineService({
      ...about,
      wire: ({ clients }) => ({
        // @ts-expect-error it has a level
        routes: { greet: async () => ({ text: String(await clients.stock.weigh()) }) },
        on: { "stock.moved.v1": async () => {} },
      }),
    }),

  "a setting that is not declared": () =>
    defineService({
      ...about,
      wire: ({ config }) => ({
        // @ts-expect-error there is a word
        routes: { greet: async () => ({ text: config.words }) },
        on: { "stock.moved.v1": async () => {} },
      }),
    }),
};

for (const [mistake, declaration] of Object.entries(mistakes)) {
  test(`${mistake} does not compile`, () => assert.equal(declaration().contract.name, "shop"));
}

test("a whole declaration compiles, each part typed by what was declared", () => {
  const definition = defineService({
    ...about,
    wire: ({ config, clients, log }) => ({
      routes: {
        greet: async ({ query }) => ({ text: `${config.word} ${query.name}: ${(await clients.stock.level()) + 1}` }),
      },
      on: { "stock.moved.v1": async ({ data }) => log.info("moved", { size: data.quantity + 1 }) },
    }),
  });
  assert.equal(definition.contract.endpoints.greet.path, "/v1/greeting");
});
