import { anyone, Body, defineContract, get, post, Type } from "@souk/contract";
import { env } from "../../env.ts";
import { defineService } from "../../types.ts";

const plain = defineContract({
  name: "plain",
  endpoints: {
    greet: get("/v1/greeting", { summary: "Greet", access: anyone, returns: Type.Object({ text: Type.String() }) }),
    crash: post("/v1/crash", {
      summary: "Throw where nobody catches",
      access: anyone,
      body: Body({ how: Type.String() }),
      returns: Type.Object({}),
    }),
  },
  events: {},
});

/** A service without state, which can be made to crash. */
export default defineService({
  contract: plain,
  config: {
    text: env.string("TEXT", { default: "hello", describe: "What it says" }),
    key: env.secret("KEY", { describe: "A secret", development: "not-a-secret" }),
  },
  calls: {},
  consumes: [],
  database: false,

  wire: ({ config, clock }) => ({
    routes: {
      greet: async () => ({ text: config.text }),
      async crash({ body }) {
        if (body.how === "rejection") void Promise.reject(new Error("nobody waits for this"));
        else
          clock.after(0, () => {
            throw new Error("nobody catches this");
          });
        return {};
      },
    },
    on: {},
  }),
});
